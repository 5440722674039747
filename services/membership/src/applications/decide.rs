//! Carrying out one decision of staff on any number of applications of one organisation: the rules say which may take it,
//! and all that may are written together. The number of statements does not depend on how many there are.

use approvals::Everyone;
use eventlog::NewEvent;
use kit::{clock::business_date, crypto::Keys, db::Tx, errors::Problem};
use proto_membership::v1 as wire;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Error,
    decision::Decision,
    notices,
    routed::{Routed, Taken},
    rules::{Action, Reviewing, Step},
    store::{self, Actor, NewStep, records::Record, routes},
};
use crate::{
    application_routes::KIND,
    memberships::{self, store::Admission},
    numbers, sealed,
};

/// An application after the decision, and why it could not be taken if it could not.
pub(super) type Outcome = (Record, Result<(), Error>);

/// Takes the decision on applications of one organisation that are locked and were read under the lock. Those that cannot take it
/// do not keep the others from it.
pub(super) async fn carry_out(
    tx: &mut Tx,
    keys: &Keys,
    organisation_id: Uuid,
    records: Vec<Record>,
    decision: Decision<'_>,
) -> Result<Vec<Outcome>, Problem> {
    let people: Vec<Uuid> = records.iter().map(|record| record.person_id).collect();
    let own = decision.reviewer.own_among(&people);
    let mut routed = Routed::load(
        tx,
        organisation_id,
        &records,
        decision.reviewer,
        decision.now,
    )
    .await?;
    let admits = match decision.action {
        Action::Approve => true,
        Action::PassFirstReview => !routed.is_empty(),
        _ => false,
    };
    let members = match admits {
        true => memberships::store::members_among(tx, organisation_id, &people).await?,
        false => Vec::new(),
    };
    let mut steps: Vec<Result<Taken, Error>> = records
        .iter()
        .map(|record| {
            let facts = Reviewing {
                reviewer: decision.reviewer.person_id,
                own: own == Some(record.person_id),
                consent_stands: record.consent_stands,
                already_member: members.contains(&record.person_id),
            };
            let on_route = routed.review(keys, record, &decision, facts);
            on_route.unwrap_or_else(|| {
                let step = record.progress().review(decision.action, facts);
                step.map(Taken::plain)
            })
        })
        .collect();
    let admissions = admit(
        tx,
        keys,
        organisation_id,
        &records,
        &mut steps,
        decision.now,
    )
    .await?;
    let written: Vec<NewStep> = records
        .iter()
        .zip(&steps)
        .filter_map(|(record, taken)| Some((record, taken.as_ref().ok()?.step.as_ref()?)))
        .map(|(record, step)| NewStep {
            application_id: record.application_id,
            step: step.clone(),
            reason_sealed: decision
                .reason
                .map(|r| sealed::REASON.seal(keys, record.application_id, r)),
        })
        .collect();
    if steps.iter().all(Result::is_err) {
        return Ok(records
            .into_iter()
            .zip(steps.into_iter().map(|step| step.map(drop)))
            .collect());
    }
    let reviewer = decision.reviewer;
    let actor = Actor {
        side: "staff",
        person_id: reviewer.person_id,
        person_number: &reviewer.person_number,
    };
    let taken = || steps.iter().filter_map(|step| step.as_ref().ok());
    let followed: Vec<routes::Followed> = taken().filter_map(Taken::followed).collect();
    if !followed.is_empty() {
        let entries: Vec<_> = taken().filter_map(|taken| taken.entry.clone()).collect();
        approvals::store::cases::write(tx, KIND.name, &entries).await?;
        routes::follow(tx, &followed).await?;
    }
    if !written.is_empty() {
        store::write_steps(tx, &written, &actor, decision.now).await?;
    }
    memberships::store::admit(tx, &admissions, decision.now).await?;
    let suspended = memberships::past::carry_suspensions(
        tx,
        keys,
        organisation_id,
        &admissions,
        reviewer,
        decision.now,
    )
    .await?;

    let (mut outcomes, mut events) = (Vec::with_capacity(records.len()), Vec::new());
    let (mut written, mut admissions) = (written.into_iter(), admissions.into_iter());
    for (mut record, step) in records.into_iter().zip(steps) {
        let outcome = step.map(|taken| {
            record.version += 1;
            if let Some(followed) = taken.followed() {
                record.review_days = followed.days;
                record.since = Some(followed.since);
            }
            let admits = taken.admits();
            let Some(step) = taken.step else {
                return;
            };
            let written = written.next();
            record.state = step.after.state;
            record.since = Some(decision.now);
            record.first_reviewer_id = step.after.first_reviewer;
            record.decided_at = step.after.state.is_decided().then_some(decision.now);
            record.reason_sealed = written.and_then(|step| step.reason_sealed);
            events.push(moved(&record, &step));
            if let Some(admission) = admits.then(|| admissions.next()).flatten() {
                events.push(activated(&admission));
                record.membership_id = Some(admission.membership_id);
            }
        });
        outcomes.push((record, outcome));
    }
    events.extend(suspended);
    let taken = outcomes.iter().filter(|(_, outcome)| outcome.is_ok());
    let taken: Vec<&Record> = taken.map(|(record, _)| record).collect();
    let (on_route, plain): (Vec<&Record>, Vec<&Record>) = taken
        .into_iter()
        .partition(|record| record.route_version.is_some());
    let mut notices = notices::decided(&plain, decision.action, reviewer.person_id);
    let begins = |record: &&Record| {
        let case = routed.case(record.application_id);
        case.is_some_and(approvals::Case::begins_step)
    };
    let everyone = match on_route.iter().any(begins) {
        true => {
            let today = business_date(decision.now);
            Some(Everyone::read(tx, &KIND, organisation_id, today).await?)
        }
        false => None,
    };
    let person_id = reviewer.person_id;
    notices.extend(notices::on_route(
        everyone.as_ref(),
        &on_route,
        &routed,
        person_id,
    ));
    events.extend(notices.iter().map(|notice| notice.event(decision.now)));
    tx.publish_all(&events, decision.now).await?;
    Ok(outcomes)
}

