//! The readings, as the contract names them.

use std::borrow::Cow;

use crate::{
    address, is_control, is_direction_override, is_visible, line, name, number, paragraphs,
};

/// How a text of a request is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reading {
    /// As it was sent.
    Exact,
    /// [`number`].
    Number,
    /// [`address`].
    Address,
    /// [`name`].
    Name,
    /// [`line()`].
    Line,
    /// [`paragraphs`].
    Paragraphs,
    /// [`name`], with invisible characters removed: search terms are not stored.
    SearchTerms,
}

/// Why a text is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// The text is not empty but has no visible character.
    #[error("shows nothing")]
    ShowsNothing,
    /// A character makes the text look different from its content.
    #[error("shows something else than it says")]
    ShowsOtherwise,
}

impl Reading {
    /// The normalised text. Borrowed if unchanged; cheap for nearly all ASCII texts.
    pub fn read(self, typed: &str) -> Cow<'_, str> {
        if self.is_plain(typed) {
            return Cow::Borrowed(typed);
        }
        let read = match self {
            Self::Exact => return Cow::Borrowed(typed),
            Self::Number => number(typed),
            Self::Address => address(typed),
            Self::Name | Self::SearchTerms => name(typed),
            Self::Line => line(typed),
            Self::Paragraphs => paragraphs(typed),
        };
        if read == typed {
            Cow::Borrowed(typed)
        } else {
            Cow::Owned(read)
        }
    }

    /// Whether the text is acceptable. In numbers, addresses and searches invisible characters are removed. In texts
    /// that people read, direction overrides and control characters are refused as deliberate.
    pub fn check(self, typed: &str) -> Result<(), Unreadable> {
        let shows = || typed.is_empty() || typed.chars().any(is_visible);
        match self {
            Self::Exact | Self::SearchTerms => Ok(()),
            _ if !shows() => Err(Unreadable::ShowsNothing),
            Self::Number | Self::Address => Ok(()),
            Self::Name | Self::Line | Self::Paragraphs => {
                if typed
                    .chars()
                    .any(|c| is_direction_override(c) || is_control(c))
                {
                    Err(Unreadable::ShowsOtherwise)
                } else {
                    Ok(())
                }
            }
        }
    }

    /// Whether an ASCII text certainly needs no normalisation. May be false for texts that need none.
    fn is_plain(self, typed: &str) -> bool {
        let bytes = typed.as_bytes();
        match self {
            Self::Exact => true,
            Self::Number => bytes
                .iter()
                .all(|b| b.is_ascii_graphic() && !b.is_ascii_lowercase() && *b != b'-'),
            Self::Address => bytes.iter().all(u8::is_ascii_graphic),
            Self::Name | Self::SearchTerms | Self::Line | Self::Paragraphs => {
                let mut blank = true;
                let plain = bytes.iter().all(|b| {
                    let second = std::mem::replace(&mut blank, *b == b' ') && blank;
                    // The grave accent is an apostrophe in a name.
                    !second && (*b == b' ' || b.is_ascii_graphic() && *b != b'`')
                });
                plain && (!blank || bytes.is_empty())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [Reading; 7] = [
        Reading::Exact,
        Reading::Number,
        Reading::Address,
        Reading::Name,
        Reading::Line,
        Reading::Paragraphs,
        Reading::SearchTerms,
    ];

    fn in_full(reading: Reading, typed: &str) -> String {
        match reading {
            Reading::Exact => typed.to_owned(),
            Reading::Number => number(typed),
            Reading::Address => address(typed),
            Reading::Name | Reading::SearchTerms => name(typed),
            Reading::Line => line(typed),
            Reading::Paragraphs => paragraphs(typed),
        }
    }

    #[test]
    fn plain_texts_are_borrowed() {
        for (reading, typed) in [
            (Reading::Number, "11010519491231002X"),
            (Reading::Address, "Wang.Ming-1@example.org"),
            (Reading::Name, "Anna-Maria O'Neill"),
            (Reading::Line, "A lecture, again"),
            (Reading::Line, "人工智能前沿报告会"),
            (Reading::Paragraphs, "one\n\ntwo"),
            (Reading::SearchTerms, ""),
        ] {
            assert!(
                matches!(reading.read(typed), Cow::Borrowed(_)),
                "{reading:?} {typed}"
            );
        }
    }

    #[test]
    fn what_shows_nothing_or_something_else_is_not_read() {
        use Unreadable::*;
        for reading in ALL {
            let nothing = match reading {
                Reading::Exact | Reading::SearchTerms => Ok(()),
                _ => Err(ShowsNothing),
            };
            for typed in ["\u{200b}\u{200b}", " ", "\u{3000}\n", "\u{202e}"] {
                assert_eq!(reading.check(typed), nothing, "{reading:?} {typed:?}");
            }
            let otherwise = match reading {
                Reading::Name | Reading::Line | Reading::Paragraphs => Err(ShowsOtherwise),
                _ => Ok(()),
            };
            for typed in [
                "a\u{202d}b",
                "科普\u{202e}会讲",
                "a\u{2066}b",
                "\u{1b}[31m",
                "a\0",
            ] {
                assert_eq!(reading.check(typed), otherwise, "{reading:?} {typed:?}");
            }
            for typed in ["", "a", "科普\r\n\t会\u{200b}讲", "a\u{b}b"] {
                assert_eq!(reading.check(typed), Ok(()), "{reading:?} {typed:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_plain_text_reads_as_itself(typed in "[ -~]{0,12}|[ab `\\-\n]{0,6}") {
            for reading in ALL {
                prop_assert_eq!(reading.read(&typed), in_full(reading, &typed), "{:?}", reading);
            }
        }

        #[test]
        fn what_was_read_is_read_as_itself_and_can_be_read(typed in any::<String>()) {
            for reading in ALL {
                let read = reading.read(&typed).into_owned();
                prop_assert_eq!(reading.read(&read), read.as_str());
                prop_assert!(reading.check(&typed).is_err() || reading.check(&read).is_ok());
            }
        }
    }
}
