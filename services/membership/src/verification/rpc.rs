//! The service `Verification`.

use std::sync::Arc;

use kit::{
    Call,
    crypto::Keys,
    db::Db,
    errors::{Problem, Result},
    wire::{date, parse_id, timestamp},
};
use proto_membership::v1 as wire;

use super::{
    rules::{self, Question},
    store::{self, Found},
};
use crate::{
    cards::{Cards, Forged},
    contract,
    memberships::{self, rules::mask_name},
    sealed,
};

/// Verification of cards and numbers.
#[derive(Clone, Debug)]
pub struct Verification {
    pub(crate) db: Db,
    /// For sealed names.
    pub(crate) keys: Keys,
    /// For the signatures of cards.
    pub(crate) cards: Arc<Cards>,
}

impl contract::Verification for Verification {
    async fn verify_card(
        &self,
        call: Call<wire::VerifyCardRequest>,
    ) -> Result<wire::CardVerification> {
        let claims = self.cards.verify(&call.message.token)?;
        let record =
            memberships::store::get(&mut *self.db.read().await?, claims.membership_id).await?;
        // The platform signed both, so these agree unless the card was made for another database.
        let genuine = |record: &memberships::store::Record| {
            record.organisation_id == claims.organisation_id
                && record.member_number == claims.member_number
        };
        let record = record.filter(genuine).ok_or(Forged)?;
        let masked_name = if record.consent_stands {
            mask_name(&sealed::NAME.open(&self.keys, record.person_id, &record.name_sealed)?)
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
            checked_at: Some(timestamp(call.now)),
        })
    }

    async fn get_card_keys(
        &self,
        _: Call<wire::GetCardKeysRequest>,
    ) -> Result<wire::GetCardKeysResponse> {
        let keys = self.cards.public_keys();
        Ok(wire::GetCardKeysResponse { keys })
    }

    async fn verify_membership(
        &self,
        call: Call<wire::VerifyMembershipRequest>,
    ) -> Result<wire::MembershipVerification> {
        let (call, request) = call.split();
        let query = request.query.unwrap_or_default();
        let question = rules::read(&query).map_err(|_| unclear("query"))?;
        let mut answers = self
            .look_up(&call, &request.organisation_id, &[question])
            .await?;
        Ok(answer(query, answers.pop().flatten()))
    }

    async fn batch_verify_memberships(
        &self,
        call: Call<wire::BatchVerifyMembershipsRequest>,
    ) -> Result<wire::BatchVerifyMembershipsResponse> {
        let (call, request) = call.split();
        let questions = read_all(&request.queries)?;
        let answers = self
            .look_up(&call, &request.organisation_id, &questions)
            .await?;
        let verifications = request
            .queries
            .into_iter()
            .zip(answers)
            .map(|(query, found)| answer(query, found))
            .collect();
        Ok(wire::BatchVerifyMembershipsResponse { verifications })
    }
}

impl Verification {
    /// Looks up, and leaves one audit record, however many questions there are.
    async fn look_up(
        &self,
        call: &Call<()>,
        organisation_id: &str,
        questions: &[Question],
    ) -> Result<Vec<Option<Found>>> {
        let organisation_id = parse_id("organisation_id", organisation_id)?;
        let answers =
            store::look_up(&mut *self.db.read().await?, organisation_id, questions).await?;
        call.audit_read(&self.db, &format!("organisation:{organisation_id}"))
            .await?;
        Ok(answers)
    }
}

/// What each query asks for; the refusal names all those that are unclear.
fn read_all(queries: &[wire::MembershipQuery]) -> Result<Vec<Question>> {
    let mut refusal: Option<Problem> = None;
    let mut questions = Vec::with_capacity(queries.len());
    for (at, query) in queries.iter().enumerate() {
        match rules::read(query) {
            Ok(question) => questions.push(question),
            Err(_) => {
                let field = format!("queries[{at}]");
                refusal = Some(match refusal {
                    None => unclear(field),
                    Some(earlier) => earlier.field(field, ADVICE),
                });
            }
        }
    }
    match refusal {
        Some(refusal) => Err(refusal),
        None => Ok(questions),
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