/// Numbers those who may be approved, in order. Those for whom no number is left are refused.
async fn admit(
    tx: &mut Tx,
    keys: &Keys,
    organisation_id: Uuid,
    records: &[Record],
    steps: &mut [Result<Taken, Error>],
    now: OffsetDateTime,
) -> Result<Vec<Admission>, Problem> {
    let wanted = steps.iter().filter(|step| admits(step)).count();
    if wanted == 0 {
        return Ok(Vec::new());
    }
    let wanted = i32::try_from(wanted).map_err(Problem::internal)?;
    let allocated = numbers::store::allocate(tx, organisation_id, wanted).await?;
    let mut serials = allocated.first..allocated.first + allocated.count;
    let mut admissions = Vec::with_capacity(serials.len());
    for (record, step) in records.iter().zip(steps.iter_mut()) {
        if !admits(step) {
            continue;
        }
        let Some(serial) = serials.next() else {
            *step = Err(Error::NumbersExhausted);
            continue;
        };
        let submitted = (
            record.name_sealed.clone(),
            record.division_code.clone(),
            record.consent_id,
        );
        let (Some(name_sealed), Some(division_code), Some(consent_id)) = submitted else {
            // The table's own checks forbid it.
            return Err(Problem::internal(anyhow::anyhow!(
                "an application in final review lacks what was submitted"
            )));
        };
        let name = sealed::NAME.open(keys, record.person_id, &name_sealed)?;
        admissions.push(Admission {
            membership_id: kit::chance::id(now),
            organisation_id,
            person_id: record.person_id,
            person_number: record.person_number.clone(),
            application_id: record.application_id,
            member_number: numbers::rules::number(&allocated.prefix, serial, record.category),
            category: record.category,
            division_code,
            consent_id,
            name_hash: sealed::name_hash(keys, organisation_id, &name),
            name_sealed,
            joined_on: business_date(now),
        });
    }
    Ok(admissions)
}

fn admits(taken: &Result<Taken, Error>) -> bool {
    taken.as_ref().is_ok_and(Taken::admits)
}

/// The event that an application entered a state.
pub(super) fn moved(record: &Record, step: &Step) -> NewEvent {
    let fact = wire::ApplicationMoved {
        organisation_id: record.organisation_id.to_string(),
        person_id: record.person_id.to_string(),
        division_code: record.division_code.clone().unwrap_or_default(),
        category: record.category.to_wire(),
        from_state: step.from.to_wire(),
        to_state: step.after.state.to_wire(),
        first_time: step.first_time,
    };
    NewEvent::of("Application", record.application_id, &fact)
}

fn activated(admission: &Admission) -> NewEvent {
    let fact = wire::MembershipActivated {
        organisation_id: admission.organisation_id.to_string(),
        person_id: admission.person_id.to_string(),
        application_id: admission.application_id.to_string(),
        member_number: admission.member_number.clone(),
        category: admission.category.to_wire(),
        division_code: admission.division_code.clone(),
    };
    NewEvent::of("Membership", admission.membership_id, &fact)
}
