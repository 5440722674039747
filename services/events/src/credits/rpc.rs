//! The list of credits. Its method belongs to the service of the check-in desk, see [`crate::checkin::rpc`].

use kit::{access::PersonCaller, errors::Problem, paging::Page, wire::timestamp};
use proto::cast::events::v1 as wire;
use uuid::Uuid;

use super::store::{self, Credit};
use crate::Context;

/// A person's own credits and their sum.
pub async fn list(
    context: &Context,
    person: &PersonCaller,
    request: &wire::ListMyCreditsRequest,
) -> Result<wire::ListMyCreditsResponse, Problem> {
    let owner = person.person_id.to_string();
    let page: Page<Uuid> = Page::of(
        request.page_size,
        &request.page_token,
        &["my credits", &owner],
        &context.keys,
    )?;
    let mut conn = context.db.read().await?;
    let (rows, total_minutes) =
        store::of_person(&mut conn, person.person_id, page.after, page.limit).await?;
    let (rows, next_page_token) = page.next(rows, |last| last.credit_id);
    let credits = rows.into_iter().map(wire::Credit::from).collect();
    Ok(wire::ListMyCreditsResponse {
        credits,
        next_page_token,
        total_minutes,
    })
}

impl From<Credit> for wire::Credit {
    fn from(credit: Credit) -> Self {
        Self {
            credit_id: credit.credit_id.to_string(),
            activity_id: credit.activity_id.to_string(),
            activity_title: credit.activity_title,
            organisation_name: credit.organisation_name,
            kind: wire::activity::Kind::from(credit.kind).into(),
            minutes: credit.minutes,
            credited_at: Some(timestamp(credit.credited_at)),
        }
    }
}
