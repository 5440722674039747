//! The service `Applications`. What applicants do is in [`apply`](super::apply), what staff do in [`review`](super::review) and
//! [`batch`](super::batch).

use approvals::{
    Shown,
    reminders::{limits, overdue_before},
};
use form_versions::filter::Wanted;
use kit::{
    Call,
    errors::{Problem, Result},
    wire::parse_id,
};
use proto_membership::{reasons, v1 as wire};
use time::OffsetDateTime;
use uuid::Uuid;
use workdays::Calendar;

use super::{
    Applications, State,
    read::{line, to_wire, to_wire_with_past, visible},
    review::{Review, step_decision},
    routed,
    rules::Action,
    store::records::{self, Record},
};
use crate::{consents::audience::Audience, contract, organisations};

impl contract::Applications for Applications {
    async fn create_application(
        &self,
        call: Call<wire::CreateApplicationRequest>,
    ) -> Result<wire::Application> {
        self.create(call).await
    }

    async fn update_application(
        &self,
        call: Call<wire::UpdateApplicationRequest>,
    ) -> Result<wire::Application> {
        self.update(call).await
    }

    async fn submit_application(
        &self,
        call: Call<wire::SubmitApplicationRequest>,
    ) -> Result<wire::Application> {
        self.submit(call).await
    }

    async fn withdraw_application(
        &self,
        call: Call<wire::WithdrawApplicationRequest>,
    ) -> Result<wire::Application> {
        self.withdraw(call).await
    }

    async fn get_application(
        &self,
        call: Call<wire::GetApplicationRequest>,
    ) -> Result<wire::Application> {
        let mut conn = self.db.read().await?;
        let (record, audience) = visible(&mut conn, &call, &call.message.application_id).await?;
        let id = record.application_id;
        let answer = to_wire_with_past(
            &mut conn,
            record,
            (&self.keys, &self.files),
            audience,
            &call,
        )
        .await?;
        drop(conn);
        self.audit_shown(&call, id, audience).await?;
        Ok(answer)
    }

    async fn list_application_history(
        &self,
        call: Call<wire::ListApplicationHistoryRequest>,
    ) -> Result<wire::ListApplicationHistoryResponse> {
        let mut conn = self.db.read().await?;
        let (record, audience) = visible(&mut conn, &call, &call.message.application_id).await?;
        let id = record.application_id;
        let lines = records::history(&mut conn, id).await?;
        drop(conn);
        self.audit_shown(&call, id, audience).await?;
        let steps = lines
            .into_iter()
            .map(|l| line(l, &self.keys, id, audience))
            .collect::<Result<_>>()?;
        Ok(wire::ListApplicationHistoryResponse { steps })
    }

    async fn list_my_applications(
        &self,
        call: Call<wire::ListMyApplicationsRequest>,
    ) -> Result<wire::ListMyApplicationsResponse> {
        let person_id = call.caller.person()?.person_id;
        let page = call.page::<Uuid>()?;
        let mut conn = self.db.read().await?;
        let records = records::of_person(&mut conn, person_id, page.after, page.limit).await?;
        let (records, next_page_token) = page.next(records, |last| last.application_id);
        let routed = routed::ids(&records);
        let own = |record| to_wire(record, &self.keys, Audience::Person, call.now);
        let mut applications: Vec<_> = records.into_iter().map(own).collect::<Result<_>>()?;
        let shown = Shown::to_applicant(call.now);
        routed::show(&mut conn, &mut applications, &routed, shown).await?;
        Ok(wire::ListMyApplicationsResponse {
            applications,
            next_page_token,
        })
    }

