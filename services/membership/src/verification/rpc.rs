//! The service `Verification`.

use std::sync::Arc;

use kit::{
    access::{Caller, caller},
    clock::Clock,
    crypto::Keys,
    db::Db,
    errors::Problem,
    wire::{date, parse_id, timestamp},
};
use proto::cast::membership::v1::{self as wire, verification_server};
use tonic::{Request, Response, Status};

use super::{
    rules::{self, Asked},
    store::{self, Found},
};
use crate::{
    cards::{Cards, Forged},
    memberships::{self, rules::mask_name},
    sealed,
};

const VERIFY: &str = "members.verify";

/// Verification of cards and numbers.
#[derive(Clone, Debug)]
pub struct Verification {
    db: Db,
    keys: Keys,
    clock: Clock,
    cards: Arc<Cards>,
}

impl Verification {
    /// Over this database; `keys` open names, `cards` know our signature.
    pub fn new(db: Db, keys: Keys, clock: Clock, cards: Arc<Cards>) -> Self {
        Self {
            db,
            keys,
            clock,
            cards,
        }
    }

    async fn card(
        &self,
        request: wire::VerifyCardRequest,
    ) -> Result<wire::CardVerification, Problem> {
        let claims = self.cards.verify(&request.token)?;
        let record =
            memberships::store::get(&mut *self.db.read().await?, claims.membership_id).await?;
        // Signed by us, so these agree, unless the database is not the one the card was made for.
        let genuine = |record: &memberships::store::Record| {
            record.organisation_id == claims.organisation_id
                && record.member_number == claims.member_number
        };
        let record = record.filter(genuine).ok_or(Forged)?;
        let masked_name = if record.consent_stands {
            mask_name(&sealed::open_name(
                &self.keys,
                record.person_id,
                &record.name_sealed,
            )?)
        } else {
            String::new()
        };
        Ok(wire::CardVerification {
            in_force: record.state.in_force(),
            state: record.state.to_wire(),
            organisation_name: record.organisation_name,
            member_number: record.member_number,
            masked_name,
            category: record.category.to_wire(),
            joined_on: date(record.joined_on),
            checked_at: Some(timestamp(self.clock.now())),
        })
    }

    async fn one(
        &self,
        caller: &Caller,
        request: wire::VerifyMembershipRequest,
    ) -> Result<wire::MembershipVerification, Problem> {
        let query = request.query.unwrap_or_default();
        let asked = rules::read(&query).map_err(|_| unclear("query"))?;
        let method = "VerifyMembership";
        let mut answers = self
            .look_up(caller, method, &request.organisation_id, &[asked])
            .await?;
        Ok(answer(query, answers.pop().flatten()))
    }

    async fn batch(
        &self,
        caller: &Caller,
        request: wire::BatchVerifyMembershipsRequest,
    ) -> Result<wire::BatchVerifyMembershipsResponse, Problem> {
        let mut refusal: Option<Problem> = None;
        let mut asked = Vec::with_capacity(request.queries.len());
        for (at, query) in request.queries.iter().enumerate() {
            match rules::read(query) {
                Ok(question) => asked.push(question),
                Err(_) => {
                    let field = format!("queries[{at}]");
                    refusal = Some(match refusal {
                        None => unclear(field),
                        Some(earlier) => earlier.field(field, ADVICE),
                    });
                }
            }
        }
        if let Some(refusal) = refusal {
            return Err(refusal);
        }
        let method = "BatchVerifyMemberships";
        let answers = self
            .look_up(caller, method, &request.organisation_id, &asked)
            .await?;
        let verifications = request
            .queries
            .into_iter()
            .zip(answers)
            .map(|(q, found)| answer(q, found))
            .collect();
        Ok(wire::BatchVerifyMembershipsResponse { verifications })
    }

    /// Checks access, looks up, and leaves one audit record, however many were asked for.
    async fn look_up(
        &self,
        caller: &Caller,
        method: &str,
        organisation_id: &str,
        asked: &[Asked],
    ) -> Result<Vec<Option<Found>>, Problem> {
        let organisation_id = parse_id("organisation_id", organisation_id)?;
        let mut conn = self.db.read().await?;
        caller.require(&mut conn, VERIFY, organisation_id).await?;
        let answers = store::look_up(&mut conn, organisation_id, asked).await?;
        drop(conn);
        let action = format!("cast.membership.v1.Verification/{method}");
        let subject = format!("organisation:{organisation_id}");
        let now = self.clock.now();
        let trail = self.db.trail();
        trail.keep(caller, &action, &subject, "ok", now).await?;
        Ok(answers)
    }
}

const ADVICE: (&str, &str) = (
    "Give either a member number or a person number, not both.",
    "请只填写会员号或人员编号中的一项。",
);

fn unclear(field: impl Into<String>) -> Problem {
    Problem::invalid(field, ADVICE)
}

fn answer(query: wire::MembershipQuery, found: Option<Found>) -> wire::MembershipVerification {
    let Some(found) = found else {
        return wire::MembershipVerification {
            query: Some(query),
            ..Default::default()
        };
    };
    wire::MembershipVerification {
        query: Some(query),
        in_force: found.state.in_force(),
        state: found.state.to_wire(),
        member_number: found.member_number,
        person_number: found.person_number,
        category: found.category.to_wire(),
        joined_on: date(found.joined_on),
    }
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl verification_server::Verification for Verification {
    async fn verify_card(
        &self,
        request: Request<wire::VerifyCardRequest>,
    ) -> Answer<wire::CardVerification> {
        Ok(Response::new(self.card(request.into_inner()).await?))
    }

    async fn get_card_keys(
        &self,
        _: Request<wire::GetCardKeysRequest>,
    ) -> Answer<wire::GetCardKeysResponse> {
        Ok(Response::new(wire::GetCardKeysResponse {
            keys: self.cards.public_keys(),
        }))
    }

    async fn verify_membership(
        &self,
        request: Request<wire::VerifyMembershipRequest>,
    ) -> Answer<wire::MembershipVerification> {
        let caller = caller(&request);
        Ok(Response::new(
            self.one(&caller, request.into_inner()).await?,
        ))
    }

    async fn batch_verify_memberships(
        &self,
        request: Request<wire::BatchVerifyMembershipsRequest>,
    ) -> Answer<wire::BatchVerifyMembershipsResponse> {
        let caller = caller(&request);
        Ok(Response::new(
            self.batch(&caller, request.into_inner()).await?,
        ))
    }
}
