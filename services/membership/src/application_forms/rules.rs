//! Whether answers may be lost.

use forms::changes::Change;

use super::Error;

/// Whether a new version may replace one that `open` applications have answers to and can still change.
pub(crate) fn may_lose(changes: &[Change], open: i64, accepted: bool) -> Result<(), Error> {
    let loses = changes.iter().any(|change| change.kind.loses());
    if loses && open > 0 && !accepted {
        Err(Error::Loses(open))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use forms::{changes::ChangeKind, definition::Words};

    use super::*;

    fn change(kind: ChangeKind) -> Change {
        Change {
            key: "a".to_owned(),
            title: Words::default(),
            kind,
        }
    }

    #[test]
    fn a_loss_has_to_be_accepted_where_there_is_something_to_lose() {
        let (removed, added) = ([change(ChangeKind::Removed)], [change(ChangeKind::Added)]);
        assert_eq!(may_lose(&removed, 2, false), Err(Error::Loses(2)));
        assert_eq!(may_lose(&removed, 2, true), Ok(()));
        assert_eq!(may_lose(&removed, 0, false), Ok(()));
        assert_eq!(may_lose(&added, 2, false), Ok(()));
    }
}
