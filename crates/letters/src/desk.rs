//! The methods of those who write, the same in every service.

use jobs::NewJob;
use kit::{
    Call,
    call::Write,
    clock::business_date,
    errors::{Problem, Result},
    wire::{expect_version, parse_id},
};
use proto_letters::{reasons, v1 as wire};
use sqlx::PgConnection;
use time::{format_description::BorrowedFormatItem, macros::format_description};
use uuid::Uuid;

use crate::{
    letters::{BODY, Letters, TITLE},
    rules,
    sending::KIND,
    source::Owner,
    state::State,
    store::{self, NewLetter, Record},
};

/// `2026-11-28`.
const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

/// What is written, as far as it is the same everywhere.
#[derive(Debug)]
pub struct Written {
    /// Whose people it is for; the caller's right to write to them has been checked.
    pub owner: Owner,
    /// Name of the organisation, or title of the activity.
    pub sender: String,
    /// 1 to 60 characters.
    pub title: String,
    /// 1 to 5,000 characters.
    pub body: String,
    /// Names of groups; empty for all.
    pub groups: Vec<&'static str>,
}

pub(crate) fn not_found() -> Problem {
    Problem::of(&reasons::NOT_FOUND)
}

fn subject(letter_id: Uuid) -> String {
    format!("letter:{letter_id}")
}

impl Letters {
    /// Enters a draft. The caller's right was checked in this transaction, and the request was not answered before.
    pub async fn create(
        &self,
        call: &Call<()>,
        mut tx: Write,
        written: Written,
    ) -> Result<wire::Letter> {
        let person = call.caller.person()?;
        let drafts = store::lock_owner(&mut tx, written.owner.id(), person.person_id).await?;
        if drafts >= rules::MOST_DRAFTS {
            return Err(
                Problem::of(&reasons::LETTER_DRAFTS_TOO_MANY).with("most", rules::MOST_DRAFTS)
            );
        }
        let letter_id = kit::chance::id(call.now);
        let groups: Vec<String> = written.groups.iter().map(|&name| name.to_owned()).collect();
        let new = NewLetter {
            letter_id,
            owner: written.owner,
            sender: &written.sender,
            title_sealed: &TITLE.seal(&self.keys, letter_id, &written.title),
            body_sealed: &BODY.seal(&self.keys, letter_id, &written.body),
            groups: &groups,
            author_id: person.person_id,
            author_number: &person.person_number,
        };
        store::insert(&mut tx, &new, call.now).await?;
        tx.audit(&subject(letter_id)).await?;
        let answer = self.reread(&mut tx, letter_id).await?;
        tx.commit(answer).await
    }

    /// A page of the letters to these people. The caller's right was checked.
    pub async fn list<T>(
        &self,
        call: &Call<T>,
        conn: &mut PgConnection,
        owner: Owner,
    ) -> Result<wire::ListLettersResponse> {
        let page = call.page::<Uuid>()?;
        let records = store::of_owner(conn, owner.id(), page.after, page.limit).await?;
        let (records, next_page_token) = page.next(records, |last| last.letter_id);
        let letters = records.into_iter().map(|record| {
            let recipients = record.recipients;
            self.written(record, recipients)
        });
        Ok(wire::ListLettersResponse {
            letters: letters.collect::<Result<_>>()?,
            next_page_token,
        })
    }

    /// One letter, of a draft with the number of its recipients.
    pub async fn get(&self, call: Call<wire::GetLetterRequest>) -> Result<wire::Letter> {
        let letter_id = parse_id("letter_id", &call.message.letter_id)?;
        let mut tx = call.begin(&self.db).await?;
        self.mine(&mut tx, letter_id).await?;
        self.reread(&mut tx, letter_id).await
    }

    /// Changes a draft.
    pub async fn update(&self, call: Call<wire::UpdateLetterRequest>) -> Result<wire::Letter> {
        let letter_id = parse_id("letter_id", &call.message.letter_id)?;
        let mut tx = call.begin(&self.db).await?;
        self.mine(&mut tx, letter_id).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        let request = &call.message;
        let record = lock(&mut tx, letter_id).await?;
        rules::is_draft(record.state).map_err(State::refusal)?;
        if !request.etag.is_empty() {
            expect_version(&request.etag, record.version)?;
        }
        let title = TITLE.seal(&self.keys, letter_id, &request.title);
        let body = BODY.seal(&self.keys, letter_id, &request.body);
        store::rewrite(&mut tx, letter_id, &title, &body).await?;
        tx.audit(&subject(letter_id)).await?;
        let answer = self.reread(&mut tx, letter_id).await?;
        tx.commit(answer).await
    }

