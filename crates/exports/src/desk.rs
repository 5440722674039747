//! The methods, the same in every service: asking for an export, looking at it, cancelling it, downloading it.

use futures::{StreamExt as _, TryStreamExt as _, stream};
use kit::{
    Call,
    call::{Answers, Write},
    errors::{Problem, Result},
    wire::{parse_id, parse_optional_id},
};
use proto_exports::{reasons, v1 as wire};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    exports::{Exports, PURPOSE},
    rights,
    rules::{self, Withheld},
    runner::subject,
    state::{Format, Language, Purpose, State},
    store::{self, NewExport, Record},
    table::beijing,
    turns,
};

/// What is asked for, as far as it is the same everywhere.
#[derive(Debug)]
pub struct Asked {
    /// Whose data it is; the caller's right to export them has been checked.
    pub organisation_id: Uuid,
    /// The activity, if it is of one.
    pub activity_id: Option<Uuid>,
    /// Name of the organisation, or title of the activity.
    pub title: String,
    /// The form of the file, as on the wire.
    pub format: i32,
    /// As on the wire.
    pub language: i32,
    /// Names of columns; empty for all.
    pub columns: Vec<&'static str>,
    /// Which rows, in the words of the source.
    pub filter: serde_json::Value,
    /// As on the wire.
    pub purpose: i32,
    /// In the requester's words.
    pub purpose_text: String,
}

fn not_found() -> Problem {
    Problem::of(&reasons::NOT_FOUND)
}

impl Exports {
    /// Enters an export. The caller's right was checked in this transaction, and the request was not answered before.
    pub async fn create(
        &self,
        call: &Call<()>,
        mut tx: Write,
        asked: Asked,
    ) -> Result<wire::Export> {
        let person = call.caller.person()?;
        let (Some(format), Some(purpose)) = (
            Format::from_wire(asked.format),
            Purpose::from_wire(asked.purpose),
        ) else {
            // The layer has checked both.
            return Err(Problem::of(&reasons::INVALID_ARGUMENT));
        };
        let columns: Vec<String> = match asked.columns.as_slice() {
            [] => self
                .source
                .columns()
                .iter()
                .map(|column| column.key.to_owned())
                .collect(),
            chosen => chosen.iter().map(|&key| key.to_owned()).collect(),
        };
        let under_way = store::lock_turn(&mut tx, person.person_id, asked.organisation_id).await?;
        if under_way >= rules::MOST_UNDER_WAY {
            return Err(Problem::of(&reasons::EXPORTS_TOO_MANY).with("most", rules::MOST_UNDER_WAY));
        }
        let export_id = kit::chance::id(call.now);
        let purpose_sealed = PURPOSE.seal(&self.keys, export_id, &asked.purpose_text);
        let new = NewExport {
            export_id,
            kind: self.source.kind(),
            organisation_id: asked.organisation_id,
            activity_id: asked.activity_id,
            title: &asked.title,
            requester_id: person.person_id,
            requester_number: &person.person_number,
            format,
            language: Language::from_wire(asked.language).unwrap_or(Language::Zh),
            columns: &columns,
            filter: &asked.filter,
            purpose,
            purpose_sealed: &purpose_sealed,
        };
        store::insert(&mut tx, &new, call.now).await?;
        turns::start_next(&mut tx, person.person_id, asked.organisation_id, call.now).await?;
        tx.audit(&subject(export_id)).await?;
        let record = store::find(&mut tx, export_id)
            .await?
            .ok_or_else(not_found)?;
        let answer = self.to_wire(record, call.now)?;
        let answer = tx.commit(answer).await?;
        self.wake_up.notify();
        Ok(answer)
    }

    /// All exports of an organisation, for those who review them.
    pub async fn list(
        &self,
        call: Call<wire::ListExportsRequest>,
    ) -> Result<wire::ListExportsResponse> {
        let organisation_id = parse_id("organisation_id", &call.message.organisation_id)?;
        let page = call.page::<Uuid>()?;
        let mut conn = self.db.read().await?;
        let records =
            store::of_organisation(&mut conn, organisation_id, page.after, page.limit).await?;
        drop(conn);
        // The words of colleagues are disclosed.
        call.audit_read(&self.db, &format!("organisation:{organisation_id}"))
            .await?;
        let (records, next_page_token) = page.next(records, |last| last.export_id);
        self.page(records, next_page_token, call.now)
    }

    /// The caller's own exports.
    pub async fn list_mine(
        &self,
        call: Call<wire::ListMyExportsRequest>,
    ) -> Result<wire::ListExportsResponse> {
        let person_id = call.caller.person()?.person_id;
        let organisation_id = parse_optional_id("organisation_id", &call.message.organisation_id)?;
        let page = call.page::<Uuid>()?;
        let mut conn = self.db.read().await?;
        let records = store::of_requester(
            &mut conn,
            person_id,
            organisation_id,
            page.after,
            page.limit,
        )
        .await?;
        let (records, next_page_token) = page.next(records, |last| last.export_id);
        self.page(records, next_page_token, call.now)
    }

    /// One of the caller's own exports.
    pub async fn get(&self, call: Call<wire::GetExportRequest>) -> Result<wire::Export> {
        let person_id = call.caller.person()?.person_id;
        let export_id = parse_id("export_id", &call.message.export_id)?;
        let record = store::find(&mut *self.db.read().await?, export_id).await?;
        self.to_wire(own(record, person_id)?, call.now)
    }

