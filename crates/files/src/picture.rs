//! Pictures: read as a whole, and written anew without what the camera, the editor or an attacker put beside the pixels.

use std::io::Cursor;

use aws_lc_rs::digest::{SHA256, digest};
use image::{
    DynamicImage, ExtendedColorType, GenericImageView as _, ImageDecoder, ImageEncoder as _,
    ImageError, ImageFormat, ImageReader, Limits, codecs::jpeg::JpegEncoder,
    codecs::png::PngEncoder, imageops::FilterType,
};

use crate::uploads::{Error, Kind};

/// Pixels of width and height: more than any camera of today.
const MAX_SIDE: u32 = 8_192;
/// Memory for one picture while it is read; a file that unpacks to more is refused before.
const MAX_BYTES: u64 = 192 * 1024 * 1024;
/// Pixels of width and height of the clean copy.
const CLEAN_SIDE: u32 = 4_096;
/// Of JPEG, 1 to 100.
const QUALITY: u8 = 88;

/// A picture in a form for browsers, without metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// The encoded picture.
    pub content: Vec<u8>,
    /// PNG if some of it is transparent, else JPEG.
    pub kind: Kind,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

impl Picture {
    /// SHA-256 of the content in hexadecimal digits: an address that no other picture has.
    pub fn hash(&self) -> String {
        hex::encode(digest(&SHA256, &self.content))
    }
}

/// Reads a picture of this kind and turns it as its camera was held. Uses the processor: call it on a thread of its own.
fn read(content: &[u8], kind: Kind) -> Result<DynamicImage, Error> {
    let format = match kind {
        Kind::Png => ImageFormat::Png,
        Kind::Jpeg => ImageFormat::Jpeg,
        Kind::Webp => ImageFormat::WebP,
        Kind::Pdf => return Err(Error::Unreadable),
    };
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(content), format);
    reader.limits(limits);
    let refused = |error: ImageError| match error {
        ImageError::Limits(_) => Error::TooManyPixels { pixels: MAX_SIDE },
        _ => Error::Unreadable,
    };
    let mut decoder = reader.into_decoder().map_err(refused)?;
    // The decoder's own limits are not strict for every format.
    if decoder.total_bytes() > MAX_BYTES {
        return Err(Error::TooManyPixels { pixels: MAX_SIDE });
    }
    let orientation = decoder.orientation().map_err(refused)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(refused)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// The clean copy of an uploaded picture: its pixels and nothing else. Uses the processor.
pub(crate) fn clean(content: &[u8], kind: Kind) -> Result<Picture, Error> {
    let picture = read(content, kind)?;
    written(&within(&picture, CLEAN_SIDE))
}

/// A picture in several sizes, each at most as many pixels wide and high; none is larger than the picture is, and none
/// twice. Uses the processor.
pub fn sizes(content: &[u8], media_type: &str, sides: &[u32]) -> Result<Vec<Picture>, Error> {
    let kind = [Kind::Png, Kind::Jpeg, Kind::Webp];
    let kind = kind
        .into_iter()
        .find(|kind| kind.media_type() == media_type);
    let picture = read(content, kind.ok_or(Error::Unreadable)?)?;
    let mut all: Vec<Picture> = Vec::new();
    for side in sides {
        let one = written(&within(&picture, *side))?;
        if all.iter().all(|other| other.width != one.width) {
            all.push(one);
        }
    }
    Ok(all)
}

fn within(picture: &DynamicImage, side: u32) -> DynamicImage {
    let (width, height) = picture.dimensions();
    if width.max(height) <= side {
        return picture.clone();
    }
    picture.resize(side, side, FilterType::CatmullRom)
}

