//! The methods of `cast.events.v1.Registrations`, except the one that takes a seat: see `admission/rpc.rs`.

use eventlog::NewEvent;
use kit::{
    access::{Caller, PersonCaller},
    audit,
    db::Begin,
    errors::Problem,
    paging::Page,
    wire::parse_id,
};
use proto::cast::events::v1 as wire;
use uuid::Uuid;

use super::{
    Registration, RegistrationError, rules, store,
    wire::{registration, registrations, state},
};
use crate::{
    Context,
    activities::rpc::{Audience, require_for_activity},
    tickets::{Subject, Tickets},
};

/// What happens to a registration once there is one.
#[derive(Clone, Debug)]
pub struct Registrations {
    /// What it works with.
    pub context: Context,
    /// Makes tickets.
    pub tickets: Tickets,
}

impl Registrations {
    /// The seat is given back.
    pub(crate) async fn cancel(
        &self,
        caller: &Caller,
        request: &wire::CancelRegistrationRequest,
    ) -> Result<wire::Registration, Problem> {
        let person = caller.person()?;
        let registration_id = parse_id("registration_id", &request.registration_id)?;
        let own = self.own(person, registration_id).await?;
        let keys = &self.context.keys;
        let begun = self
            .context
            .db
            .begin_once(caller, keys, &request.request_id, request)
            .await?;
        let mut tx = match begun {
            Begin::Fresh(tx) => tx,
            Begin::Replayed(first) => return Ok(first),
        };
        let locked = store::lock_seats(&mut tx, own.activity_id).await?
            && store::lock(&mut tx, registration_id).await?.is_some();
        let before = store::registration(&mut tx, registration_id).await?;
        let before = before
            .filter(|_| locked)
            .ok_or(RegistrationError::NotFound)?;
        let now = self.context.clock.now();
        rules::cancel(before.state, before.activity_starts_at, now)?;
        store::cancel(&mut tx, registration_id, own.activity_id, now).await?;
        let circumstances = store::circumstances(&mut tx, own.activity_id).await?;
        tx.publish(&released(&before, circumstances), now).await?;
        let after = Registration {
            state: super::State::Cancelled,
            ..before
        };
        let after = registration(keys, after, Audience::Person)?;
        tx.commit(&after).await?;
        Ok(after)
    }

    /// A person's own registrations.
    pub(crate) async fn list_mine(
        &self,
        person: &PersonCaller,
        request: &wire::ListMyRegistrationsRequest,
    ) -> Result<wire::ListMyRegistrationsResponse, Problem> {
        let keys = &self.context.keys;
        let owner = person.person_id.to_string();
        let fingerprint = ["my registrations", &owner];
        let page: Page<Uuid> =
            Page::of(request.page_size, &request.page_token, &fingerprint, keys)?;
        let mut conn = self.context.db.read().await?;
        let rows = store::of_person(&mut conn, person.person_id, page.after, page.limit).await?;
        let (rows, next_page_token) = page.next(rows, |last| last.registration_id);
        let registrations = registrations(keys, rows, Audience::Person)?;
        Ok(wire::ListMyRegistrationsResponse {
            registrations,
            next_page_token,
        })
    }

    /// The ticket of a person's own registration.
    pub(crate) async fn ticket(
        &self,
        person: &PersonCaller,
        request: &wire::GetTicketRequest,
    ) -> Result<wire::Ticket, Problem> {
        let registration_id = parse_id("registration_id", &request.registration_id)?;
        let own = self.own(person, registration_id).await?;
        rules::ticket(own.state)?;
        let token = self.tickets.issue(Subject {
            registration_id,
            activity_id: own.activity_id,
        });
        let registration = registration(&self.context.keys, own, Audience::Person)?;
        Ok(wire::Ticket {
            registration: Some(registration),
            token,
        })
    }

    /// Those who registered for an activity, for its staff.
    pub(crate) async fn list(
        &self,
        caller: &Caller,
        request: &wire::ListRegistrationsRequest,
    ) -> Result<wire::ListRegistrationsResponse, Problem> {
        let activity_id = parse_id("activity_id", &request.activity_id)?;
        let wanted = state("state", request.state)?;
        let fingerprint = [
            "registrations",
            &request.activity_id,
            &request.state.to_string(),
        ];
        let keys = &self.context.keys;
        let page: Page<i64> = Page::of(request.page_size, &request.page_token, &fingerprint, keys)?;
        let mut tx = self.context.db.begin().await?;
        let audience =
            require_for_activity(&mut tx, caller, "registrations.read", activity_id).await?;
        let after = page.after.unwrap_or(0);
        let rows = store::of_activity(&mut tx, activity_id, wanted, after, page.limit).await?;
        // Names are disclosed: no page without its record.
        audit::record(
            &mut tx,
            caller,
            "cast.events.v1.Registrations/ListRegistrations",
            &format!("activity:{activity_id}"),
            "ok",
            self.context.clock.now(),
        )
        .await?;
        tx.commit().await?;
        let (rows, next_page_token) = page.next(rows, |last| last.ordinal);
        let registrations = registrations(keys, rows, audience)?;
        Ok(wire::ListRegistrationsResponse {
            registrations,
            next_page_token,
        })
    }

    /// A registration of this person. Somebody else's does not exist for them.
    async fn own(
        &self,
        person: &PersonCaller,
        registration_id: Uuid,
    ) -> Result<Registration, Problem> {
        let mut conn = self.context.db.read().await?;
        let found = store::registration(&mut conn, registration_id).await?;
        let own = found.filter(|found| found.person_id == person.person_id);
        Ok(own.ok_or(RegistrationError::NotFound)?)
    }
}

fn released(registration: &Registration, circumstances: store::Circumstances) -> NewEvent {
    let fact = wire::SeatReleased {
        activity_id: registration.activity_id.to_string(),
        organisation_id: circumstances.organisation_id.to_string(),
        person_id: registration.person_id.to_string(),
        division_code: circumstances.division_code,
        kind: wire::activity::Kind::from(circumstances.kind).into(),
    };
    NewEvent::of("Registration", registration.registration_id, &fact)
}
