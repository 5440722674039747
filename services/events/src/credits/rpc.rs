//! The list of credits. Its method belongs to the gRPC service `CheckIns`, see [`crate::checkin::rpc`].

use kit::{Call, db::Db, errors::Result, wire::timestamp};
use proto_events::v1 as wire;
use uuid::Uuid;

use super::store::{self, Credit};

/// A person's own credits and their sum.
pub async fn list(
    db: &Db,
    call: &Call<wire::ListMyCreditsRequest>,
) -> Result<wire::ListMyCreditsResponse> {
    let person_id = call.caller.person()?.person_id;
    let page = call.page::<Uuid>()?;
    let mut conn = db.read().await?;
    let (rows, total_minutes) =
        store::of_person(&mut conn, person_id, page.after, page.limit).await?;
    let (rows, next_page_token) = page.next(rows, |last| last.credit_id);
    Ok(wire::ListMyCreditsResponse {
        credits: rows.into_iter().map(wire::Credit::from).collect(),
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
