//! The service `Consents`.

use kit::{
    Call,
    db::Db,
    errors::{Problem, Result},
    wire::{parse_id, timestamp},
};
use proto_membership::{reasons, v1 as wire};
use uuid::Uuid;

use super::{Consent, store};
use crate::contract;

/// A person's own consents.
#[derive(Clone, Debug)]
pub struct Consents {
    pub(crate) db: Db,
}

impl contract::Consents for Consents {
    async fn list_my_consents(
        &self,
        call: Call<wire::ListMyConsentsRequest>,
    ) -> Result<wire::ListMyConsentsResponse> {
        let person_id = call.caller.person()?.person_id;
        let page = call.page::<Uuid>()?;
        let mut conn = self.db.read().await?;
        let consents = store::of_person(&mut conn, person_id, page.after, page.limit).await?;
        let (consents, next_page_token) = page.next(consents, |last| last.consent_id);
        Ok(wire::ListMyConsentsResponse {
            consents: consents.into_iter().map(Into::into).collect(),
            next_page_token,
        })
    }

    async fn withdraw_consent(
        &self,
        call: Call<wire::WithdrawConsentRequest>,
    ) -> Result<wire::Consent> {
        let person_id = call.caller.person()?.person_id;
        let consent_id = parse_id("consent_id", &call.message.consent_id)?;
        let mut tx = call.begin(&self.db).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        // Locks the row, and finds nothing that belongs to another person.
        let consent = store::withdraw(&mut tx, person_id, consent_id, call.now)
            .await?
            .ok_or_else(|| Problem::of(&reasons::NOT_FOUND))?;
        tx.audit(&format!("consent:{consent_id}")).await?;
        tx.commit(consent.into()).await
    }
}

impl From<Consent> for wire::Consent {
    fn from(consent: Consent) -> Self {
        Self {
            consent_id: consent.consent_id.to_string(),
            organisation_id: consent.organisation_id.to_string(),
            organisation_name: consent.organisation_name,
            purpose: consent.purpose,
            fields: consent.fields,
            given_at: Some(timestamp(consent.given_at)),
            withdrawn_at: consent.withdrawn_at.map(timestamp),
        }
    }
}
