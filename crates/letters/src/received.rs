//! The methods of those who read.

use kit::{Call, access, errors::Result, wire::parse_id};
use proto_letters::v1 as wire;
use uuid::Uuid;

use crate::{desk::not_found, letters::Letters, store};

impl Letters {
    /// A page of the letters that were sent to the caller.
    pub async fn list_received(
        &self,
        call: Call<wire::ListReceivedLettersRequest>,
    ) -> Result<wire::ListReceivedLettersResponse> {
        let person_id = call.caller.person()?.person_id;
        let page = call.page::<Uuid>()?;
        let mut conn = self.db.read().await?;
        let belongs = self.source.belongs(&mut conn, person_id).await?;
        let records = store::sent_to(&mut conn, &belongs, None, page.after, page.limit).await?;
        let refused = store::refused(&mut conn, person_id).await?;
        let (records, next_page_token) = page.next(records, |last| last.letter_id);
        let letters = records.into_iter().map(|record| {
            let wanted = !refused.contains(&record.organisation_id);
            self.received(record, wanted, false)
        });
        Ok(wire::ListReceivedLettersResponse {
            letters: letters.collect::<Result<_>>()?,
            next_page_token,
        })
    }

    /// A letter that was sent to the caller, or that the caller may send.
    pub async fn get_received(
        &self,
        call: Call<wire::GetLetterRequest>,
    ) -> Result<wire::ReceivedLetter> {
        let person_id = call.caller.person()?.person_id;
        let letter_id = parse_id("letter_id", &call.message.letter_id)?;
        let mut conn = self.db.read().await?;
        let belongs = self.source.belongs(&mut conn, person_id).await?;
        let sent = store::sent_to(&mut conn, &belongs, Some(letter_id), None, 1).await?;
        let record = match sent.into_iter().next() {
            Some(record) => record,
            None => {
                let record = store::find(&mut conn, letter_id).await?;
                let record = record.ok_or_else(not_found)?;
                let permission = self.source.permission();
                let held = call
                    .caller
                    .held(&mut conn, permission, record.organisation_id)
                    .await?;
                held.map(|_| record).ok_or_else(not_found)?
            }
        };
        let refused = store::refused(&mut conn, person_id).await?;
        let wanted = !refused.contains(&record.organisation_id);
        self.received(record, wanted, true)
    }

    /// Enters whether the caller wants letters of an organisation. It need not be one that has written: a choice tells nothing.
    pub async fn choose(
        &self,
        call: Call<wire::UpdateLetterChoiceRequest>,
    ) -> Result<wire::LetterChoice> {
        let person_id = call.caller.person()?.person_id;
        let organisation_id = parse_id("organisation_id", &call.message.organisation_id)?;
        let wanted = call.message.wanted;
        let mut tx = call.begin(&self.db).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        // Only what exists can be refused, so that rows cannot be made without limit.
        if access::organisation(&mut tx, organisation_id)
            .await?
            .is_none()
        {
            return Err(not_found());
        }
        store::choose(&mut tx, person_id, organisation_id, wanted, call.now).await?;
        tx.audit(&format!("organisation:{organisation_id}")).await?;
        tx.commit(wire::LetterChoice {
            organisation_id: organisation_id.to_string(),
            wanted,
        })
        .await
    }
}
