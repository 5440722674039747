//! Who publishes a form.

use uuid::Uuid;

use crate::error::Error;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_worked_on_a_draft_do_not_publish_it() {
        let (author, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let editors = edited(edited(Vec::new(), author, "1"), author, "1");
        assert_eq!(editors, [(author, "1".to_owned())]);
        assert_eq!(publishes(&[author], author), Err(Error::FourEyes));
        assert_eq!(publishes(&[author], other), Ok(()));
    }
}
