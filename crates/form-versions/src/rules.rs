//! Who publishes a form, and what it can be filled in with.

use forms::{Flaw, Form, definition::Binding};
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

/// The fields that are to be filled in with what the service does not know, as flaws.
pub(crate) fn unknown(form: &Form, bindings: &[Binding]) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    for (page, asked) in form.definition().pages.iter().enumerate() {
        for (section, asked) in asked.sections.iter().enumerate() {
            for (field, asked) in asked.fields.iter().enumerate() {
                if asked
                    .binding
                    .is_some_and(|binding| !bindings.contains(&binding))
                {
                    flaws.push(Flaw {
                        path: format!("pages[{page}].sections[{section}].fields[{field}].binding"),
                        en: "The platform does not know this where the form is answered; let people answer it themselves."
                            .to_owned(),
                        zh: "填写此表单时平台没有这项信息，请改由填写人自己填写。".to_owned(),
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
    fn a_field_is_filled_in_with_what_is_known_alone() {
        let field = |key: &str, kind: &str, binding: &str| json!({ "key": key, "type": kind, "title": { "zh": "题" }, "binding": binding });
        let form = forms::check(&json!({ "pages": [{ "sections": [{ "fields": [
            field("a", "text", "personName"),
            field("b", "text", "workplace"),
        ] }] }] }));
        let form = form.unwrap_or_else(|flaws| panic!("{flaws:?}"));
        let flaws = unknown(&form, &[Binding::PersonName]);
        let paths: Vec<_> = flaws.into_iter().map(|flaw| flaw.path).collect();
        assert_eq!(paths, ["pages[0].sections[0].fields[1].binding"]);
        assert_eq!(
            unknown(&form, &[Binding::PersonName, Binding::Workplace]),
            []
        );
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
