//! What this disk takes to make a small write durable.

use std::fs::OpenOptions;
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::Instant;

/// Bytes of one write.
const SMALL: [u8; 512] = [b'x'; 512];

/// Where a small write goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// To the end: the file grows, and the file system's journal has to say so.
    End,
    /// Over what is there already, as SQLite does with a log that it begins anew.
    Over,
}

/// The median latency, in microseconds, of `count` small writes with an fdatasync each, to a file in `dir`.
pub(crate) fn fdatasync_us(dir: &Path, place: Place, count: usize) -> io::Result<f64> {
    let path = dir.join("fdatasync");
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).open(&path)?;
    if place == Place::Over {
        (0..count).try_for_each(|_| file.write_all(&SMALL))?;
        file.sync_all()?;
        file.seek(SeekFrom::Start(0))?;
    }
    let mut took = Vec::with_capacity(count);
    for _ in 0..count {
        let from = Instant::now();
        file.write_all(&SMALL)?;
        file.sync_data()?;
        took.push(from.elapsed().as_secs_f64() * 1e6);
    }
    std::fs::remove_file(&path)?;
    Ok(crate::report::median(took))
}
