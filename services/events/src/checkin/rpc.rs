//! The methods of `cast.events.v1.CheckIns`.

use eventlog::NewEvent;
use kit::{Call, crypto::Keys, db::Db, errors::Result, wire::parse_id};
use proto_events::v1 as wire;
use uuid::Uuid;

use super::{
    rules::{self, Outcome},
    store::{self, Locked},
};
use crate::{
    activities::{self, Activity, ActivityError, rpc::require_for_activity},
    contract, credits,
    registrations::{self, RegistrationError},
    schedule::rules::credit,
    tickets::{TicketInvalid, Tickets},
};

/// Serves `cast.events.v1.CheckIns`.
#[derive(Clone, Debug)]
pub struct CheckIns {
    /// The database.
    pub db: Db,
    /// Opens names.
    pub keys: Keys,
    /// Verifies tickets.
    pub tickets: Tickets,
}

impl contract::CheckIns for CheckIns {
    async fn check_in(&self, call: Call<wire::CheckInRequest>) -> Result<wire::CheckInResponse> {
        let activity_id = parse_id("activity_id", &call.message.activity_id)?;
        let mut tx = call.begin(&self.db).await?;
        let audience = require_for_activity(&call, &mut tx, activity_id).await?;
        let ticket = self.tickets.read(&call.message.ticket)?;
        if ticket.activity_id != activity_id {
            // A valid ticket for another activity.
            return Err(TicketInvalid.into());
        }
        let registration_id = ticket.registration_id;
        let holder = store::holder(&mut tx, registration_id, activity_id).await?;
        call.caller.not_about(holder.ok_or(TicketInvalid)?)?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        // The activity cannot be changed until this transaction ends, so the check-in lies within its window.
        let activity = activities::store::hold(&mut tx, activity_id).await?;
        let activity = activity.ok_or(ActivityError::NotFound)?;
        let locked = store::lock(&mut tx, registration_id, activity_id).await?;
        let locked = locked.ok_or(TicketInvalid)?;
        let now = call.now;
        let schedule = &activity.content.schedule;
        let outcome = rules::check_in(activity.state, schedule, locked.state, now)?;
        let minutes = credit(activity.content.credit_minutes, schedule);
        if outcome == Outcome::CheckIn {
            store::check_in(&mut tx, registration_id, kit::chance::id(now), minutes, now).await?;
            tx.publish(&attended(&activity, registration_id, &locked, minutes), now)
                .await?;
        }
        // The name is disclosed to staff, so every answer has an audit record.
        tx.audit(&format!("registration:{registration_id}")).await?;
        let registration = registrations::store::registration(&mut tx, registration_id).await?;
        let registration = registration.ok_or(RegistrationError::NotFound)?;
        let registration = registrations::wire::registration(&self.keys, registration, audience)?;
        tx.commit(wire::CheckInResponse {
            registration: Some(registration),
            credited_minutes: match outcome {
                Outcome::CheckIn => minutes,
                Outcome::Repeated => locked.credited_minutes,
            },
            repeated: outcome == Outcome::Repeated,
        })
        .await
    }

    async fn list_my_credits(
        &self,
        call: Call<wire::ListMyCreditsRequest>,
    ) -> Result<wire::ListMyCreditsResponse> {
        credits::rpc::list(&self.db, &call).await
    }
}

fn attended(
    activity: &Activity,
    registration_id: Uuid,
    locked: &Locked,
    credited_minutes: i32,
) -> NewEvent {
    let event = wire::AttendanceRecorded {
        activity_id: activity.activity_id.to_string(),
        organisation_id: activity.organisation_id.to_string(),
        person_id: locked.person_id.to_string(),
        division_code: activity.content.division_code.clone(),
        kind: wire::activity::Kind::from(activity.content.kind).into(),
        credited_minutes,
    };
    NewEvent::of("Registration", registration_id, &event)
}
