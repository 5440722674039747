//! What happens to a membership: staff suspend and reinstate, the member resigns.

use eventlog::NewEvent;
use kit::{
    access::Caller,
    audit,
    db::Begin,
    errors::Problem,
    wire::{expect_version, parse_id},
};
use proto::{cast::membership::v1 as wire, reasons};

use super::{
    Error, Ground, Memberships, State,
    read::to_wire,
    store::{self, Record, Step},
};
use crate::{consents::audience::Audience, sealed};

pub(super) const MANAGE: &str = "members.manage";

/// A change of state that somebody asks for.
#[derive(Clone, Copy)]
pub(super) struct Change<'a> {
    pub method: &'static str,
    pub membership_id: &'a str,
    /// Empty to act on whatever stands there.
    pub etag: &'a str,
    pub reason: Option<&'a str>,
    /// What sort of reason, if that was said.
    pub ground: Option<Ground>,
    pub request_id: &'a str,
    /// What staff need to hold; `None` if only the member can do it.
    pub permission: Option<&'static str>,
    pub rule: fn(State) -> Result<State, Error>,
}

fn not_found() -> Problem {
    Problem::of(&reasons::NOT_FOUND)
}

impl Memberships {
    pub(super) async fn change<M: prost::Message + prost::Name>(
        &self,
        caller: &Caller,
        change: Change<'_>,
        request: &M,
    ) -> Result<wire::Membership, Problem> {
        let id = parse_id("membership_id", change.membership_id)?;
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        // Whoever may not see it does not learn whether it exists.
        let (organisation_id, person_id) = store::belongs_to(&mut tx, id)
            .await?
            .ok_or_else(not_found)?;
        let audience = match change.permission {
            Some(permission) => {
                let held = caller.held(&mut tx, permission, organisation_id).await?;
                let reach = held.ok_or_else(not_found)?;
                caller.not_about(person_id)?;
                reach.into()
            }
            None if caller.person()?.person_id == person_id => Audience::Person,
            None => return Err(not_found()),
        };
        let mut tx = match tx
            .once(caller, &self.keys, change.request_id, request)
            .await?
        {
            Begin::Fresh(tx) => tx,
            Begin::Replayed(answer) => return Ok(answer),
        };
        let mut record = store::lock(&mut tx, id).await?.ok_or_else(not_found)?;
        expect_version(change.etag, record.version)?;
        let (from, to) = (record.state, (change.rule)(record.state)?);
        let reason_sealed = change
            .reason
            .map(|reason| sealed::seal_reason(&self.keys, id, reason));
        let step = Step {
            membership_id: id,
            from,
            to,
            side: if change.permission.is_some() {
                "staff"
            } else {
                "member"
            },
            actor: &caller.actor(),
            reason_sealed: reason_sealed.as_deref(),
            ground: change.ground,
        };
        record.version = store::take_step(&mut tx, &step, now).await?;
        record.state = to;
        let action = format!("cast.membership.v1.Memberships/{}", change.method);
        audit::record(
            &mut tx,
            caller,
            &action,
            &format!("membership:{id}"),
            "ok",
            now,
        )
        .await?;
        tx.publish(&moved(&record, from), now).await?;
        let answer = to_wire(record, &self.keys, audience)?;
        tx.commit(&answer).await?;
        Ok(answer)
    }
}

fn moved(record: &Record, from: State) -> NewEvent {
    let fact = wire::MembershipMoved {
        organisation_id: record.organisation_id.to_string(),
        person_id: record.person_id.to_string(),
        category: record.category.to_wire(),
        division_code: record.division_code.clone(),
        from_state: from.to_wire(),
        to_state: record.state.to_wire(),
    };
    NewEvent::of("Membership", record.membership_id, &fact)
}