    async fn list_applications(
        &self,
        call: Call<wire::ListApplicationsRequest>,
    ) -> Result<wire::ListApplicationsResponse> {
        let audience = Audience::from(call.held()?);
        let page = call.page::<(OffsetDateTime, Uuid)>()?;
        let organisation_id = parse_id("organisation_id", &call.message.organisation_id)?;
        let states = states(&call.message.states);
        let answered = Wanted::of(&call.message.answers);
        if audience == Audience::Above && !answered.is_empty() {
            // Who may not see answers does not find out by a filter what they are.
            return Err(Problem::of(&reasons::PERMISSION_DENIED));
        }
        let mut conn = self.db.read().await?;
        let (after, limit) = (page.after, page.limit);
        let records = records::of_organisation_who_answered(
            &mut conn,
            organisation_id,
            &states,
            &answered,
            after,
            limit,
        )
        .await?;
        let review_days = organisations::store::review_days(&mut conn, organisation_id).await?;
        let before = overdue_before(Calendar::china(), call.now, review_days);
        let limits = limits(Calendar::china(), call.now);
        let queue = records::waiting(&mut conn, organisation_id, before, &limits).await?;
        let key = |last: &Record| {
            (
                last.submitted_at.unwrap_or(OffsetDateTime::UNIX_EPOCH),
                last.application_id,
            )
        };
        let (records, next_page_token) = page.next(records, key);
        let routed = routed::ids(&records);
        let staff = |record| to_wire(record, &self.keys, audience, call.now);
        let mut applications: Vec<_> = records.into_iter().map(staff).collect::<Result<_>>()?;
        let shown = Shown {
            staff: true,
            stages: false,
            ..Shown::to_applicant(call.now)
        };
        routed::show(&mut conn, &mut applications, &routed, shown).await?;
        // The record of the read takes a connection of its own: many readers who each hold one and wait for another would stop for good.
        drop(conn);
        call.audit_read(&self.db, &format!("organisation:{organisation_id}"))
            .await?;
        Ok(wire::ListApplicationsResponse {
            applications,
            next_page_token,
            in_first_review: count(queue.first),
            in_final_review: count(queue.r#final),
            overdue: count(queue.overdue),
        })
    }

    async fn pass_first_review(
        &self,
        call: Call<wire::PassFirstReviewRequest>,
    ) -> Result<wire::Application> {
        let (call, request) = call.split();
        let review = Review {
            action: Action::PassFirstReview,
            application_id: &request.application_id,
            etag: &request.etag,
            step: None,
            reason: None,
        };
        self.review(&call, review).await
    }

    async fn return_application(
        &self,
        call: Call<wire::ReturnApplicationRequest>,
    ) -> Result<wire::Application> {
        let (call, request) = call.split();
        let review = Review {
            action: Action::Return,
            application_id: &request.application_id,
            etag: &request.etag,
            step: None,
            reason: Some(&request.reason),
        };
        self.review(&call, review).await
    }

    async fn approve_application(
        &self,
        call: Call<wire::ApproveApplicationRequest>,
    ) -> Result<wire::Application> {
        let (call, request) = call.split();
        let review = Review {
            action: Action::Approve,
            application_id: &request.application_id,
            etag: &request.etag,
            step: None,
            reason: None,
        };
        self.review(&call, review).await
    }

    async fn reject_application(
        &self,
        call: Call<wire::RejectApplicationRequest>,
    ) -> Result<wire::Application> {
        let (call, request) = call.split();
        let review = Review {
            action: Action::Reject,
            application_id: &request.application_id,
            etag: &request.etag,
            step: None,
            reason: Some(&request.reason),
        };
        self.review(&call, review).await
    }

    async fn decide_application_step(
        &self,
        call: Call<wire::DecideApplicationStepRequest>,
    ) -> Result<wire::Application> {
        let (call, request) = call.split();
        let (action, reason) = step_decision(&request)?;
        let review = Review {
            action,
            application_id: &request.application_id,
            etag: &request.etag,
            step: usize::try_from(request.step).ok(),
            reason,
        };
        self.review(&call, review).await
    }

    async fn batch_decide_applications(
        &self,
        call: Call<wire::BatchDecideApplicationsRequest>,
    ) -> Result<wire::BatchDecideApplicationsResponse> {
        self.batch_decide(call).await
    }
}

fn count(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// The states that are asked for; if none are, those in which an application waits for staff.
fn states(numbers: &[i32]) -> Vec<State> {
    let mut states: Vec<State> = numbers
        .iter()
        .filter_map(|number| State::from_wire(*number))
        .collect();
    if states.is_empty() {
        states = vec![State::InFirstReview, State::InFinalReview];
    }
    states.sort_unstable();
    states.dedup();
    states
}
