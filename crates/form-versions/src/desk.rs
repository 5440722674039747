//! What the methods of every service do with a form. Each is called in the method's transaction, after its rights were checked.

use std::collections::BTreeMap;

use forms::{
    Form,
    changes::{self, Change},
};
use kit::{access::PersonCaller, errors::Result, wire::expect_version};
use proto_forms::v1 as shared;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    error::Error,
    rules,
    shelf::{Draft, Held, Shelf, Version},
    wire,
};

/// The form as its staff see it.
pub async fn held(shelf: &dyn Shelf, conn: &mut PgConnection, form_id: Uuid) -> Result<Held> {
    Ok(Held {
        draft: shelf.draft(conn, form_id).await?,
        current: shelf.current(conn, form_id).await?,
    })
}

/// A published version (0: the latest), compared with an earlier one (0: before the first), if that is asked.
pub async fn published(
    shelf: &dyn Shelf,
    conn: &mut PgConnection,
    form_id: Uuid,
    number: i32,
    since: Option<i32>,
) -> Result<shared::PublishedForm> {
    let version = match number {
        0 => shelf.current(conn, form_id).await?,
        number => Some(one(shelf, conn, form_id, number).await?),
    };
    let changes = match since {
        None => Vec::new(),
        Some(since) => {
            let before = match since {
                0 => wire::nothing()?,
                number => wire::stored(&one(shelf, conn, form_id, number).await?.definition)?,
            };
            changes::between(&before, &wire::form_of(version.as_ref())?)
        }
    };
    wire::published(version.as_ref(), changes)
}

async fn one(
    shelf: &dyn Shelf,
    conn: &mut PgConnection,
    form_id: Uuid,
    number: i32,
) -> Result<Version> {
    let version = shelf.version(conn, form_id, number).await?;
    Ok(version.ok_or(Error::NoVersion)?)
}

/// The number of the version that is published now, and the form.
pub async fn current(
    shelf: &dyn Shelf,
    conn: &mut PgConnection,
    form_id: Uuid,
) -> Result<Option<(i32, Form)>> {
    match shelf.current(conn, form_id).await? {
        Some(version) => Ok(Some((version.number, wire::stored(&version.definition)?))),
        None => Ok(None),
    }
}

/// One version of a form; `None` if there is none of this number.
pub async fn version(
    shelf: &dyn Shelf,
    conn: &mut PgConnection,
    form_id: Uuid,
    number: i32,
) -> Result<Option<Form>> {
    let version = shelf.version(conn, form_id, number).await?;
    version
        .map(|version| wire::stored(&version.definition))
        .transpose()
}

/// All versions of a form, by number.
pub async fn versions(
    shelf: &dyn Shelf,
    conn: &mut PgConnection,
    form_id: Uuid,
) -> Result<BTreeMap<i32, Form>> {
    let versions = shelf.versions(conn, form_id).await?.into_iter();
    versions
        .map(|version| Ok((version.number, wire::stored(&version.definition)?)))
        .collect()
}

/// Whether a draft is not published yet.
pub async fn waits(shelf: &dyn Shelf, conn: &mut PgConnection, form_id: Uuid) -> Result<bool> {
    let draft = shelf.draft(conn, form_id).await?;
    Ok(draft.is_some_and(|draft| draft.definition.is_some()))
}

/// Saves the draft of the next version.
pub async fn save(
    shelf: &dyn Shelf,
    conn: &mut PgConnection,
    form_id: Uuid,
    definition: Option<prost_types::Struct>,
    expected: &str,
    by: &PersonCaller,
    now: OffsetDateTime,
) -> Result<Held> {
    let definition = wire::checked(definition.unwrap_or_default(), shelf.bindings())?;
    let mut draft = shelf.lock_draft(conn, form_id, now).await?;
    expect_version(expected, draft.version)?;
    let editors = draft.editors.into_iter().zip(draft.editor_numbers);
    let editors = rules::edited(editors.collect(), by.person_id, &by.person_number);
    (draft.editors, draft.editor_numbers) = editors.into_iter().unzip();
    draft.definition = Some(definition);
    draft.version += 1;
    draft.changed_at = now;
    shelf.write_draft(conn, form_id, &draft).await?;
    Ok(Held {
        draft: Some(draft),
        current: shelf.current(conn, form_id).await?,
    })
}

/// Discards the draft.
pub async fn discard(
    shelf: &dyn Shelf,
    conn: &mut PgConnection,
    form_id: Uuid,
    expected: &str,
    now: OffsetDateTime,
) -> Result<Held> {
    let draft = shelf.lock_draft(conn, form_id, now).await?;
    if draft.definition.is_none() {
        return Err(Error::NoDraft.into());
    }
    expect_version(expected, draft.version)?;
    let gone = gone(&draft, now);
    shelf.write_draft(conn, form_id, &gone).await?;
    Ok(Held {
        draft: Some(gone),
        current: shelf.current(conn, form_id).await?,
    })
}

/// A draft that this person may publish, locked; and what it changes.
#[derive(Debug)]
pub struct Ready {
    draft: Draft,
    version: Version,
    /// What differs from the version that is published now.
    pub changes: Vec<Change>,
}

/// Locks the draft, and checks that exactly this one is published, by a person who has not worked on it.
pub async fn ready(
    shelf: &dyn Shelf,
    conn: &mut PgConnection,
    form_id: Uuid,
    expected: &str,
    by: &PersonCaller,
    now: OffsetDateTime,
) -> Result<Ready> {
    let draft = shelf.lock_draft(conn, form_id, now).await?;
    let Some(definition) = draft.definition.clone() else {
        return Err(Error::NoDraft.into());
    };
    expect_version(expected, draft.version)?;
    rules::publishes(&draft.editors, by.person_id)?;
    let current = shelf.current(conn, form_id).await?;
    let changes = changes::between(
        &wire::form_of(current.as_ref())?,
        &wire::stored(&definition)?,
    );
    Ok(Ready {
        version: Version {
            number: current.map_or(0, |version| version.number) + 1,
            definition,
            published_at: now,
        },
        draft,
        changes,
    })
}

impl Ready {
    /// The number of the version that it becomes.
    pub fn number(&self) -> i32 {
        self.version.number
    }

    /// Whether it asks something.
    pub fn asks(&self) -> Result<bool> {
        Ok(!wire::stored(&self.version.definition)?.is_empty())
    }

    /// Publishes it as the next version.
    pub async fn publish(
        self,
        shelf: &dyn Shelf,
        conn: &mut PgConnection,
        form_id: Uuid,
        by: &PersonCaller,
    ) -> Result<shared::PublishedForm> {
        let (version, editors) = (&self.version, &self.draft.editors);
        shelf.publish(conn, form_id, version, editors, by).await?;
        let gone = gone(&self.draft, version.published_at);
        shelf.write_draft(conn, form_id, &gone).await?;
        wire::published(Some(version), self.changes)
    }
}

/// The draft when it is gone.
fn gone(draft: &Draft, now: OffsetDateTime) -> Draft {
    Draft {
        definition: None,
        editors: Vec::new(),
        editor_numbers: Vec::new(),
        version: draft.version + 1,
        changed_at: now,
    }
}
