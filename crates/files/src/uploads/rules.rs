//! What may be uploaded, in how many parts, and how much of it at a time.

use super::{Error, Kind, Purpose};

/// Bytes of every part but the last one.
pub const PART_BYTES: u64 = 1024 * 1024;
/// Uploads that one person may have unclaimed, and their bytes.
pub const MAX_UNCLAIMED: i64 = 20;
/// See [`MAX_UNCLAIMED`].
pub const MAX_UNCLAIMED_BYTES: i64 = 100 * 1024 * 1024;

/// Characters of a file name: more than any common file system takes.
const MAX_NAME: usize = 200;

/// A file name is one name, without a folder.
pub(crate) fn name(name: &str) -> Result<(), Error> {
    let one = !name.trim().is_empty()
        && ![".", ".."].contains(&name.trim())
        && !name.contains(['/', '\\'])
        && !name.chars().any(char::is_control);
    if !one {
        Err(Error::Name)
    } else if name.chars().count() > MAX_NAME {
        Err(Error::NameTooLong { most: MAX_NAME })
    } else {
        Ok(())
    }
}

/// The declared size.
pub(crate) fn size(purpose: &Purpose, bytes: i64) -> Result<u64, Error> {
    let size = u64::try_from(bytes).unwrap_or_default();
    if size == 0 {
        Err(Error::Empty)
    } else if size > purpose.max_bytes {
        Err(Error::TooLarge {
            most: purpose.max_bytes,
        })
    } else {
        Ok(size)
    }
}

/// The type that the caller declares; empty: none. A parameter of the type does not matter.
pub(crate) fn declared(purpose: &Purpose, media_type: &str) -> Result<(), Error> {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    let fits = |kind: &Kind| essence.eq_ignore_ascii_case(kind.media_type());
    if essence.is_empty() || purpose.kinds.iter().any(fits) {
        Ok(())
    } else {
        Err(Error::TypeNotAllowed {
            allowed: purpose.kinds,
        })
    }
}

/// Whether one more upload of this size fits beside those that a person has unclaimed.
pub(crate) fn room(unclaimed: i64, bytes: i64, size: u64) -> Result<(), Error> {
    let all = u64::try_from(bytes)
        .unwrap_or_default()
        .saturating_add(size);
    if unclaimed < MAX_UNCLAIMED && all <= MAX_UNCLAIMED_BYTES.unsigned_abs() {
        Ok(())
    } else {
        Err(Error::TooManyUnclaimed)
    }
}

/// How many parts an upload of this size has.
pub fn parts(size: u64) -> u64 {
    size.div_ceil(PART_BYTES)
}

/// Bytes of a part of an upload of this size; numbers begin with 1.
pub(crate) fn part_bytes(size: u64, number: i32) -> Result<u64, Error> {
    let parts = parts(size);
    let number = u64::try_from(number).unwrap_or_default();
    if number == 0 || number > parts {
        Err(Error::PartNumber { parts })
    } else if number == parts {
        Ok(size - (parts - 1) * PART_BYTES)
    } else {
        Ok(PART_BYTES)
    }
}

/// The content of a part has to have its size.
pub(crate) fn part(size: u64, number: i32, length: usize) -> Result<(), Error> {
    let expected = part_bytes(size, number)?;
    if length as u64 == expected {
        Ok(())
    } else {
        Err(Error::PartLength { expected })
    }
}

/// The parts that have not arrived.
pub(crate) fn missing(size: u64, arrived: &[i32]) -> Vec<i32> {
    let all = 1..=i32::try_from(parts(size)).unwrap_or(i32::MAX);
    all.filter(|number| !arrived.contains(number)).collect()
}

/// What content is, by how it begins; `None`: none of those that are known here.
pub(crate) fn kind(content: &[u8]) -> Option<Kind> {
    match content {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Kind::Png),
        [0xff, 0xd8, 0xff, ..] => Some(Kind::Jpeg),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => Some(Kind::Webp),
        [b'%', b'P', b'D', b'F', b'-', ..] => Some(Kind::Pdf),
        _ => None,
    }
}

