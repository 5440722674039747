//! The methods of `cast.events.v1.CheckIns`.

use eventlog::NewEvent;
use kit::{
    access::{self, Caller},
    audit,
    db::Begin,
    errors::Problem,
    wire::parse_id,
};
use proto::cast::events::v1::{self as wire, check_ins_server};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{
    rules::{self, Outcome},
    store::{self, Locked},
};
use crate::{
    Context,
    activities::{self, Activity, ActivityError, rpc::require_for_activity},
    credits,
    registrations::{self, RegistrationError},
    schedule::rules::credit,
    tickets::{TicketInvalid, Tickets},
};

const MANAGE: &str = "checkins.manage";
const METHOD: &str = "cast.events.v1.CheckIns/CheckIn";

/// Serves `cast.events.v1.CheckIns`.
#[derive(Clone, Debug)]
pub struct CheckIns {
    /// What it works with.
    pub context: Context,
    /// Reads tickets.
    pub tickets: Tickets,
}

#[tonic::async_trait]
impl check_ins_server::CheckIns for CheckIns {
    async fn check_in(
        &self,
        request: Request<wire::CheckInRequest>,
    ) -> Result<Response<wire::CheckInResponse>, Status> {
        let caller = access::caller(&request);
        Ok(Response::new(
            self.check_in(&caller, request.get_ref()).await?,
        ))
    }

    async fn list_my_credits(
        &self,
        request: Request<wire::ListMyCreditsRequest>,
    ) -> Result<Response<wire::ListMyCreditsResponse>, Status> {
        let caller = access::caller(&request);
        let listed = credits::rpc::list(&self.context, caller.person()?, request.get_ref()).await?;
        Ok(Response::new(listed))
    }
}

impl CheckIns {
    async fn check_in(
        &self,
        caller: &Caller,
        request: &wire::CheckInRequest,
    ) -> Result<wire::CheckInResponse, Problem> {
        let activity_id = parse_id("activity_id", &request.activity_id)?;
        let mut tx = self.context.db.begin().await?;
        let audience = require_for_activity(&mut tx, caller, MANAGE, activity_id).await?;
        let ticket = self.tickets.read(&request.ticket)?;
        if ticket.activity_id != activity_id {
            // Ours, but for another activity: to this desk it is no ticket.
            return Err(TicketInvalid.into());
        }
        let registration_id = ticket.registration_id;
        let holder = store::holder(&mut tx, registration_id, activity_id).await?;
        caller.not_about(holder.ok_or(TicketInvalid)?)?;
        let keys = &self.context.keys;
        let begun = tx.once(caller, keys, &request.request_id, request).await?;
        let mut tx = match begun {
            Begin::Fresh(tx) => tx,
            Begin::Replayed(first) => return Ok(first),
        };
        // Until this is committed nobody moves the activity: what is recorded now must be true of it.
        let activity = activities::store::hold(&mut tx, activity_id).await?;
        let activity = activity.ok_or(ActivityError::NotFound)?;
        let locked = store::lock(&mut tx, registration_id, activity_id).await?;
        let locked = locked.ok_or(TicketInvalid)?;
        let now = self.context.clock.now();
        let schedule = &activity.content.schedule;
        let outcome = rules::check_in(activity.state, schedule, locked.state, now)?;
        let minutes = credit(activity.content.credit_minutes, schedule);
        if outcome == Outcome::CheckIn {
            store::check_in(&mut tx, registration_id, Uuid::now_v7(), minutes, now).await?;
            tx.publish(&attended(&activity, registration_id, &locked, minutes), now)
                .await?;
        }
        // The name appears on the screen of the desk: no answer without its record.
        let subject = format!("registration:{registration_id}");
        audit::record(&mut tx, caller, METHOD, &subject, "ok", now).await?;
        let registration = registrations::store::registration(&mut tx, registration_id).await?;
        let registration = registration.ok_or(RegistrationError::NotFound)?;
        let response = wire::CheckInResponse {
            registration: Some(registrations::wire::registration(
                keys,
                registration,
                audience,
            )?),
            credited_minutes: match outcome {
                Outcome::CheckIn => minutes,
                Outcome::Repeated => locked.credited_minutes,
            },
            repeated: outcome == Outcome::Repeated,
        };
        tx.commit(&response).await?;
        Ok(response)
    }
}

fn attended(
    activity: &Activity,
    registration_id: Uuid,
    locked: &Locked,
    credited_minutes: i32,
) -> NewEvent {
    let fact = wire::AttendanceRecorded {
        activity_id: activity.activity_id.to_string(),
        organisation_id: activity.organisation_id.to_string(),
        person_id: locked.person_id.to_string(),
        division_code: activity.content.division_code.clone(),
        kind: wire::activity::Kind::from(activity.content.kind).into(),
        credited_minutes,
    };
    NewEvent::of("Registration", registration_id, &fact)
}