    /// Ends one of the caller's own exports that waits or runs.
    pub async fn cancel(&self, call: Call<wire::CancelExportRequest>) -> Result<wire::Export> {
        let person_id = call.caller.person()?.person_id;
        let export_id = parse_id("export_id", &call.message.export_id)?;
        let mut tx = call.begin(&self.db).await?;
        own(store::find(&mut tx, export_id).await?, person_id)?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        let record = turns::lock(&mut tx, export_id)
            .await?
            .ok_or_else(not_found)?;
        if !record.state.is_under_way() {
            return Err(Problem::of(&reasons::EXPORT_ENDED));
        }
        store::end(&mut tx, export_id, State::Cancelled, None, call.now).await?;
        jobs::operate::cancel(&mut tx, export_id, call.now).await?;
        turns::start_next(&mut tx, person_id, record.organisation_id, call.now).await?;
        tx.audit(&subject(export_id)).await?;
        let record = store::find(&mut tx, export_id)
            .await?
            .ok_or_else(not_found)?;
        let answer = tx.commit(self.to_wire(record, call.now)?).await?;
        self.wake_up.notify();
        Ok(answer)
    }

    /// The file of one of the caller's own exports, if the caller may still have it.
    pub async fn download(
        &self,
        call: Call<wire::DownloadExportRequest>,
    ) -> Result<Answers<wire::DownloadExportResponse>> {
        let person_id = call.caller.person()?.person_id;
        let export_id = parse_id("export_id", &call.message.export_id)?;
        let mut tx = self.db.begin().await?;
        let record = own(turns::lock(&mut tx, export_id).await?, person_id)?;
        let held = match call.require(&mut tx, record.organisation_id).await {
            Ok(reach) => Ok(Some(reach)),
            Err(denied) if denied.reason().code == reasons::PERMISSION_DENIED.code => Err(denied),
            Err(failed) => return Err(failed),
        };
        let ready = record.state == State::Ready;
        let refused = match held {
            Ok(held) if !ready || rights::still_for(record.whole, held) => None,
            Ok(_) => Some(
                Problem::of(&reasons::PERMISSION_DENIED)
                    .with("permission", self.source.permission()),
            ),
            Err(denied) => Some(denied),
        };
        if let Some(refused) = refused {
            if ready {
                store::end(&mut tx, export_id, State::Revoked, None, call.now).await?;
                tx.commit().await?;
                self.vault.delete_all(export_id, record.tries).await;
            }
            return Err(refused);
        }
        rules::handed_over(record.state, record.expires_at, call.now).map_err(withheld)?;
        let withdrawals = self
            .source
            .withdrawals(&mut tx, record.organisation_id)
            .await?;
        if Some(withdrawals) != record.withdrawals {
            store::end(&mut tx, export_id, State::Outdated, None, call.now).await?;
            tx.commit().await?;
            self.vault.delete_all(export_id, record.tries).await;
            return Err(withheld(Withheld::Outdated));
        }
        tx.commit().await?;
        // Opened before it is counted: a file that cannot be read was not handed over.
        let content = self.vault.open(&record).await?;
        if !store::count_download(&mut *self.db.read().await?, export_id).await? {
            return Err(withheld(Withheld::Gone));
        }
        call.audit_read(&self.db, &subject(export_id)).await?;
        let first = wire::DownloadExportResponse {
            content: Some(proto_options::HttpBody {
                content_type: record.format.media_type().to_owned(),
                data: Default::default(),
            }),
            file_name: self.file_name(&record),
            length: record.file_size.unwrap_or_default(),
        };
        let parts = content.map_ok(|data| wire::DownloadExportResponse {
            content: Some(proto_options::HttpBody {
                content_type: String::new(),
                data,
            }),
            ..Default::default()
        });
        Ok(Box::pin(stream::iter([Ok(first)]).chain(parts)))
    }

    fn page(
        &self,
        records: Vec<Record>,
        next_page_token: String,
        now: OffsetDateTime,
    ) -> Result<wire::ListExportsResponse> {
        let exports = records.into_iter().map(|record| self.to_wire(record, now));
        Ok(wire::ListExportsResponse {
            exports: exports.collect::<Result<_>>()?,
            next_page_token,
        })
    }

    fn file_name(&self, record: &Record) -> String {
        let day = beijing(record.read_at.unwrap_or(record.created_at)).date();
        let (year, month, day) = (day.year(), u8::from(day.month()), day.day());
        rules::file_name(
            &record.title,
            self.source.name().in_language(record.language),
            &format!("{year:04}{month:02}{day:02}"),
            record.format.ending(),
        )
    }
}

/// An export of this person; `NOT_FOUND` for another person's.
fn own(record: Option<Record>, person_id: Uuid) -> Result<Record> {
    record
        .filter(|record| record.requester_id == person_id)
        .ok_or_else(not_found)
}

fn withheld(why: Withheld) -> Problem {
    Problem::of(match why {
        Withheld::NotReady => &reasons::EXPORT_NOT_READY,
        Withheld::Gone => &reasons::EXPORT_GONE,
        Withheld::Outdated => &reasons::EXPORT_OUTDATED,
    })
}
