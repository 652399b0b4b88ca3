//! A company's logo: which pictures are taken, by what their own headers say.
//!
//! Only pictures of pixels: an SVG is a document, which can hold scripts. What a browser is told of
//! a logo's type comes from here and never from whoever sent it.

use serde::{Deserialize, Serialize};

use crate::{estates::words, problem::Flaw};

/// In bytes.
pub const MOST: usize = 200 * 1024;
/// In pixels, each way: a small file may be a picture that fills a memory.
const LONGEST: u32 = 4096;

words! {
    /// What kind of picture it is.
    LogoKind {
        Png = "png" [];
        Jpeg = "jpeg" [];
        WebP = "webp" [];
    }
}

impl LogoKind {
    /// What a browser calls it.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::WebP => "image/webp",
        }
    }
}

/// Looks at a file's header.
///
/// # Errors
/// `required` for an empty file, `too_long` over [`MOST`], `unreadable` for anything but a PNG, JPEG
/// or WebP, `out_of_range` for one without extent or with more than 4096 pixels a side.
pub fn check(bytes: &[u8]) -> Result<LogoKind, Flaw> {
    if bytes.is_empty() {
        return Err(Flaw::Required);
    }
    if bytes.len() > MOST {
        return Err(Flaw::TooLong);
    }
    let found = png(bytes).map(|size| (LogoKind::Png, size));
    let found = found.or_else(|| jpeg(bytes).map(|size| (LogoKind::Jpeg, size)));
    let found = found.or_else(|| webp(bytes).map(|size| (LogoKind::WebP, size)));
    let (kind, (width, height)) = found.ok_or(Flaw::Unreadable)?;
    let fits = |side: u32| (1..=LONGEST).contains(&side);
    if fits(width) && fits(height) {
        Ok(kind)
    } else {
        Err(Flaw::OutOfRange)
    }
}

/// A big-endian number of up to four bytes.
fn number(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |number, byte| (number << 8) | u32::from(*byte))
}

/// The same, little-endian.
fn reversed(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .rev()
        .fold(0, |number, byte| (number << 8) | u32::from(*byte))
}

/// PNG (ISO 15948): a signature, then the chunk IHDR of 13 bytes.
fn png(bytes: &[u8]) -> Option<(u32, u32)> {
    let rest = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR")?;
    Some((number(rest.get(..4)?), number(rest.get(4..8)?)))
}

/// JPEG (ITU T.81): segments until one that begins a frame.
fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut rest = bytes.strip_prefix(b"\xff\xd8")?;
    loop {
        let [0xff, marker, tail @ ..] = rest else {
            return None;
        };
        match marker {
            // Fill bytes before a marker.
            0xff => rest = rest.get(1..)?,
            // A frame; 0xc4, 0xc8 and 0xcc are tables among these numbers.
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                return Some((number(tail.get(5..7)?), number(tail.get(3..5)?)));
            }
            // The picture itself, or its end, before any frame.
            0xd8..=0xda => return None,
            _ => {
                let length = usize::try_from(number(tail.get(..2)?)).ok()?;
                rest = tail.get(length.max(2)..)?;
            }
        }
    }
}

/// WebP (RFC 9649): one of three chunks comes first.
fn webp(bytes: &[u8]) -> Option<(u32, u32)> {
    let rest = bytes.strip_prefix(b"RIFF")?.get(4..)?;
    let rest = rest.strip_prefix(b"WEBP")?;
    let (kind, data) = (rest.get(..4)?, rest.get(8..)?);
    match kind {
        b"VP8 " => {
            let sides = data.get(3..)?.strip_prefix(b"\x9d\x01\x2a")?;
            let pixels = |bytes: &[u8]| reversed(bytes) & 0x3fff;
            Some((pixels(sides.get(..2)?), pixels(sides.get(2..4)?)))
        }
        b"VP8L" => {
            let bits = reversed(data.strip_prefix(b"\x2f")?.get(..4)?);
            Some(((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1))
        }
        b"VP8X" => Some((
            reversed(data.get(4..7)?) + 1,
            reversed(data.get(7..10)?) + 1,
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png_of(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes.extend(*b"\x08\x06\0\0\0rest");
        bytes
    }

    #[test]
    fn pictures_say_what_they_are() {
        assert_eq!(check(&png_of(640, 200)), Ok(LogoKind::Png));
        let jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xff\xc2\0\x11\x08\0\x40\0\x80\x03rest";
        assert_eq!(super::jpeg(jpeg), Some((128, 64)));
        assert_eq!(check(jpeg), Ok(LogoKind::Jpeg));
        for chunk in [
            &b"VP8 \x10\0\0\0abc\x9d\x01\x2a\x80\0\x40\0"[..],
            b"VP8L\x10\0\0\0\x2f\x7f\xc0\x0f\0",
            b"VP8X\x0a\0\0\0\0\0\0\0\x7f\0\0\x3f\0\0",
        ] {
            let webp = [b"RIFF\x20\0\0\0WEBP", chunk].concat();
            assert_eq!(super::webp(&webp), Some((128, 64)), "{chunk:?}");
            assert_eq!(check(&webp), Ok(LogoKind::WebP));
        }
    }

    #[test]
    fn what_is_no_picture_of_pixels_is_refused() {
        for (bytes, flaw) in [
            (&b""[..], Flaw::Required),
            (
                b"<svg xmlns='http://www.w3.org/2000/svg'/>",
                Flaw::Unreadable,
            ),
            (b"GIF89a\x01\0\x01\0", Flaw::Unreadable),
            (b"\x89PNG\r\n\x1a\n", Flaw::Unreadable),
            (b"\xff\xd8\xff\xda\0\x04", Flaw::Unreadable),
            (b"\xff\xd8\xff\xe0\0\0", Flaw::Unreadable),
            (b"\xff\xd8\xff", Flaw::Unreadable),
            (b"RIFF\0\0\0\0WEBPVP8X", Flaw::Unreadable),
        ] {
            assert_eq!(check(bytes), Err(flaw), "{bytes:?}");
        }
        assert_eq!(check(&png_of(0, 9)), Err(Flaw::OutOfRange));
        assert_eq!(check(&png_of(4097, 9)), Err(Flaw::OutOfRange));
        assert_eq!(check(&vec![0; MOST + 1]), Err(Flaw::TooLong));
    }
}
