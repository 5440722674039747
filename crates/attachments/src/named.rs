//! Which files answers name.

use std::collections::BTreeSet;

use form_versions::answers::Answers;
use forms::{Form, Reference};
use kit::errors::{Problem, Result};
use uuid::Uuid;

/// The most files of a record.
pub const MOST: usize = 10;

/// A file that answers name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Where among the answers.
    pub path: String,
    /// The upload.
    pub upload_id: Uuid,
}

/// The files that answers name, each once; refused if they are too many.
pub fn named(form: &Form, answers: &Answers) -> Result<Vec<Named>> {
    let mut seen = BTreeSet::new();
    let uploads = form.uploads(answers).into_iter();
    let named = uploads.filter_map(|(path, id)| {
        let upload_id = id.parse().ok()?;
        seen.insert(upload_id).then_some(Named { path, upload_id })
    });
    let named: Vec<Named> = named.collect();
    if named.len() > MOST {
        return Err(Problem::invalid(
            "answers",
            (
                format!("More than {MOST} files; take some away."),
                format!("最多附 {MOST} 个文件，请减少后再保存。"),
            ),
        ));
    }
    Ok(named)
}

/// Those of these references that are none of the files.
pub(crate) fn dangling(mut references: Vec<Reference>, files: &BTreeSet<Uuid>) -> Vec<Reference> {
    references.retain(|file| {
        let id = file.value.parse::<Uuid>();
        id.is_err() || id.is_ok_and(|id| !files.contains(&id))
    });
    references
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use forms::ReferenceKind;
    use serde_json::{Value, json};

    use super::*;

    fn form() -> Form {
        let file =
            |key: &str| json!({ "key": key, "type": "file", "title": { "zh": "附件" }, "max": 10 });
        forms::check(&json!({ "pages": [{ "sections": [{ "fields": [file("a"), file("b")] }] }] }))
            .unwrap()
    }

    fn answers(value: Value) -> Answers {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn a_file_is_named_once_and_what_is_no_id_names_none() {
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let given = answers(json!({ "a": [one, "证书.png"], "b": [one.to_string(), two] }));
        let found = named(&form(), &given).unwrap();
        let found: Vec<_> = found.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(found, ["a[0]", "b[1]"]);
    }

    #[test]
    fn more_files_than_a_record_may_have_are_refused() {
        let list =
            |from: u128, many: u128| (from..from + many).map(Uuid::from_u128).collect::<Vec<_>>();
        let given = |many| answers(json!({ "a": list(0, 5), "b": list(100, many) }));
        assert!(named(&form(), &given(5)).is_ok());
        assert!(named(&form(), &given(6)).is_err());
    }

    #[test]
    fn a_reference_to_another_file_dangles() {
        let refer = |value: &str| Reference {
            path: "a[0]".into(),
            kind: ReferenceKind::File,
            value: value.into(),
        };
        let there = Uuid::from_u128(1);
        let files = BTreeSet::from([there]);
        let other = refer(&Uuid::from_u128(2).to_string());
        let given = vec![refer(&there.to_string()), other.clone(), refer("x")];
        assert_eq!(dangling(given, &files), [other, refer("x")]);
    }
}
