//! Forms between what is stored and messages.

use forms::{
    Form,
    changes::{self, Change, ChangeKind},
    definition::Binding,
};
use kit::{
    errors::{Problem, Result},
    wire::{etag, timestamp},
};
use proto_forms::{json, v1 as shared};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    error::Error,
    rules,
    shelf::{Draft, Held, Version},
};

/// The most bytes of a definition as JSON.
const LARGEST: usize = 256 * 1024;

/// A form that was stored: it was checked before.
pub(crate) fn stored(definition: &str) -> Result<Form> {
    let json = serde_json::from_str(definition).map_err(Problem::internal)?;
    forms::check(&json).map_err(|flaws| {
        let places: Vec<String> = flaws.into_iter().map(|flaw| flaw.path).collect();
        Problem::internal(anyhow::anyhow!("a stored form has flaws at {places:?}"))
    })
}

/// The form that asks nothing.
pub fn nothing() -> Result<Form> {
    stored(r#"{"pages":[]}"#)
}

/// A version, or the form that asks nothing.
pub(crate) fn form_of(version: Option<&Version>) -> Result<Form> {
    match version {
        Some(version) => stored(&version.definition),
        None => nothing(),
    }
}

/// The definition as it is stored, with its texts in normal form.
pub(crate) fn checked(given: prost_types::Struct, bindings: &[Binding]) -> Result<String, Error> {
    let json = Value::Object(json::object(given));
    if json.to_string().len() > LARGEST {
        return Err(Error::TooLarge);
    }
    let form = forms::check(&json).map_err(Error::Invalid)?;
    let flaws = rules::unknown(&form, bindings);
    if !flaws.is_empty() {
        return Err(Error::Invalid(flaws));
    }
    Ok(form.to_json().to_string())
}

/// The definition of a form as a message.
pub fn definition(form: &Form) -> prost_types::Struct {
    match form.to_json() {
        Value::Object(map) => json::message(map),
        _ => prost_types::Struct::default(),
    }
}

pub(crate) fn published(
    version: Option<&Version>,
    changes: Vec<Change>,
) -> Result<shared::PublishedForm> {
    Ok(shared::PublishedForm {
        form: Some(shared::FormVersion {
            version: version.map_or(0, |version| version.number),
            definition: Some(definition(&form_of(version)?)),
            published_at: version.map(|version| timestamp(version.published_at)),
        }),
        changes: changes.into_iter().map(change).collect(),
    })
}

impl Held {
    /// The draft as a message, for this reader.
    pub fn to_wire(&self, reader: Uuid) -> Result<shared::FormDraft> {
        draft(self.draft.as_ref(), self.current.as_ref(), reader)
    }
}

fn draft(
    draft: Option<&Draft>,
    current: Option<&Version>,
    reader: Uuid,
) -> Result<shared::FormDraft> {
    let before = form_of(current)?;
    let written = draft.and_then(|draft| Some((draft, draft.definition.as_deref()?)));
    let form = match written {
        Some((_, definition)) => stored(definition)?,
        None => before.clone(),
    };
    Ok(shared::FormDraft {
        definition: Some(definition(&form)),
        exists: written.is_some(),
        publishable: written
            .is_some_and(|(draft, _)| rules::publishes(&draft.editors, reader).is_ok()),
        editor_numbers: written
            .map(|(draft, _)| draft.editor_numbers.clone())
            .unwrap_or_default(),
        saved_at: written.map(|(draft, _)| timestamp(draft.changed_at)),
        published_version: current.map_or(0, |version| version.number),
        changes: changes::between(&before, &form)
            .into_iter()
            .map(change)
            .collect(),
        etag: etag(draft.map_or(0, |draft| draft.version)),
    })
}

fn change(change: Change) -> shared::FormChange {
    use shared::form_change::Kind;
    let kind = match change.kind {
        ChangeKind::Added => Kind::Added,
        ChangeKind::Removed => Kind::Removed,
        ChangeKind::Retyped => Kind::Retyped,
        ChangeKind::Narrowed => Kind::Narrowed,
        ChangeKind::Required => Kind::Required,
        ChangeKind::Changed => Kind::Changed,
    };
    shared::FormChange {
        key: change.key,
        kind: kind.into(),
        title_zh: change.title.zh,
        title_en: change.title.en,
    }
}
