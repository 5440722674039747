//! The service `Consents`.

use kit::{
    access::{Caller, caller},
    audit,
    clock::Clock,
    crypto::Keys,
    db::{Begin, Db},
    errors::Problem,
    paging::Page,
    wire::{parse_id, timestamp},
};
use proto::{
    cast::membership::v1::{self as wire, consents_server},
    reasons,
};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{Consent, store};

/// A person's own consents.
#[derive(Clone, Debug)]
pub struct Consents {
    db: Db,
    keys: Keys,
    clock: Clock,
}

impl Consents {
    /// Over this database; `keys` seal page tokens and remembered answers.
    pub fn new(db: Db, keys: Keys, clock: Clock) -> Self {
        Self { db, keys, clock }
    }

    async fn list(
        &self,
        caller: &Caller,
        request: wire::ListMyConsentsRequest,
    ) -> Result<wire::ListMyConsentsResponse, Problem> {
        let person_id = caller.person()?.person_id;
        let fingerprint = ["my consents", &person_id.to_string()];
        let page = Page::<Uuid>::of(
            request.page_size,
            &request.page_token,
            &fingerprint,
            &self.keys,
        )?;
        let consents = store::of_person(
            &mut *self.db.read().await?,
            person_id,
            page.after,
            page.limit,
        )
        .await?;
        let (consents, next_page_token) = page.next(consents, |last| last.consent_id);
        Ok(wire::ListMyConsentsResponse {
            consents: consents.into_iter().map(Into::into).collect(),
            next_page_token,
        })
    }

    async fn withdraw(
        &self,
        caller: &Caller,
        request: wire::WithdrawConsentRequest,
    ) -> Result<wire::Consent, Problem> {
        let person_id = caller.person()?.person_id;
        let consent_id = parse_id("consent_id", &request.consent_id)?;
        let now = self.clock.now();
        let mut tx = match self
            .db
            .begin_once(caller, &self.keys, &request.request_id, &request)
            .await?
        {
            Begin::Fresh(tx) => tx,
            Begin::Replayed(answer) => return Ok(answer),
        };
        // Locks the row, and finds nothing that belongs to somebody else.
        let consent = store::withdraw(&mut tx, person_id, consent_id, now)
            .await?
            .ok_or_else(|| Problem::of(&reasons::NOT_FOUND))?;
        let subject = format!("consent:{consent_id}");
        audit::record(
            &mut tx,
            caller,
            "cast.membership.v1.Consents/WithdrawConsent",
            &subject,
            "ok",
            now,
        )
        .await?;
        let answer = consent.into();
        tx.commit(&answer).await?;
        Ok(answer)
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

#[tonic::async_trait]
impl consents_server::Consents for Consents {
    async fn list_my_consents(
        &self,
        request: Request<wire::ListMyConsentsRequest>,
    ) -> Result<Response<wire::ListMyConsentsResponse>, Status> {
        let caller = caller(&request);
        Ok(Response::new(
            self.list(&caller, request.into_inner()).await?,
        ))
    }

    async fn withdraw_consent(
        &self,
        request: Request<wire::WithdrawConsentRequest>,
    ) -> Result<Response<wire::Consent>, Status> {
        let caller = caller(&request);
        Ok(Response::new(
            self.withdraw(&caller, request.into_inner()).await?,
        ))
    }
}