    /// Deletes a draft.
    pub async fn delete(
        &self,
        call: Call<wire::DeleteLetterRequest>,
    ) -> Result<wire::DeleteLetterResponse> {
        let letter_id = parse_id("letter_id", &call.message.letter_id)?;
        let mut tx = call.begin(&self.db).await?;
        self.mine(&mut tx, letter_id).await?;
        let record = lock(&mut tx, letter_id).await?;
        rules::is_draft(record.state).map_err(State::refusal)?;
        store::delete(&mut tx, letter_id).await?;
        tx.audit(&subject(letter_id)).await?;
        tx.commit(wire::DeleteLetterResponse {}).await
    }

    /// Sends a letter to the caller alone.
    pub async fn send_to_oneself(
        &self,
        call: Call<wire::TryLetterRequest>,
    ) -> Result<wire::Letter> {
        let person_id = call.caller.person()?.person_id;
        let letter_id = parse_id("letter_id", &call.message.letter_id)?;
        let mut tx = call.begin(&self.db).await?;
        let record = self.mine(&mut tx, letter_id).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        let notice = self.source.notice(&[person_id], letter_id, &record.sender);
        tx.notify(&[notice], call.now).await?;
        tx.audit(&subject(letter_id)).await?;
        let answer = self.reread(&mut tx, letter_id).await?;
        tx.commit(answer).await
    }

    /// Sends a draft to those it is for.
    pub async fn send(&self, call: Call<wire::SendLetterRequest>) -> Result<wire::Letter> {
        let letter_id = parse_id("letter_id", &call.message.letter_id)?;
        let mut tx = call.begin(&self.db).await?;
        let owner = self.mine(&mut tx, letter_id).await?.owner();
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        let person = call.caller.person()?;
        // Two letters to the same people wait for each other here, so that both are counted.
        store::lock_owner(&mut tx, owner.id(), person.person_id).await?;
        let record = lock(&mut tx, letter_id).await?;
        rules::is_draft(record.state).map_err(State::refusal)?;
        expect_version(&call.message.etag, record.version)?;
        let sent = store::sent_since(&mut tx, owner.id(), call.now - rules::WITHIN).await?;
        rules::may_send(&sent, call.now).map_err(|next| {
            let day = business_date(next).format(DAY);
            Problem::of(&reasons::LETTERS_TOO_MANY)
                .with("most", rules::MOST)
                .with("days", rules::WITHIN.whole_days())
                .with("next", day.unwrap_or_default())
        })?;
        let recipients = self.source.count(&mut tx, owner, &record.groups).await?;
        if recipients == 0 {
            return Err(Problem::of(&reasons::LETTER_WITHOUT_RECIPIENTS));
        }
        let sender = (person.person_id, &*person.person_number);
        store::send(&mut tx, letter_id, sender, recipients, call.now).await?;
        let job = NewJob {
            job_id: letter_id,
            kind: KIND,
            payload: letter_id.as_bytes(),
            idempotency_key: &format!("{KIND}:{letter_id}"),
            expires_at: None,
        };
        jobs::enqueue(&mut tx, &job, call.now).await?;
        tx.audit(&subject(letter_id)).await?;
        let answer = self.reread(&mut tx, letter_id).await?;
        let answer = tx.commit(answer).await?;
        self.wake_up.notify();
        Ok(answer)
    }

    /// Stops a letter on its way.
    pub async fn stop(&self, call: Call<wire::StopLetterRequest>) -> Result<wire::Letter> {
        let letter_id = parse_id("letter_id", &call.message.letter_id)?;
        let mut tx = call.begin(&self.db).await?;
        self.mine(&mut tx, letter_id).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        // The job locks the letter for each step: it is between two steps now, and finds that it is stopped.
        let record = lock(&mut tx, letter_id).await?;
        rules::can_stop(record.state).map_err(State::refusal)?;
        store::finish(&mut tx, letter_id, State::Stopped, call.now).await?;
        tx.audit(&subject(letter_id)).await?;
        let answer = self.reread(&mut tx, letter_id).await?;
        tx.commit(answer).await
    }

    /// A letter that the caller may write; to others there is none.
    async fn mine(&self, tx: &mut Write, letter_id: Uuid) -> Result<Record> {
        let record = store::find(tx, letter_id).await?.ok_or_else(not_found)?;
        let held = tx.held_on(record.organisation_id).await?;
        held.map(|_| record).ok_or_else(not_found)
    }

    /// The letter as it is now.
    async fn reread(&self, conn: &mut PgConnection, letter_id: Uuid) -> Result<wire::Letter> {
        let record = store::find(conn, letter_id).await?.ok_or_else(not_found)?;
        let recipients = match record.state {
            State::Draft => {
                let owner = record.owner();
                self.source.count(conn, owner, &record.groups).await?
            }
            _ => record.recipients,
        };
        self.written(record, recipients)
    }
}

async fn lock(conn: &mut PgConnection, letter_id: Uuid) -> Result<Record> {
    store::lock(conn, letter_id).await?.ok_or_else(not_found)
}
