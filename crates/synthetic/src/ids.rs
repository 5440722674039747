//! Ids that contain their ordinal.

use uuid::{Builder, Uuid};

use crate::chance::{Of, bits};

/// 2020-01-01T00:00:00Z in milliseconds since 1970: before the platform existed, so no real id begins like a synthetic
/// one.
const BEGIN: u64 = 1_577_836_800_000;

/// The kind of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// A person.
    Person = 1,
    /// Their account.
    Account,
    /// A consent to a society.
    Consent,
    /// An application to a society.
    Application,
    /// The membership that resulted.
    Membership,
    /// An activity.
    Activity,
    /// A registration for it.
    Registration,
    /// Its credit.
    Credit,
    /// A reviewer.
    Reviewer,
    /// An event of a log.
    Event,
}

/// The id of the record with this ordinal: a UUIDv7 whose milliseconds count the ordinals, so that ids sort as the
/// ordinals do.
pub fn id(kind: Kind, ordinal: u64) -> Uuid {
    let random = bits(Of::Id, ordinal.wrapping_mul(16).wrapping_add(kind as u64)).to_be_bytes();
    let mut bytes = [0; 10];
    bytes[1] = kind as u8;
    bytes[2..].copy_from_slice(&random);
    Builder::from_unix_timestamp_millis(BEGIN + ordinal, &bytes).into_uuid()
}

/// The ordinal of a synthetic id.
pub fn ordinal(id: Uuid) -> u64 {
    (id.as_u128() >> 80) as u64 - BEGIN.min((id.as_u128() >> 80) as u64)
}

/// Ids below and above all synthetic ones below `count`: the bounds of an index range.
pub fn bounds(count: u64) -> (Uuid, Uuid) {
    let first = |millis: u64| Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid();
    (first(BEGIN), first(BEGIN + count))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_id_is_a_uuid_v7_that_sorts_as_its_ordinal(a in 0..100_000_000u64, b in 0..100_000_000u64) {
            let (x, y) = (id(Kind::Person, a), id(Kind::Person, b));
            prop_assert_eq!(x.get_version_num(), 7);
            prop_assert_eq!(a.cmp(&b), x.cmp(&y));
            prop_assert_eq!(ordinal(x), a);
            prop_assert_ne!(id(Kind::Account, a), x);
            let (low, high) = bounds(a + 1);
            prop_assert!(low <= x && x < high);
        }

        #[test]
        fn any_id_has_some_ordinal(bits: u128) {
            let _ = ordinal(Uuid::from_u128(bits));
        }
    }

    #[test]
    fn the_ids_of_today_are_no_made_up_ones() {
        let (_, high) = bounds(1_000_000_000);
        assert!(Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_0000_0000) > high);
    }
}
