//! Conversions between protobuf types and domain types: timestamps, dates, ids, etags.

use prost_types::Timestamp;
use proto_platform::reasons;
use time::{
    Date, OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description,
};
use uuid::Uuid;

use crate::errors::Problem;

const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

/// A timestamp as protobuf.
pub fn timestamp(moment: OffsetDateTime) -> Timestamp {
    Timestamp {
        seconds: moment.unix_timestamp(),
        // Below 10⁹, so it fits.
        nanos: moment.nanosecond() as i32,
    }
}

/// A timestamp from protobuf, truncated to microseconds. An absent one is a violation of `field`.
pub fn moment(field: &str, timestamp: Option<&Timestamp>) -> Result<OffsetDateTime, Problem> {
    let timestamp = timestamp
        .ok_or_else(|| Problem::invalid(field, "Missing; give a time in RFC 3339 form."))?;
    moment_of(timestamp).ok_or_else(|| {
        Problem::invalid(
            field,
            "Out of range; give a time between the years 1 and 9999.",
        )
    })
}

/// An optional timestamp from protobuf.
pub fn optional_moment(
    field: &str,
    timestamp: Option<&Timestamp>,
) -> Result<Option<OffsetDateTime>, Problem> {
    timestamp
        .map(|given| moment(field, Some(given)))
        .transpose()
}

fn moment_of(timestamp: &Timestamp) -> Option<OffsetDateTime> {
    let nanos = u32::try_from(timestamp.nanos).ok()?;
    OffsetDateTime::from_unix_timestamp(timestamp.seconds)
        .ok()
        .filter(|moment| (1..=9999).contains(&moment.year()))?
        .replace_nanosecond(nanos / 1_000 * 1_000)
        .ok()
        .filter(|_| nanos < 1_000_000_000)
}

/// A date as `YYYY-MM-DD`.
pub fn date(day: Date) -> String {
    format!(
        "{:04}-{:02}-{:02}",
        day.year(),
        u8::from(day.month()),
        day.day()
    )
}

/// A date from `YYYY-MM-DD`.
pub fn parse_date(field: &str, text: &str) -> Result<Date, Problem> {
    // The parser of the time crate would also accept a sign before the year.
    Some(text)
        .filter(|text| text.len() == 10)
        .and_then(|text| Date::parse(text, DAY).ok())
        .ok_or_else(|| Problem::invalid(field, "Not a day; write it as YYYY-MM-DD."))
}

/// An optional date from `YYYY-MM-DD`.
pub fn parse_optional_date(field: &str, text: &str) -> Result<Option<Date>, Problem> {
    (!text.is_empty())
        .then(|| parse_date(field, text))
        .transpose()
}

/// An id, in the 36-character form only, so that each id has a single representation.
pub fn parse_id(field: &str, text: &str) -> Result<Uuid, Problem> {
    Some(text)
        .filter(|text| text.len() == 36)
        .and_then(|text| Uuid::try_parse(text).ok())
        .ok_or_else(|| {
            Problem::invalid(
                field,
                "Not an id; send the UUID exactly as the platform gave it.",
            )
        })
}

/// An optional id.
pub fn parse_optional_id(field: &str, text: &str) -> Result<Option<Uuid>, Problem> {
    (!text.is_empty())
        .then(|| parse_id(field, text))
        .transpose()
}

/// The etag of a version of a record (AIP-154).
pub fn etag(version: i64) -> String {
    format!("v{version}")
}

/// The version that an etag names. Any other text cannot be the current one: `ETAG_MISMATCH`.
pub fn parse_etag(etag: &str) -> Result<i64, Problem> {
    etag.strip_prefix('v')
        .filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| Problem::of(&reasons::ETAG_MISMATCH))
}

/// Succeeds if the etag that the caller read is that of this version. Empty and `*` (RFC 9110, 13.1.1) match every
/// version; where an etag is required, the contract refuses an empty one.
pub fn expect_version(etag: &str, version: i64) -> Result<(), Problem> {
    if matches!(etag, "" | "*") || parse_etag(etag)? == version {
        Ok(())
    } else {
        Err(Problem::of(&reasons::ETAG_MISMATCH))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use time::macros::{date, datetime};

    use super::*;

    #[test]
    fn a_moment_makes_the_round_trip() {
        let there = datetime!(1969-12-31 23:59:59.999999 UTC);
        assert_eq!(moment("at", Some(&timestamp(there))).unwrap(), there);
        assert_eq!(timestamp(there).seconds, -1);
    }

    #[test]
    fn moments_out_of_range_are_violations() {
        for (seconds, nanos) in [
            (i64::MAX, 0),
            (i64::MIN, 0),
            (0, -1),
            (0, 1_000_000_000),
            (-62_135_596_801, 0),
        ] {
            let problem = moment("starts_at", Some(&Timestamp { seconds, nanos })).unwrap_err();
            assert_eq!(problem.violations()[0].0, "starts_at", "{seconds} {nanos}");
        }
        assert_eq!(
            moment("starts_at", None).unwrap_err().reason().code,
            "INVALID_ARGUMENT"
        );
    }

    #[test]
    fn days_have_one_form() {
        assert_eq!(
            parse_date("day", "2026-02-28").unwrap(),
            date!(2026 - 02 - 28)
        );
        assert_eq!(date(date!(2026 - 02 - 28)), "2026-02-28");
        for wrong in [
            "",
            "2026-2-28",
            "2026-02-29",
            "20260228",
            "2026-02-28T00:00:00Z",
            "+026-02-28",
            "二〇二六",
        ] {
            assert!(parse_date("day", wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn ids_have_one_form() {
        let id = Uuid::now_v7();
        assert_eq!(parse_id("id", &id.to_string()).unwrap(), id);
        for wrong in [
            id.simple().to_string(),
            id.braced().to_string(),
            id.urn().to_string(),
            "é".repeat(18),
        ] {
            assert!(parse_id("id", &wrong).is_err(), "{wrong}");
        }
        assert_eq!(parse_optional_id("id", "").unwrap(), None);
    }

    #[test]
    fn a_star_matches_every_version_and_a_weak_tag_none() {
        for passes in ["", "*", "v7"] {
            assert!(expect_version(passes, 7).is_ok(), "{passes}");
        }
        for refused in ["v8", "W/\"v7\"", "W/v7", "\"v7\"", "7", "**", " v7"] {
            let problem = expect_version(refused, 7).unwrap_err();
            assert_eq!(problem.reason().code, "ETAG_MISMATCH", "{refused}");
        }
    }

    proptest! {
        #[test]
        fn an_etag_names_its_version(version in 0..i64::MAX) {
            prop_assert_eq!(parse_etag(&etag(version)).unwrap(), version);
        }

        #[test]
        fn foreign_text_never_panics(text in "\\PC{0,40}", seconds: i64, nanos: i32) {
            let _ = parse_etag(&text);
            let _ = parse_date("f", &text);
            let _ = parse_id("f", &text);
            let _ = moment("f", Some(&Timestamp { seconds, nanos }));
        }
    }
}
