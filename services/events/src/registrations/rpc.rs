//! The methods of `cast.events.v1.Registrations`, except the one that takes a seat: see `admission/rpc.rs`.

use eventlog::NewEvent;
use form_versions::filter::Wanted;
use kit::{
    Call,
    access::PersonCaller,
    crypto::Keys,
    db::Db,
    errors::{Problem, Result},
    wire::parse_id,
};
use proto_events::{reasons, v1 as wire};
use uuid::Uuid;

use super::{
    Registration, RegistrationError, State, rules, store,
    wire::{registration, registrations, state},
};
use crate::{
    activities::rpc::{Audience, require_for_activity},
    registration_files::FILES,
    tickets::{Subject, Tickets},
};

/// The methods of existing registrations.
#[derive(Clone, Debug)]
pub struct Registrations {
    /// The database.
    pub db: Db,
    /// Opens names.
    pub keys: Keys,
    /// Issues tickets.
    pub tickets: Tickets,
}

impl Registrations {
    /// Cancels a person's own registration and gives the seat back.
    pub(crate) async fn cancel(
        &self,
        call: Call<wire::CancelRegistrationRequest>,
    ) -> Result<wire::Registration> {
        let registration_id = parse_id("registration_id", &call.message.registration_id)?;
        let own = self.own(call.caller.person()?, registration_id).await?;
        let mut tx = call.begin(&self.db).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        let locked = store::lock_seats(&mut tx, own.activity_id).await?
            && store::lock(&mut tx, registration_id).await?.is_some();
        let before = store::registration(&mut tx, registration_id).await?;
        let before = before
            .filter(|_| locked)
            .ok_or(RegistrationError::NotFound)?;
        rules::cancel(before.state, before.activity_starts_at, call.now)?;
        store::cancel(&mut tx, registration_id, own.activity_id, call.now).await?;
        if before.form_version.is_some() {
            FILES.give_up(&mut tx, registration_id, call.now).await?;
        }
        let details = store::activity_details(&mut tx, own.activity_id).await?;
        tx.publish(&released(&before, details), call.now).await?;
        let after = Registration {
            state: State::Cancelled,
            ..before
        };
        let answer = registration(&self.keys, after, Audience::Person)?;
        tx.commit(answer).await
    }

    /// A person's own registrations.
    pub(crate) async fn list_mine(
        &self,
        call: Call<wire::ListMyRegistrationsRequest>,
    ) -> Result<wire::ListMyRegistrationsResponse> {
        let person_id = call.caller.person()?.person_id;
        let page = call.page::<Uuid>()?;
        let mut conn = self.db.read().await?;
        let rows = store::of_person(&mut conn, person_id, page.after, page.limit).await?;
        let (rows, next_page_token) = page.next(rows, |last| last.registration_id);
        Ok(wire::ListMyRegistrationsResponse {
            registrations: registrations(&self.keys, rows, Audience::Person)?,
            next_page_token,
        })
    }

    /// The ticket of a person's own registration.
    pub(crate) async fn ticket(&self, call: Call<wire::GetTicketRequest>) -> Result<wire::Ticket> {
        let registration_id = parse_id("registration_id", &call.message.registration_id)?;
        let own = self.own(call.caller.person()?, registration_id).await?;
        rules::ticket(own.state)?;
        let token = self.tickets.issue(Subject {
            registration_id,
            activity_id: own.activity_id,
        })?;
        let registration = registration(&self.keys, own, Audience::Person)?;
        Ok(wire::Ticket {
            registration: Some(registration),
            token,
        })
    }

    /// The registrations of an activity, for its staff.
    pub(crate) async fn list(
        &self,
        call: Call<wire::ListRegistrationsRequest>,
    ) -> Result<wire::ListRegistrationsResponse> {
        let activity_id = parse_id("activity_id", &call.message.activity_id)?;
        let wanted = state("state", call.message.state)?;
        let page = call.page::<i64>()?;
        let mut tx = call.begin(&self.db).await?;
        let audience = require_for_activity(&call, &mut tx, activity_id).await?;
        let after = page.after.unwrap_or(0);
        let answered = Wanted::of(&call.message.answers);
        if audience == Audience::Above && !answered.is_empty() {
            // Who may not see answers does not find out by a filter what they are.
            return Err(Problem::of(&reasons::PERMISSION_DENIED));
        }
        let limit = page.limit;
        let rows =
            store::of_activity_who_answered(&mut tx, activity_id, wanted, &answered, after, limit)
                .await?;
        // Names are disclosed, so every page has an audit record.
        tx.audit(&format!("activity:{activity_id}")).await?;
        let (rows, next_page_token) = page.next(rows, |last| last.ordinal);
        tx.commit(wire::ListRegistrationsResponse {
            registrations: registrations(&self.keys, rows, audience)?,
            next_page_token,
        })
        .await
    }

    /// A registration of this person. `NOT_FOUND` for another person's.
    async fn own(&self, person: &PersonCaller, registration_id: Uuid) -> Result<Registration> {
        let mut conn = self.db.read().await?;
        let found = store::registration(&mut conn, registration_id).await?;
        let own = found.filter(|found| found.person_id == person.person_id);
        Ok(own.ok_or(RegistrationError::NotFound)?)
    }
}

fn released(registration: &Registration, details: store::ActivityDetails) -> NewEvent {
    let event = wire::SeatReleased {
        activity_id: registration.activity_id.to_string(),
        organisation_id: details.organisation_id.to_string(),
        person_id: registration.person_id.to_string(),
        division_code: details.division_code,
        kind: wire::activity::Kind::from(details.kind).into(),
    };
    NewEvent::of("Registration", registration.registration_id, &event)
}
