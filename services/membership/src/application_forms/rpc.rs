//! The service `ApplicationForms`.

use forms::{
    Form,
    changes::{self, Change, ChangeKind},
};
use kit::{
    Call,
    errors::{Problem, Result},
    wire::{etag, expect_version, parse_id, timestamp},
};
use proto_forms::{json, v1 as shared};
use proto_membership::{reasons, v1 as wire};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    ApplicationForms, Error, nothing, rules, store,
    store::{Draft, Publisher, Version},
    stored,
};
use crate::{contract, organisations};

/// The most bytes of a definition as JSON.
const LARGEST: usize = 256 * 1024;

impl contract::ApplicationForms for ApplicationForms {
    async fn get_application_form(
        &self,
        call: Call<wire::GetApplicationFormRequest>,
    ) -> Result<wire::PublishedApplicationForm> {
        let organisation_id = parse_id("organisation_id", &call.message.organisation_id)?;
        let mut conn = self.db.read().await?;
        known(&mut conn, organisation_id).await?;
        let version = match call.message.version {
            0 => store::current(&mut conn, organisation_id).await?,
            number => {
                let version = store::version(&mut conn, organisation_id, number).await?;
                Some(version.ok_or_else(not_found)?)
            }
        };
        let changes = match call.message.since_version {
            None => Vec::new(),
            Some(since) => {
                let before = match since {
                    0 => nothing()?,
                    number => {
                        let version = store::version(&mut conn, organisation_id, number).await?;
                        stored(&version.ok_or_else(not_found)?.definition)?
                    }
                };
                changes::between(&before, &form_of(version.as_ref())?)
            }
        };
        published(version.as_ref(), changes)
    }

    async fn get_application_form_draft(
        &self,
        call: Call<wire::GetApplicationFormDraftRequest>,
    ) -> Result<wire::ApplicationFormDraft> {
        let person_id = call.caller.person()?.person_id;
        let organisation_id = parse_id("organisation_id", &call.message.organisation_id)?;
        let mut conn = self.db.read().await?;
        known(&mut conn, organisation_id).await?;
        let draft = store::draft(&mut conn, organisation_id).await?;
        let current = store::current(&mut conn, organisation_id).await?;
        let open = store::open_applications(&mut conn, organisation_id).await?;
        drafted(draft.as_ref(), current.as_ref(), open, person_id)
    }

    async fn save_application_form_draft(
        &self,
        call: Call<wire::SaveApplicationFormDraftRequest>,
    ) -> Result<wire::ApplicationFormDraft> {
        let (call, request) = call.split();
        let person = call.caller.person()?;
        let organisation_id = parse_id("organisation_id", &request.organisation_id)?;
        let mut tx = call.begin(&self.db).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        known(&mut tx, organisation_id).await?;
        let definition = checked(json::object(request.definition.unwrap_or_default()))?;
        let mut draft = store::lock_draft(&mut tx, organisation_id, call.now).await?;
        expect_version(&request.etag, draft.version)?;
        let editors = draft
            .editors
            .into_iter()
            .zip(draft.editor_numbers)
            .collect();
        let editors = rules::edited(editors, person.person_id, &person.person_number);
        (draft.editors, draft.editor_numbers) = editors.into_iter().unzip();
        draft.definition = Some(definition);
        draft.version += 1;
        draft.changed_at = call.now;
        store::write_draft(&mut tx, organisation_id, &draft).await?;
        let current = store::current(&mut tx, organisation_id).await?;
        let open = store::open_applications(&mut tx, organisation_id).await?;
        tx.audit(&subject(organisation_id)).await?;
        tx.commit(drafted(
            Some(&draft),
            current.as_ref(),
            open,
            person.person_id,
        )?)
        .await
    }

    async fn discard_application_form_draft(
        &self,
        call: Call<wire::DiscardApplicationFormDraftRequest>,
    ) -> Result<wire::ApplicationFormDraft> {
        let (call, request) = call.split();
        let person_id = call.caller.person()?.person_id;
        let organisation_id = parse_id("organisation_id", &request.organisation_id)?;
        let mut tx = call.begin(&self.db).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        known(&mut tx, organisation_id).await?;
        let draft = store::lock_draft(&mut tx, organisation_id, call.now).await?;
        if draft.definition.is_none() {
            return Err(Error::NoDraft.into());
        }
        expect_version(&request.etag, draft.version)?;
        let gone = gone(&draft, call.now);
        store::write_draft(&mut tx, organisation_id, &gone).await?;
        let current = store::current(&mut tx, organisation_id).await?;
        let open = store::open_applications(&mut tx, organisation_id).await?;
        tx.audit(&subject(organisation_id)).await?;
        tx.commit(drafted(Some(&gone), current.as_ref(), open, person_id)?)
            .await
    }

