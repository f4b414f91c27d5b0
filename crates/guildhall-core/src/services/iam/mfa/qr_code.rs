//! A text as an image that cameras read: a QR code, as a PNG of black and white.

use qrcode::{Color, EcLevel, QrCode};

/// Pixels of a dot's side.
const DOT: usize = 4;
/// Dots of white around the code, as its standard wants them.
const MARGIN: usize = 4;
/// The most bytes of a block that is not compressed (RFC 1951, 3.2.4).
const BLOCK: usize = 0xffff;

/// The image. None of a text that is too long for a code, some 2,000 bytes.
pub(super) fn png(text: &str) -> Option<Vec<u8>> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let (dots, colors) = (code.width(), code.to_colors());
    let side = (dots + 2 * MARGIN) * DOT;
    let is_black = |x: usize, y: usize| {
        let (x, y) = ((x / DOT).checked_sub(MARGIN)?, (y / DOT).checked_sub(MARGIN)?);
        (x < dots).then(|| colors.get(y * dots + x))?.map(|color| *color == Color::Dark)
    };
    let mut rows = Vec::with_capacity(side * (side / 8 + 2));
    for y in 0..side {
        // No filter.
        rows.push(0);
        for x in (0..side).step_by(8) {
            let bits = (x..x + 8).map(|x| u8::from(!(x < side && is_black(x, y).unwrap_or(false))));
            rows.push(bits.fold(0, |byte, bit| byte << 1 | bit));
        }
    }
    let size = u32::try_from(side).ok()?.to_be_bytes();
    let mut image = b"\x89PNG\r\n\x1a\n".to_vec();
    // One bit a pixel, grey, deflated, no interlacing (PNG, 11.2.2).
    chunk(b"IHDR", &[&size[..], &size[..], &[1, 0, 0, 0, 0]].concat(), &mut image);
    chunk(b"IDAT", &stored(&rows), &mut image);
    chunk(b"IEND", &[], &mut image);
    Some(image)
}

/// A chunk of a PNG: its length, its kind, its data, and a checksum of both.
fn chunk(kind: &[u8; 4], data: &[u8], image: &mut Vec<u8>) {
    image.extend(u32::try_from(data.len()).unwrap_or_default().to_be_bytes());
    image.extend(kind);
    image.extend(data);
    image.extend(crc(&[kind, data].concat()).to_be_bytes());
}

/// A stream of zlib without any compression (RFC 1950): the image is small.
fn stored(data: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let mut blocks = data.chunks(BLOCK).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap_or_default();
        stream.push(u8::from(blocks.peek().is_none()));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
    stream.extend(adler(data).to_be_bytes());
    stream
}

/// The checksum of zlib (RFC 1950, 9).
fn adler(data: &[u8]) -> u32 {
    let (a, b) = data.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    b << 16 | a
}

/// The checksum of PNG, CRC-32 (PNG, Annex D).
fn crc(data: &[u8]) -> u32 {
    !data.iter().fold(!0, |crc: u32, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| crc >> 1 ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_their_standards() {
        assert_eq!((adler(b"Wikipedia"), adler(b"")), (0x11e6_0398, 1));
        assert_eq!((crc(b"123456789"), crc(b"IEND")), (0xcbf4_3926, 0xae42_6082));
    }

    #[test]
    fn an_image_has_the_dots_of_the_code() {
        let text = format!("otpauth://totp/{}@123456789012?secret={}", "n".repeat(200), "A".repeat(64));
        let image = png(&text).unwrap();
        assert!(image.starts_with(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"));
        assert!(image.ends_with(b"\0\0\0\0IEND\xae\x42\x60\x82"));
        let code = QrCode::with_error_correction_level(&text, EcLevel::M).unwrap();
        let side = (code.width() + 2 * MARGIN) * DOT;
        assert_eq!(image[16..20], u32::try_from(side).unwrap().to_be_bytes());
        // Behind signature, IHDR, the head of IDAT, and the heads of zlib and its one block.
        let rows = &image[8 + 25 + 8 + 2 + 5..];
        let width = 1 + side.div_ceil(8);
        let pixel = |x: usize, y: usize| rows[y * width + 1 + x / 8] >> (7 - x % 8) & 1;
        for y in 0..side {
            assert_eq!(rows[y * width], 0);
            for x in 0..side {
                let (dot_x, dot_y) = ((x / DOT).wrapping_sub(MARGIN), (y / DOT).wrapping_sub(MARGIN));
                let inside = dot_x < code.width() && dot_y < code.width();
                let black = inside && code[(dot_x, dot_y)] == Color::Dark;
                assert_eq!(pixel(x, y), u8::from(!black), "{x} {y}");
            }
        }
        assert_eq!(png(&"x".repeat(3_000)), None);
    }
}