/// What content is, if it is what the purpose takes.
pub(crate) fn allowed(purpose: &Purpose, content: &[u8]) -> Result<Kind, Error> {
    kind(content)
        .filter(|kind| purpose.kinds.contains(kind))
        .ok_or(Error::TypeNotAllowed {
            allowed: purpose.kinds,
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LOGO: Purpose = Purpose {
        name: "logo",
        max_bytes: 5 << 20,
        kinds: &[Kind::Png, Kind::Jpeg],
    };

    #[test]
    fn a_name_is_one_name() {
        for fits in ["标志.png", "a b.png", "..png", "…", &"字".repeat(200)] {
            assert_eq!(name(fits), Ok(()), "{fits}");
        }
        for wrong in [
            "", " ", ".", "..", "../a.png", "a/b", "c:\\a", "a\nb", "a\0",
        ] {
            assert_eq!(name(wrong), Err(Error::Name), "{wrong:?}");
        }
        assert_eq!(
            name(&"字".repeat(300)),
            Err(Error::NameTooLong { most: 200 })
        );
    }

    #[test]
    fn a_size_is_not_zero_and_not_one_byte_too_many() {
        let most = 5 << 20;
        assert_eq!(size(&LOGO, 0), Err(Error::Empty));
        assert_eq!(size(&LOGO, -1), Err(Error::Empty));
        assert_eq!(size(&LOGO, 1), Ok(1));
        assert_eq!(size(&LOGO, most), Ok(5 << 20));
        assert_eq!(
            size(&LOGO, most + 1),
            Err(Error::TooLarge { most: 5 << 20 })
        );
    }

    #[test]
    fn a_type_is_what_the_content_is() {
        assert_eq!(declared(&LOGO, "IMAGE/PNG; x=1"), Ok(()));
        assert_eq!(declared(&LOGO, ""), Ok(()));
        let refused = Err(Error::TypeNotAllowed {
            allowed: LOGO.kinds,
        });
        assert_eq!(declared(&LOGO, "image/svg+xml"), refused);
        assert_eq!(allowed(&LOGO, b"\x89PNG\r\n\x1a\n\0"), Ok(Kind::Png));
        let refused = Err(Error::TypeNotAllowed {
            allowed: LOGO.kinds,
        });
        // A program, an office document, a page, a picture of another kind, nothing.
        for content in [
            &b"MZ\x90\0"[..],
            b"PK\x03\x04",
            b"<svg xmlns",
            b"RIFF\0\0\0\0WEBP",
            b"",
        ] {
            assert_eq!(allowed(&LOGO, content), refused);
        }
    }

    #[test]
    fn one_person_has_room_for_so_much() {
        assert_eq!(room(19, 0, 100 << 20), Ok(()));
        assert_eq!(room(20, 0, 1), Err(Error::TooManyUnclaimed));
        assert_eq!(room(1, 1, 100 << 20), Err(Error::TooManyUnclaimed));
    }

    proptest! {
        #[test]
        fn the_parts_are_the_whole(size in 1..50_u64 << 20) {
            let count = i32::try_from(parts(size)).unwrap_or_default();
            let mut sum = 0;
            for number in 1..=count {
                let bytes = part_bytes(size, number).unwrap_or_default();
                prop_assert!(0 < bytes && bytes <= PART_BYTES);
                prop_assert_eq!(part(size, number, usize::try_from(bytes).unwrap_or_default()), Ok(()));
                prop_assert!(part(size, number, usize::try_from(bytes).unwrap_or_default() + 1).is_err());
                sum += bytes;
            }
            prop_assert_eq!(sum, size);
            prop_assert!(part_bytes(size, 0).is_err());
            prop_assert!(part_bytes(size, count + 1).is_err());
            prop_assert_eq!(missing(size, &[]).len() as u64, parts(size));
        }
    }
}