    async fn publish_application_form(
        &self,
        call: Call<wire::PublishApplicationFormRequest>,
    ) -> Result<wire::PublishedApplicationForm> {
        let (call, request) = call.split();
        let person = call.caller.person()?;
        let organisation_id = parse_id("organisation_id", &request.organisation_id)?;
        let mut tx = call.begin(&self.db).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        known(&mut tx, organisation_id).await?;
        let draft = store::lock_draft(&mut tx, organisation_id, call.now).await?;
        let Some(definition) = &draft.definition else {
            return Err(Error::NoDraft.into());
        };
        expect_version(&request.etag, draft.version)?;
        rules::publishes(&draft.editors, person.person_id)?;
        let current = store::current(&mut tx, organisation_id).await?;
        let changes = changes::between(&form_of(current.as_ref())?, &stored(definition)?);
        let open = store::open_applications(&mut tx, organisation_id).await?;
        rules::may_lose(&changes, open, request.accept_loss)?;
        let version = Version {
            number: current.map_or(0, |version| version.number) + 1,
            definition: definition.clone(),
            published_at: call.now,
        };
        let publisher = Publisher {
            person_id: person.person_id,
            person_number: &person.person_number,
        };
        store::publish(
            &mut tx,
            organisation_id,
            &version,
            &draft.editors,
            &publisher,
        )
        .await?;
        store::write_draft(&mut tx, organisation_id, &gone(&draft, call.now)).await?;
        tx.audit(&subject(organisation_id)).await?;
        tx.commit(published(Some(&version), changes)?).await
    }
}

fn not_found() -> Problem {
    Problem::of(&reasons::NOT_FOUND)
}

fn subject(organisation_id: Uuid) -> String {
    format!("organisation:{organisation_id}")
}

async fn known(conn: &mut PgConnection, organisation_id: Uuid) -> Result<()> {
    let organisation = organisations::store::accepts(conn, organisation_id).await?;
    organisation.map(drop).ok_or_else(not_found)
}

/// The definition as it is stored, with its texts in normal form.
fn checked(given: serde_json::Map<String, Value>) -> Result<String> {
    let json = Value::Object(given);
    if json.to_string().len() > LARGEST {
        return Err(Problem::invalid(
            "definition",
            (
                "Larger than 256 KiB; ask less, or in fewer words.",
                "表单定义超过 256 KiB，请精简内容。",
            ),
        ));
    }
    let form = forms::check(&json).map_err(Error::Invalid)?;
    Ok(form.to_json().to_string())
}

/// The draft when it is gone.
fn gone(draft: &Draft, now: time::OffsetDateTime) -> Draft {
    Draft {
        definition: None,
        editors: Vec::new(),
        editor_numbers: Vec::new(),
        version: draft.version + 1,
        changed_at: now,
    }
}

fn form_of(version: Option<&Version>) -> Result<Form> {
    match version {
        Some(version) => stored(&version.definition),
        None => nothing(),
    }
}

fn definition(form: &Form) -> prost_types::Struct {
    match form.to_json() {
        Value::Object(map) => json::message(map),
        _ => prost_types::Struct::default(),
    }
}

fn published(
    version: Option<&Version>,
    changes: Vec<Change>,
) -> Result<wire::PublishedApplicationForm> {
    Ok(wire::PublishedApplicationForm {
        form: Some(shared::FormVersion {
            version: version.map_or(0, |version| version.number),
            definition: Some(definition(&form_of(version)?)),
            published_at: version.map(|version| timestamp(version.published_at)),
        }),
        changes: changes.into_iter().map(change).collect(),
    })
}

fn drafted(
    draft: Option<&Draft>,
    current: Option<&Version>,
    open: i64,
    reader: Uuid,
) -> Result<wire::ApplicationFormDraft> {
    let before = form_of(current)?;
    let written = draft.and_then(|draft| Some((draft, draft.definition.as_deref()?)));
    let form = match written {
        Some((_, definition)) => stored(definition)?,
        None => before.clone(),
    };
    Ok(wire::ApplicationFormDraft {
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
        open_applications: i32::try_from(open).unwrap_or(i32::MAX),
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
