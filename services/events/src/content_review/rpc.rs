//! The methods of `cast.events.v1.ContentReview`.

use std::collections::HashMap;

use approvals::{Case, Deciding};
use kit::{
    Call,
    clock::business_date,
    crypto::Keys,
    db::Db,
    errors::{Problem, Result},
    wire::parse_id,
};
use proto_events::{reasons, v1 as wire};
use time::OffsetDateTime;
use uuid::Uuid;
use workdays::Calendar;

use super::review;
use crate::{
    activities::{ActivityError, rpc::require_for_activity, store},
    content_routes::KIND,
    contract,
};

/// Serves `cast.events.v1.ContentReview`.
#[derive(Clone, Debug)]
pub struct ContentReview {
    /// The database.
    pub db: Db,
    /// Seals reasons.
    pub keys: Keys,
}

impl contract::ContentReview for ContentReview {
    async fn submit_activity(
        &self,
        call: Call<wire::SubmitActivityRequest>,
    ) -> Result<wire::ActivityReview> {
        let activity_id = parse_id("activity_id", &call.message.activity_id)?;
        review::submit(&self.db, &self.keys, &call.split().0, activity_id).await
    }

    async fn withdraw_activity(
        &self,
        call: Call<wire::WithdrawActivityRequest>,
    ) -> Result<wire::ActivityReview> {
        let activity_id = parse_id("activity_id", &call.message.activity_id)?;
        review::withdraw(&self.db, &self.keys, &call.split().0, activity_id).await
    }

    async fn decide_activity(
        &self,
        call: Call<wire::DecideActivityRequest>,
    ) -> Result<wire::ActivityReview> {
        let (call, request) = call.split();
        review::decide(&self.db, &self.keys, &call, &request).await
    }

    async fn get_activity_review(
        &self,
        call: Call<wire::GetActivityReviewRequest>,
    ) -> Result<wire::ActivityReview> {
        let activity_id = parse_id("activity_id", &call.message.activity_id)?;
        let mut conn = self.db.read().await?;
        require_for_activity(&call, &mut conn, activity_id).await?;
        let not_found = || Problem::of(&reasons::NOT_FOUND);
        let activity = store::activity(&mut conn, activity_id).await?;
        let activity = activity.ok_or(ActivityError::NotFound)?;
        let cases = approvals::cases::load(&mut conn, &KIND, &[activity_id]).await?;
        let case = cases.get(&activity_id).ok_or_else(not_found)?;
        let person_id = call.caller.person()?.person_id;
        let today = business_date(call.now);
        let of = activity.organisation_id;
        let deciding = Deciding::read(&mut conn, &KIND, of, person_id, today).await?;
        review::shown(&self.keys, activity, case, Some(&deciding), call.now)
    }

    async fn list_activity_reviews(
        &self,
        call: Call<wire::ListActivityReviewsRequest>,
    ) -> Result<wire::ListActivityReviewsResponse> {
        let organisation_id = parse_id("organisation_id", &call.message.organisation_id)?;
        let person_id = call.caller.person()?.person_id;
        let page = call.page::<(OffsetDateTime, Uuid)>()?;
        let mut conn = self.db.read().await?;
        let waiting = approvals::store::cases::waiting(
            &mut conn,
            KIND.name,
            organisation_id,
            page.after,
            page.limit,
        )
        .await?;
        let limits = approvals::reminders::limits(Calendar::china(), call.now);
        let of = organisation_id;
        let queue = approvals::store::cases::queue(&mut conn, KIND.name, of, &limits).await?;
        let (waiting, next_page_token) = page.next(waiting, |last| *last);
        let ids: Vec<Uuid> = waiting.iter().map(|(_, id)| *id).collect();
        let cases: HashMap<Uuid, Case> = approvals::cases::load(&mut conn, &KIND, &ids).await?;
        let today = business_date(call.now);
        let deciding = Deciding::read(&mut conn, &KIND, organisation_id, person_id, today).await?;
        let mut activities: HashMap<Uuid, _> = store::several(&mut conn, &ids)
            .await?
            .into_iter()
            .map(|activity| (activity.activity_id, activity))
            .collect();
        let reviews = ids.iter().filter_map(|id| {
            let (activity, case) = (activities.remove(id)?, cases.get(id)?);
            Some(review::shown(
                &self.keys,
                activity,
                case,
                Some(&deciding),
                call.now,
            ))
        });
        Ok(wire::ListActivityReviewsResponse {
            reviews: reviews.collect::<Result<_>>()?,
            next_page_token,
            waiting: count(queue.0),
            overdue: count(queue.1),
        })
    }
}

fn count(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
