//! Who publishes a form, and what it may ask.

use forms::{Flaw, Form, definition::Kind};
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

/// The fields that ask for files, as flaws of a form to which none can be attached.
pub(crate) fn files(form: &Form) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    for (page, asked) in form.definition().pages.iter().enumerate() {
        for (section, asked) in asked.sections.iter().enumerate() {
            for (field, asked) in asked.fields.iter().enumerate() {
                if asked.kind == Kind::File {
                    flaws.push(Flaw {
                        path: format!("pages[{page}].sections[{section}].fields[{field}].type"),
                        en: "Files cannot be attached to this form; choose another type."
                            .to_owned(),
                        zh: "此表单不支持附件，请换一种类型。".to_owned(),
                    });
                }
            }
        }
    }
    flaws
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_field_for_files_is_named_with_its_place() {
        let field =
            |key: &str, kind: &str| json!({ "key": key, "type": kind, "title": { "zh": "题" } });
        let form = forms::check(&json!({ "pages": [{ "sections": [
            { "fields": [field("a", "text")] },
            { "fields": [field("b", "text"), field("c", "file")] },
        ] }] }));
        let flaws = form.map(|form| files(&form)).unwrap_or_default();
        let paths: Vec<_> = flaws.into_iter().map(|flaw| flaw.path).collect();
        assert_eq!(paths, ["pages[0].sections[1].fields[1].type"]);
    }

    #[test]
    fn those_who_worked_on_a_draft_do_not_publish_it() {
        let (author, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let editors = edited(edited(Vec::new(), author, "1"), author, "1");
        assert_eq!(editors, [(author, "1".to_owned())]);
        assert_eq!(publishes(&[author], author), Err(Error::FourEyes));
        assert_eq!(publishes(&[author], other), Ok(()));
    }
}