fn written(picture: &DynamicImage) -> Result<Picture, Error> {
    let (width, height) = picture.dimensions();
    let rgba = picture.to_rgba8();
    let mut content = Vec::new();
    // Writing into memory fails for pictures of no size alone, which no decoder yields.
    let kind = if rgba.pixels().any(|pixel| pixel.0[3] < u8::MAX) {
        PngEncoder::new(&mut content)
            .write_image(&rgba, width, height, ExtendedColorType::Rgba8)
            .map_err(|_| Error::Unreadable)?;
        Kind::Png
    } else {
        let rgb = picture.to_rgb8();
        JpegEncoder::new_with_quality(&mut content, QUALITY)
            .write_image(&rgb, width, height, ExtendedColorType::Rgb8)
            .map_err(|_| Error::Unreadable)?;
        Kind::Jpeg
    };
    Ok(Picture {
        content,
        kind,
        width,
        height,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use image::{Rgba, RgbaImage};
    use proptest::prelude::*;

    use super::*;

    fn png(width: u32, height: u32, alpha: u8) -> Vec<u8> {
        let picture = RgbaImage::from_fn(width, height, |x, _| Rgba([x as u8, 100, 50, alpha]));
        let mut content = Vec::new();
        PngEncoder::new(&mut content)
            .write_image(&picture, width, height, ExtendedColorType::Rgba8)
            .unwrap();
        content
    }

    /// A JPEG with an EXIF segment that holds a place and says that the camera was held upright.
    fn photograph() -> Vec<u8> {
        let plain = written(&read(&png(40, 20, 255), Kind::Png).unwrap()).unwrap();
        let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01".to_vec();
        // Tag 0x0112 (orientation), SHORT, one value: 6, turned by 90 degrees.
        exif.extend_from_slice(b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0");
        exif.extend_from_slice(b"GPS 39.9042N 116.4074E");
        let mut content = plain.content[..2].to_vec();
        content.extend_from_slice(&[0xff, 0xe1]);
        content.extend_from_slice(&u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
        content.extend_from_slice(&exif);
        content.extend_from_slice(&plain.content[2..]);
        content
    }

    fn has(content: &[u8], text: &[u8]) -> bool {
        content.windows(text.len()).any(|some| some == text)
    }

    #[test]
    fn a_clean_copy_has_the_pixels_upright_and_no_metadata() {
        let photograph = photograph();
        assert!(has(&photograph, b"GPS 39.9042N"));
        let copy = clean(&photograph, Kind::Jpeg).unwrap();
        assert_eq!((copy.width, copy.height, copy.kind), (20, 40, Kind::Jpeg));
        assert!(!has(&copy.content, b"GPS") && !has(&copy.content, b"Exif"));
    }

    #[test]
    fn what_is_transparent_stays_so() {
        let copy = clean(&png(10, 10, 100), Kind::Png).unwrap();
        assert_eq!(copy.kind, Kind::Png);
        assert_eq!(
            clean(&png(10, 10, 255), Kind::Png).unwrap().kind,
            Kind::Jpeg
        );
    }

    #[test]
    fn sizes_are_never_larger_than_the_picture_and_keep_its_shape() {
        let all = sizes(&png(200, 100, 9), "image/png", &[64, 128, 512, 1_024]).unwrap();
        let all: Vec<_> = all.iter().map(|one| (one.width, one.height)).collect();
        assert_eq!(all, [(64, 32), (128, 64), (200, 100)]);
    }

    #[test]
    fn a_picture_that_unpacks_to_too_much_is_refused_before() {
        // A header that promises 60,000 × 60,000 pixels, in 57 bytes.
        let mut bomb = png(1, 1, 255);
        bomb[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
        bomb[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
        // The checksum of a header that says 60,000.
        let crc = crc(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&crc.to_be_bytes());
        assert_eq!(
            clean(&bomb, Kind::Png),
            Err(Error::TooManyPixels { pixels: MAX_SIDE })
        );
    }

    /// CRC-32 as in PNG.
    fn crc(bytes: &[u8]) -> u32 {
        let step = |crc: u32, byte: &u8| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                if crc & 1 == 1 {
                    (crc >> 1) ^ 0xedb8_8320
                } else {
                    crc >> 1
                }
            })
        };
        !bytes.iter().fold(u32::MAX, step)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn damaged_pictures_are_refused_and_never_panic(at: prop::sample::Index, change in 1u8..) {
            let mut content = photograph();
            let at = at.index(content.len());
            content[at] ^= change;
            let _ = clean(&content, Kind::Jpeg);
            content.truncate(at);
            let _ = clean(&content, Kind::Jpeg);
            let mut content = png(16, 16, 9);
            let at = at % content.len();
            content[at] ^= change;
            let _ = clean(&content, Kind::Png);
            let _ = clean(&content[..at], Kind::Png);
        }
    }
}
