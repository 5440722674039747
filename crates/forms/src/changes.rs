//! What differs between two versions of a form.

use crate::{
    definition::{Field, Words},
    form::{Form, Ready},
};

/// What happened to a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It is gone; its answers are lost.
    Removed,
    /// It has another type; its answers are lost.
    Retyped,
    /// Options, rows, columns or another answer are gone, or a limit is narrower; answers that do not fit any more are lost.
    Narrowed,
    /// An answer is needed where none was.
    Required,
    /// Words, order, condition or anything else; no answer is lost.
    Changed,
}

impl ChangeKind {
    /// Whether answers can be lost.
    pub const fn loses(self) -> bool {
        matches!(self, Self::Removed | Self::Retyped | Self::Narrowed)
    }
}

/// One field that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its key.
    pub key: String,
    /// What it is called now, or was before it was removed.
    pub title: Words,
    /// What happened to it.
    pub kind: ChangeKind,
}

/// The fields of `new` that differ from those of `old`, in the order of `new`, then those that are gone.
pub fn between(old: &Form, new: &Form) -> Vec<Change> {
    let of = |form: &Form, key: &str| -> Option<Ready> {
        form.places
            .get(key)
            .and_then(|at| form.fields.get(*at))
            .cloned()
    };
    let change = |field: &Field, kind| Change {
        key: field.key.clone(),
        title: field.title.clone(),
        kind,
    };
    let mut changes = Vec::new();
    for ready in &new.fields {
        let kind = match of(old, &ready.field.key) {
            None => ChangeKind::Added,
            Some(before) => match kind(&before, ready) {
                Some(kind) => kind,
                None => continue,
            },
        };
        changes.push(change(&ready.field, kind));
    }
    let gone = old
        .fields
        .iter()
        .filter(|ready| !new.places.contains_key(&ready.field.key));
    changes.extend(gone.map(|ready| change(&ready.field, ChangeKind::Removed)));
    changes
}

fn kind(before: &Ready, after: &Ready) -> Option<ChangeKind> {
    let (old, new) = (&before.field, &after.field);
    if old.kind != new.kind {
        return Some(ChangeKind::Retyped);
    }
    let without = |old: &[crate::definition::Choice], new: &[crate::definition::Choice]| {
        old.iter()
            .any(|choice| !new.iter().any(|other| other.key == choice.key))
    };
    let columns = before.columns.iter().any(|column| {
        let same = after.columns.iter().find(|other| other.field.key == column.field.key);
        same.is_none_or(|same| matches!(kind(column, same), Some(kind) if kind.loses() || kind == ChangeKind::Required))
    }) || after.columns.iter().any(|column| {
        column.field.required && !before.columns.iter().any(|other| other.field.key == column.field.key)
    });
    // Every row of a required matrix is asked.
    let rows = new.required && without(&new.rows, &old.rows);
    if without(&old.options, &new.options)
        || without(&old.rows, &new.rows)
        || rows
        || columns
        || old.other && !new.other
        || after.min > before.min
        || after.max < before.max
    {
        return Some(ChangeKind::Narrowed);
    }
    if new.required && !old.required {
        return Some(ChangeKind::Required);
    }
    (old != new).then_some(ChangeKind::Changed)
}
