//! Whether an announcement is still true. Pure.

use super::Kind;

/// Whether registrants are still to be told, of an activity that is `published` or not: a change is of no interest once the activity is
/// cancelled, of which they are told as well.
pub fn stands(kind: Kind, published: bool) -> bool {
    match kind {
        Kind::Changed => published,
        Kind::Cancelled => !published,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_of_no_interest_after_the_cancellation() {
        assert!(stands(Kind::Changed, true));
        assert!(!stands(Kind::Changed, false));
        assert!(stands(Kind::Cancelled, false));
        assert!(!stands(Kind::Cancelled, true));
    }
}
