//! The canonical request: the one spelling of a request that both sides hash.

use http::HeaderMap;

use super::Incoming;

/// The presigned parameter that a signature cannot cover.
pub(super) const SIGNATURE: &str = "X-Amz-Signature";

/// Writes the canonical request, or nothing if a signed header is absent. `signed` is ascending, without
/// repetition, so the output is no longer than a small multiple of the request.
pub(super) fn request(incoming: &Incoming<'_>, signed: &str, payload_hash: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(1024);
    out.extend_from_slice(incoming.method.as_str().as_bytes());
    out.push(b'\n');
    path(&mut out, incoming.path);
    out.push(b'\n');
    if let Some(text) = incoming.query.filter(|text| !text.is_empty()) {
        query(&mut out, text);
    }
    out.push(b'\n');
    for name in signed.split(';') {
        header(&mut out, incoming.headers, name)?;
    }
    out.push(b'\n');
    out.extend_from_slice(signed.as_bytes());
    out.push(b'\n');
    out.extend_from_slice(payload_hash);
    Some(out)
}

/// Dot segments and repeated slashes removed; then encoded once more than it was sent (every service but S3).
fn path(out: &mut Vec<u8>, path: &str) {
    if path == "/" {
        return out.push(b'/');
    }
    let mut segments = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            name => segments.push(name),
        }
    }
    for segment in &segments {
        out.push(b'/');
        segment.bytes().for_each(|byte| encode(out, byte));
    }
    let open = ["/", "/.", "/.."].iter().any(|end| path.ends_with(end));
    if open || segments.is_empty() {
        out.push(b'/');
    }
}

/// Every parameter but the signature, decoded, encoded again in the one right way, ordered by name, then value.
fn query(out: &mut Vec<u8>, text: &str) {
    let mut spelled = Vec::with_capacity(text.len());
    let mut ends = Vec::new();
    for part in text.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let start = spelled.len();
        recode(&mut spelled, name);
        let middle = spelled.len();
        if spelled.get(start..) == Some(SIGNATURE.as_bytes()) {
            spelled.truncate(start);
            continue;
        }
        recode(&mut spelled, value);
        ends.push((start, middle, spelled.len()));
    }
    let mut pairs: Vec<_> = ends
        .iter()
        .filter_map(|&(start, middle, end)| Some((spelled.get(start..middle)?, spelled.get(middle..end)?)))
        .collect();
    pairs.sort_unstable();
    for (index, (name, value)) in pairs.iter().enumerate() {
        if index > 0 {
            out.push(b'&');
        }
        out.extend_from_slice(name);
        out.push(b'=');
        out.extend_from_slice(value);
    }
}

fn recode(out: &mut Vec<u8>, text: &str) {
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let (byte, tail) = match (first, tail) {
            (b'+', tail) => (b' ', tail),
            (b'%', [high, low, tail @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                (nibble(*high) << 4 | nibble(*low), tail)
            }
            (byte, tail) => (*byte, tail),
        };
        encode(out, byte);
        rest = tail;
    }
}

fn encode(out: &mut Vec<u8>, byte: u8) {
    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
        out.push(byte);
    } else {
        out.extend_from_slice(&[b'%', digit(byte >> 4, b'A'), digit(byte & 15, b'A')]);
    }
}

/// `name:values\n`, the values of a repeated header joined by commas in their order.
fn header(out: &mut Vec<u8>, headers: &HeaderMap, name: &str) -> Option<()> {
    out.extend_from_slice(name.as_bytes());
    let mut separator = b':';
    for value in headers.get_all(name) {
        out.push(separator);
        separator = b',';
        let mut words = value.as_bytes().split(|byte| *byte == b' ').filter(|word| !word.is_empty());
        out.extend_from_slice(words.next().unwrap_or_default());
        for word in words {
            out.push(b' ');
            out.extend_from_slice(word);
        }
    }
    out.push(b'\n');
    (separator == b',').then_some(())
}

/// A SHA-256 in lower-case hexadecimal.
pub(super) fn hex(hash: &[u8; 32]) -> [u8; 64] {
    let mut out = [0; 64];
    for (to, byte) in out.as_chunks_mut::<2>().0.iter_mut().zip(hash) {
        *to = [digit(byte >> 4, b'a'), digit(byte & 15, b'a')];
    }
    out
}

/// The inverse of [`hex`]; nothing but 64 lower-case digits.
pub(super) fn unhex(text: &str) -> Option<[u8; 32]> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    let pairs: &[[u8; 2]; 32] = pairs.try_into().ok()?;
    let lower = |digit: &u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
    let hash = pairs.map(|[high, low]| nibble(high) << 4 | nibble(low));
    pairs.as_flattened().iter().all(lower).then_some(hash)
}

fn digit(nibble: u8, ten: u8) -> u8 {
    if nibble < 10 { b'0' + nibble } else { ten + (nibble - 10) }
}

/// The value of a hexadecimal digit; of any other byte, some number below 16.
fn nibble(digit: u8) -> u8 {
    (digit & 15).wrapping_add(if digit.is_ascii_alphabetic() { 9 } else { 0 }) & 15
}
