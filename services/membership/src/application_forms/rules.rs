//! Who publishes a form, and whether answers may be lost.

use forms::changes::Change;
use uuid::Uuid;

use super::Error;

/// Those who have worked on a draft, with their public numbers, and now this person.
pub(crate) fn edited(
    mut editors: Vec<(Uuid, String)>,
    by: Uuid,
    number: &str,
) -> Vec<(Uuid, String)> {
    if !editors.iter().any(|(editor, _)| *editor == by) {
        editors.push((by, number.to_owned()));
    }
    editors
}

/// Whether this person may publish: one who has not worked on the draft. Where everyone has, the draft can be
/// discarded and written anew by one.
pub(crate) fn publishes(editors: &[Uuid], by: Uuid) -> Result<(), Error> {
    if editors.contains(&by) {
        Err(Error::FourEyes)
    } else {
        Ok(())
    }
}

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
    fn those_who_worked_on_a_draft_do_not_publish_it() {
        let (author, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let editors = edited(edited(Vec::new(), author, "1"), author, "1");
        assert_eq!(editors, [(author, "1".to_owned())]);
        assert_eq!(publishes(&[author], author), Err(Error::FourEyes));
        assert_eq!(publishes(&[author], other), Ok(()));
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
