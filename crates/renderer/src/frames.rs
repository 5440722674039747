//! What the program reads and writes: frames of a kind (1 byte), a length (4 bytes, big-endian) and as many bytes.
//!
//! | kind | direction | content |
//! |---|---|---|
//! | `O` | in | an order, JSON |
//! | `C` | in | a PDF document that is to be cleaned |
//! | `P` | out | the document; empty if the order was only to be checked |
//! | `R` | out | a refusal, JSON |

use std::io::{self, Read, Write};

/// An order.
pub const ORDER: u8 = b'O';
/// A document that is to be cleaned.
pub const CLEAN: u8 = b'C';
/// A document.
pub const PAPER: u8 = b'P';
/// A refusal.
pub const REFUSAL: u8 = b'R';

/// The longest order in bytes.
pub const LONGEST_ORDER: usize = 64 * 1024;
/// The longest document that is cleaned.
pub const LONGEST_DOCUMENT: usize = 32 * 1024 * 1024;

/// The next frame; `None` at the end of the input.
pub fn read(input: &mut impl Read) -> io::Result<Option<(u8, Vec<u8>)>> {
    let mut kind = [0];
    if input.read(&mut kind)? == 0 {
        return Ok(None);
    }
    let mut length = [0; 4];
    input.read_exact(&mut length)?;
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    let longest = match kind[0] {
        CLEAN => LONGEST_DOCUMENT,
        _ => LONGEST_ORDER,
    };
    if length > longest {
        return Err(io::Error::other("the order is too long"));
    }
    let mut content = vec![0; length];
    input.read_exact(&mut content)?;
    Ok(Some((kind[0], content)))
}

/// Writes a frame.
pub fn write(output: &mut impl Write, kind: u8, content: &[u8]) -> io::Result<()> {
    let length = u32::try_from(content.len()).map_err(io::Error::other)?;
    output.write_all(&[kind])?;
    output.write_all(&length.to_be_bytes())?;
    output.write_all(content)?;
    output.flush()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_was_written_is_read_and_a_cut_or_too_long_frame_is_an_error() {
        let mut bytes = Vec::new();
        write(&mut bytes, ORDER, b"{}").unwrap();
        assert_eq!(
            read(&mut &bytes[..]).unwrap(),
            Some((ORDER, b"{}".to_vec()))
        );
        assert_eq!(read(&mut &[][..]).unwrap(), None);
        assert!(read(&mut &bytes[..bytes.len() - 1]).is_err());
        let long = [ORDER, 255, 255, 255, 255];
        assert!(read(&mut &long[..]).is_err());
    }
}
