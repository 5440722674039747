//! Verification of memberships: one number per call, as at an entrance, and 1,000 per call, as from a society's system.
//! Each call includes the access check, one lookup, and one audit record that must be on disk before the response.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use platform::Service;
use proto::cast::membership::v1::{
    BatchVerifyMembershipsRequest, MembershipQuery, VerifyMembershipRequest,
    verification_client::VerificationClient,
};
use tonic::{Request, metadata::AsciiMetadataValue, transport::Channel};

use super::{
    database, empty, figure::Figure, load, load::Outcome, pgbench::Transaction, society::society,
    stage::Stage,
};

const CALLERS: usize = 16;
/// Concurrent callers of the large calls.
const FEW: usize = 4;
const LARGE: usize = 1_000;

/// The caller and the queries.
#[derive(Clone)]
struct Questions {
    channel: Channel,
    bearer: AsciiMetadataValue,
    organisation_id: String,
    numbers: Arc<[String]>,
}

pub async fn run(stage: &Stage) -> Result<Vec<Figure>> {
    let organisation_id = society()?;
    let url = stage.platform.database_url(Service::Membership);
    let url = url.context("membership has a database")?;
    let memberships = database::count(url, "memberships").await?;
    let numbers = database::member_numbers(url, &organisation_id, 200_000).await?;
    let mut questions = Questions {
        channel: stage.channel(Service::Membership).await?,
        bearer: stage.machine().await?.bearer().await?,
        organisation_id,
        numbers: numbers.into(),
    };
    let (mut one, mut nothing, mut select) = (Vec::new(), Vec::new(), Vec::new());
    let (mut alone, mut nothing_alone, mut many) = (Vec::new(), Vec::new(), Vec::new());
    let (mut one_words, mut alone_words, mut many_words) = Default::default();
    for _ in 0..stage.plan.rounds {
        // A token is valid for five minutes.
        questions.bearer = stage.machine().await?.bearer().await?;
        let length = stage.plan.length;
        let empty = empty::round(stage, &questions.channel, CALLERS).await?;
        nothing.push(empty.per_second());
        let selects = stage
            .pgbench
            .per_second(Transaction::Select, CALLERS, length);
        select.push(selects.await?);
        let outcome = singles(stage, &questions, CALLERS).await?;
        one.push(outcome.per_second());
        one_words = outcome.in_words();

        let empty = empty::round(stage, &questions.channel, 1).await?;
        nothing_alone.push(empty.percentile(0.5));
        let outcome = thousands(stage, &questions, 1).await?;
        alone.push(outcome.percentile(0.5));
        alone_words = outcome.in_words();
        let outcome = thousands(stage, &questions, FEW).await?;
        many.push(outcome.per_second() * LARGE as f64);
        many_words = outcome.in_words();
    }
    let among = format!("among {memberships} memberships");
    Ok(vec![
        Figure::new("VerifyMembership, 16 callers", "calls/s", one.clone())
            .beside(Transaction::Select.name(), &select)
            .seen(format!("{one_words}, {among}")),
        Figure::new("VerifyMembership, 16 callers", "calls/s", one).beside(empty::NAME, &nothing),
        Figure::new(
            "BatchVerifyMemberships of 1,000, one caller, median",
            "ms",
            alone,
        )
        .beside(empty::NAME, &nothing_alone)
        .seen(alone_words),
        Figure::new(
            "BatchVerifyMemberships of 1,000, 4 callers",
            "members/s",
            many,
        )
        .beside(Transaction::Select.name(), &select)
        .seen(many_words),
    ])
}

async fn singles(stage: &Stage, questions: &Questions, callers: usize) -> Result<Outcome> {
    let questions = questions.clone();
    load::closed(callers, stage.plan.length, move |caller| {
        let questions = questions.clone();
        async move {
            let query = questions.query(pick(caller));
            let request = questions.request(VerifyMembershipRequest {
                organisation_id: questions.organisation_id.clone(),
                query: Some(query),
            });
            let mut client = VerificationClient::new(questions.channel.clone());
            let answer = client.verify_membership(request).await?.into_inner();
            ensure!(!answer.member_number.is_empty(), "a member was not found");
            Ok(())
        }
    })
    .await
}

async fn thousands(stage: &Stage, questions: &Questions, callers: usize) -> Result<Outcome> {
    let questions = questions.clone();
    load::closed(callers, stage.plan.length, move |caller| {
        let questions = questions.clone();
        async move {
            let queries = (0..LARGE).map(|_| questions.query(pick(caller))).collect();
            let request = questions.request(BatchVerifyMembershipsRequest {
                organisation_id: questions.organisation_id.clone(),
                queries,
            });
            let mut client = VerificationClient::new(questions.channel.clone());
            let answer = client.batch_verify_memberships(request).await?.into_inner();
            let found = answer.verifications.iter();
            let found = found.filter(|found| !found.member_number.is_empty());
            ensure!(found.count() == LARGE, "members were not found");
            Ok(())
        }
    })
    .await
}

/// A pseudo-random number, a new one each time.
fn pick(caller: usize) -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static ASKED: AtomicU64 = AtomicU64::new(0);
    let asked = ASKED.fetch_add(1, Ordering::Relaxed);
    synthetic::chance::bits(synthetic::Of::Path, asked * 1_024 + caller as u64)
}

impl Questions {
    fn query(&self, bits: u64) -> MembershipQuery {
        let at = (bits % self.numbers.len() as u64) as usize;
        MembershipQuery {
            member_number: self.numbers[at].clone(),
            person_number: String::new(),
        }
    }

    fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request
            .metadata_mut()
            .insert("authorization", self.bearer.clone());
        request
    }
}
