//! What happens to a membership: staff suspend and reinstate, the member resigns.

use eventlog::NewEvent;
use kit::{
    Call,
    errors::{Problem, Result},
    wire::{expect_version, parse_id},
};
use proto_membership::{reasons, v1 as wire};

use super::{
    Error, Ground, Memberships, State,
    read::to_wire,
    store::{self, Record, Step},
};
use crate::{consents::audience::Audience, sealed};

/// Who changes a membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The member.
    Member,
    /// Staff with the permission that the method asks for.
    Staff,
}

impl Side {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Staff => "staff",
        }
    }
}

/// A change of state that is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change<'a> {
    pub membership_id: &'a str,
    /// Empty to act on whatever is there.
    pub etag: &'a str,
    pub reason: Option<&'a str>,
    /// What sort of reason, if that was said.
    pub ground: Option<Ground>,
    pub side: Side,
    pub rule: fn(State) -> Result<State, Error>,
}

impl Memberships {
    pub(super) async fn change(
        &self,
        call: &Call<()>,
        change: Change<'_>,
    ) -> Result<wire::Membership> {
        let not_found = || Problem::of(&reasons::NOT_FOUND);
        let id = parse_id("membership_id", change.membership_id)?;
        let mut tx = call.begin(&self.db).await?;
        // A caller who may not see it does not learn whether it exists.
        let (organisation_id, person_id) = store::belongs_to(&mut tx, id)
            .await?
            .ok_or_else(not_found)?;
        let audience = match change.side {
            Side::Staff => {
                let reach = tx.held_on(organisation_id).await?.ok_or_else(not_found)?;
                call.caller.not_about(person_id)?;
                reach.into()
            }
            Side::Member if call.caller.person()?.person_id == person_id => Audience::Person,
            Side::Member => return Err(not_found()),
        };
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        let mut record = store::lock(&mut tx, id).await?.ok_or_else(not_found)?;
        expect_version(change.etag, record.version)?;
        let (from, to) = (record.state, (change.rule)(record.state)?);
        let reason_sealed = change
            .reason
            .map(|reason| sealed::REASON.seal(&self.keys, id, reason));
        let step = Step {
            membership_id: id,
            from,
            to,
            side: change.side.as_str(),
            actor: &call.caller.actor(),
            reason_sealed: reason_sealed.as_deref(),
            ground: change.ground,
        };
        record.version = store::write_step(&mut tx, &step, call.now).await?;
        record.state = to;
        tx.audit(&format!("membership:{id}")).await?;
        tx.publish(&moved(&record, from), call.now).await?;
        tx.commit(to_wire(record, &self.keys, audience)?).await
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
