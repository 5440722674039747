//! Earlier memberships of people in an organisation: shown where a new application is decided, and carried into the membership that comes
//! of it. Leaving does not lift a suspension.

use eventlog::NewEvent;
use kit::{
    access::PersonCaller, clock::business_date, crypto::Keys, db::Tx, errors::Problem, wire::date,
};
use proto_membership::v1 as wire;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Ground, State,
    store::{self, Admission, Past, Step},
};
use crate::{consents::audience::Audience, sealed};

/// Memberships shown with an application at most.
const SHOWN: usize = 20;

/// What the applicant was in the organisation that decides, apart from what came of this application; nothing for the applicant.
pub(crate) async fn earlier(
    conn: &mut PgConnection,
    keys: &Keys,
    organisation_id: Uuid,
    person_id: Uuid,
    application_id: Uuid,
    audience: Audience,
) -> Result<Vec<wire::EarlierMembership>, Problem> {
    if audience == Audience::Person {
        return Ok(Vec::new());
    }
    store::past(conn, organisation_id, &[person_id])
        .await?
        .into_iter()
        .filter(|past| past.application_id != application_id)
        .take(SHOWN)
        .map(|past| to_wire(past, keys, audience))
        .collect()
}

fn to_wire(
    past: Past,
    keys: &Keys,
    audience: Audience,
) -> Result<wire::EarlierMembership, Problem> {
    let day = |moment: Option<OffsetDateTime>| moment.map(business_date).map(date);
    let reason = past
        .reason_sealed
        .filter(|_| audience == Audience::Society)
        .map(|reason| sealed::REASON.open(keys, past.membership_id, &reason));
    Ok(wire::EarlierMembership {
        membership_id: past.membership_id.to_string(),
        member_number: past.member_number,
        state: past.state.to_wire(),
        ended_suspended: past.ended_suspended,
        suspension_ground: past.ground.map_or(0, Ground::to_wire),
        joined_on: date(past.joined_on),
        last_suspended_on: day(past.suspended_at).unwrap_or_default(),
        ended_on: day(past.ended_at).unwrap_or_default(),
        suspension_reason: reason.transpose()?.unwrap_or_default(),
    })
}

/// Suspends those just admitted whose last membership in this organisation ended while it was suspended, for the same reason.
/// Returns the events, to be published behind those of the admissions.
pub(crate) async fn carry_suspensions(
    tx: &mut Tx,
    keys: &Keys,
    organisation_id: Uuid,
    admissions: &[Admission],
    decider: &PersonCaller,
    now: OffsetDateTime,
) -> Result<Vec<NewEvent>, Problem> {
    let people: Vec<Uuid> = admissions.iter().map(|a| a.person_id).collect();
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let past = store::past(tx, organisation_id, &people).await?;
    let actor = format!("person:{}", decider.person_id);
    let mut events = Vec::new();
    for admission in admissions {
        let mut of_person = past.iter().filter(|past| {
            past.person_id == admission.person_id && past.membership_id != admission.membership_id
        });
        // The newest decides: a person who was reinstated since is not suspended again.
        let Some(last) = of_person.next().filter(|last| last.ended_suspended) else {
            continue;
        };
        let id = admission.membership_id;
        let reason = match &last.reason_sealed {
            Some(reason) => Some(sealed::REASON.open(keys, last.membership_id, reason)?),
            None => None,
        };
        let reason_sealed = reason.map(|reason| sealed::REASON.seal(keys, id, &reason));
        let step = Step {
            membership_id: id,
            from: State::Active,
            to: State::Suspended,
            side: "staff",
            actor: &actor,
            reason_sealed: reason_sealed.as_deref(),
            ground: last.ground,
        };
        store::write_step(tx, &step, now).await?;
        let fact = wire::MembershipMoved {
            organisation_id: organisation_id.to_string(),
            person_id: admission.person_id.to_string(),
            category: admission.category.to_wire(),
            division_code: admission.division_code.clone(),
            from_state: State::Active.to_wire(),
            to_state: State::Suspended.to_wire(),
        };
        events.push(NewEvent::of("Membership", id, &fact));
    }
    Ok(events)
}
