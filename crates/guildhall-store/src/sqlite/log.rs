//! A look at the write-ahead log before SQLite reads it. SQLite takes the log up to the first frame whose checksum is
//! wrong, and is silent about the rest: that is right after a power failure, whose last commit may be on disk in parts,
//! and wrong where the file was damaged, because then commits behind the damage were acknowledged.
//!
//! The difference: a commit begins only when the one before it is on disk. So whole frames behind a *second* commit
//! since the first bad frame tell of damage. The last commit, and one that is followed by no other, cannot be judged
//! by this; the mark of what was acknowledged (`mark.rs`) covers them after a kill.
//! The form of the file: <https://www.sqlite.org/fileformat2.html#walformat>.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

const HEADER: usize = 32;
const FRAME: usize = 24;
/// The largest page that SQLite has.
const PAGE_MAX: usize = 64 * 1024;

/// The last bit of the magic number says in which order checksums read bytes.
const MAGIC: u32 = 0x377f_0682;

/// SQLite's checksum of a log: a running pair of sums over words of four bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Check {
    pair: (u32, u32),
    big_endian: bool,
}

impl Check {
    fn add(mut self, bytes: &[u8]) -> Self {
        let (mut a, mut b) = self.pair;
        for words in bytes.chunks_exact(8) {
            let (first, second) = (self.word(words, 0), self.word(words, 4));
            a = a.wrapping_add(first).wrapping_add(b);
            b = b.wrapping_add(second).wrapping_add(a);
        }
        self.pair = (a, b);
        self
    }

    fn word(self, bytes: &[u8], at: usize) -> u32 {
        let word = be(bytes, at);
        if self.big_endian { word } else { word.swap_bytes() }
    }
}

/// A number of four bytes, the highest first; 0 behind the end.
fn be(bytes: &[u8], at: usize) -> u32 {
    let found = bytes.get(at..at + 4).and_then(|b| b.try_into().ok());
    found.map_or(0, u32::from_be_bytes)
}

/// Where acknowledged commits stand behind a frame that cannot be read: that frame's number, from 0.
pub(super) fn torn(database: &Path) -> io::Result<Option<u64>> {
    let file = match File::open(database.with_extension("db-wal")) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let mut log = BufReader::new(file);
    let mut header = [0; HEADER];
    if !filled(&mut log, &mut header)? {
        return Ok(None);
    }
    let page = be(&header, 8) as usize;
    let (magic, salts) = (be(&header, 0), (be(&header, 16), be(&header, 20)));
    let start = Check { pair: (0, 0), big_endian: magic & 1 == 1 };
    let mut before = start.add(header.get(..24).unwrap_or_default());
    let mut bad = None;
    // The header is on disk before any frame is written.
    if magic & !1 != MAGIC || page > PAGE_MAX || before.pair != (be(&header, 24), be(&header, 28)) {
        (bad, before.pair) = (Some(0), (be(&header, 24), be(&header, 28)));
    }
    // Where the header is damaged or was never written, frames are as large as ours are.
    let page = if bad.is_none() { page } else { super::schema::PAGE as usize };
    let mut salts = bad.is_none().then_some(salts);
    let (mut frame, mut commits) = (vec![0; FRAME + page], 0_u32);
    for n in 0.. {
        if !filled(&mut log, &mut frame)? {
            break;
        }
        let (head, body) = frame.split_at(FRAME);
        let ours = *salts.get_or_insert((be(head, 8), be(head, 12))) == (be(head, 8), be(head, 12));
        let stored = (be(head, 16), be(head, 20));
        let whole = ours && before.add(head.get(..8).unwrap_or_default()).add(body).pair == stored;
        match bad {
            Some(first) if whole && commits > 0 => return Ok(Some(first)),
            None if !whole => bad = Some(n),
            _ => {}
        }
        // A commit's last frame says how large the database is then.
        if bad.is_some() && ours && be(head, 4) != 0 {
            commits += 1;
        }
        before.pair = stored;
    }
    Ok(None)
}

/// Reads until the buffer is full; false at the end.
fn filled(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match from.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(e) => Err(e),
    }
}
