//! Applications on a route of their organisation: how a decision moves the case, and what that makes of the application.

use std::collections::HashMap;

use approvals::{Allowed, By, Case, Deciding, Decision, Refusal, Shown, Standing, store};
use kit::{
    Call,
    access::PersonCaller,
    clock::business_date,
    crypto::Keys,
    db::Tx,
    errors::{Problem, Result},
};
use proto_membership::v1 as wire;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Error, State,
    decision::Decision as StaffDecision,
    rules::{Action, Reviewing, Step},
    store::{records::Record, routes::Followed},
};
use crate::{
    application_routes::{KIND, built_in},
    consents::audience::Audience,
};

/// What comes of a decision: of an application on a route, an entry of its case, and the application may stay in its state.
#[derive(Debug)]
pub(super) struct Taken {
    pub step: Option<Step>,
    pub entry: Option<store::cases::Written>,
}

impl Taken {
    /// Without a route.
    pub(super) const fn plain(step: Step) -> Self {
        Self {
            step: Some(step),
            entry: None,
        }
    }

    /// Whether it admits the applicant.
    pub(super) fn admits(&self) -> bool {
        self.step
            .as_ref()
            .is_some_and(|step| step.after.state == State::Approved)
    }

    /// What the application keeps of its case.
    pub(super) fn followed(&self) -> Option<Followed> {
        let entry = self.entry.as_ref()?;
        Some(Followed {
            application_id: entry.row.case_id,
            route_version: entry.row.route_version,
            step: entry.step,
            since: entry.row.step_since,
            days: entry.step_days,
            // The step of the application counts it already.
            counts: self.step.is_none(),
        })
    }
}

/// The state of an application whose case stands there.
pub(super) fn state_of(case: &Case) -> State {
    match case.standing() {
        None => State::Draft,
        Some(Standing::Waiting) if case.in_last_step() => State::InFinalReview,
        Some(Standing::Waiting) => State::InFirstReview,
        Some(Standing::Returned) => State::Returned,
        Some(Standing::Passed) => State::Approved,
        Some(Standing::Rejected) => State::Rejected,
        Some(Standing::Withdrawn) => State::Withdrawn,
    }
}

/// The cases of those applications that are on a route, and how the reviewer may decide them.
#[derive(Debug)]
pub(super) struct Routed {
    cases: HashMap<Uuid, Case>,
    deciding: Option<Deciding>,
}

impl Routed {
    /// Of applications of one organisation that are locked.
    pub(super) async fn load(
        tx: &mut Tx,
        organisation_id: Uuid,
        records: &[Record],
        reviewer: &PersonCaller,
        now: OffsetDateTime,
    ) -> Result<Self> {
        let ids = ids(records);
        if ids.is_empty() {
            return Ok(Self {
                cases: HashMap::new(),
                deciding: None,
            });
        }
        let today = business_date(now);
        let deciding =
            Deciding::lock(tx, &KIND, organisation_id, reviewer.person_id, today).await?;
        Ok(Self {
            cases: approvals::cases::load(tx, &KIND, &ids).await?,
            deciding: Some(deciding),
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.cases.is_empty()
    }

    pub(super) fn case(&self, application_id: Uuid) -> Option<&Case> {
        self.cases.get(&application_id)
    }

    /// What comes of a decision on this application; `None` if it is on no route.
    pub(super) fn review(
        &mut self,
        keys: &Keys,
        record: &Record,
        decision: &StaffDecision<'_>,
        facts: Reviewing,
    ) -> Option<Result<Taken, Error>> {
        let case = self.cases.get_mut(&record.application_id)?;
        let deciding = self.deciding.as_ref()?;
        Some(review(keys, record, case, deciding, decision, facts))
    }
}

fn review(
    keys: &Keys,
    record: &Record,
    case: &mut Case,
    deciding: &Deciding,
    decision: &StaffDecision<'_>,
    facts: Reviewing,
) -> Result<Taken, Error> {
    if facts.own {
        return Err(Error::OwnApplication);
    }
    let step = named_step(record.state, case, decision)?;
    let wanted = match decision.action {
        Action::PassFirstReview | Action::Approve => Decision::Pass,
        Action::Return => Decision::Return,
        Action::Reject => Decision::Reject,
        Action::Submit | Action::Withdraw => return Err(Error::Route(Refusal::NotYours)),
    };
    // What cannot be read cannot be passed.
    if wanted == Decision::Pass && !facts.consent_stands {
        return Err(Error::ConsentWithdrawn);
    }
    let decider = case.decider(deciding, decision.now);
    let by = By {
        person_id: decision.reviewer.person_id,
        person_number: &decision.reviewer.person_number,
        at: decision.now,
    };
    let entry = case
        .decide(keys, step, wanted, decider, by, decision.reason)
        .map_err(Error::Route)?;
    let to = state_of(case);
    if to == State::Approved && facts.already_member {
        return Err(Error::AlreadyMember);
    }
    let step = (to != record.state).then(|| record.progress().routed(to));
    Ok(Taken {
        step,
        entry: Some(entry),
    })
}

/// The step that a decision is about. The methods without a step decide the first one, the last one, or where it stands.
fn named_step(state: State, case: &Case, decision: &StaffDecision<'_>) -> Result<usize, Error> {
    let here = case.step_number();
    if let Some(step) = decision.step {
        return Ok(step);
    }
    match decision.action {
        Action::PassFirstReview if state == State::InFirstReview && here > 1 => {
            Err(Error::Routed {
                step: here,
                steps: case.steps(),
            })
        }
        Action::PassFirstReview if state != State::InFirstReview => Err(Error::IllegalMove {
            from: state,
            to: State::InFinalReview,
        }),
        Action::Approve if state != State::InFinalReview => Err(Error::IllegalMove {
            from: state,
            to: State::Approved,
        }),
        _ => Ok(here),
    }
}

/// Those of the applications that are on a route.
pub(super) fn ids(records: &[Record]) -> Vec<Uuid> {
    records
        .iter()
        .filter(|record| record.route_version.is_some())
        .map(|record| record.application_id)
        .collect()
}

/// The steps of an application without a route, as they are shown; `None` before it is submitted.
pub(super) fn built_in_case(
    record: &Record,
    audience: Audience,
    now: OffsetDateTime,
) -> Result<Option<proto_approvals::v1::Case>> {
    let since = record.submitted_at.and(record.since);
    let Some(since) = since.filter(|_| record.route_version.is_none()) else {
        return Ok(None);
    };
    let (standing, step) = match record.state {
        State::Draft => return Ok(None),
        State::InFirstReview => (Standing::Waiting, 1),
        State::InFinalReview => (Standing::Waiting, 2),
        State::Returned => (Standing::Returned, 1),
        State::Approved => (Standing::Passed, 2),
        State::Rejected => (Standing::Rejected, 2),
        State::Withdrawn => (Standing::Withdrawn, 1),
    };
    let shown = Shown {
        staff: audience != Audience::Person,
        ..Shown::to_applicant(now)
    };
    let route = built_in(record.review_days.max(1));
    approvals::without_route(&route, standing, step, since, shown).map(Some)
}

/// Puts the cases of those applications that are on a route into what is shown of them.
pub(super) async fn show(
    conn: &mut PgConnection,
    applications: &mut [wire::Application],
    routed: &[Uuid],
    shown: Shown<'_>,
) -> Result<()> {
    let cases = approvals::cases::load(conn, &KIND, routed).await?;
    for application in applications {
        let id = Uuid::try_parse(&application.application_id).map_err(Problem::internal)?;
        if let Some(case) = cases.get(&id) {
            application.case = Some(case.to_wire(shown)?);
        }
    }
    Ok(())
}

/// The same of one application, with each step, and with whether the caller may decide now.
pub(super) async fn show_one<T>(
    conn: &mut PgConnection,
    call: &Call<T>,
    keys: &Keys,
    application: &mut wire::Application,
    routed: Option<(Uuid, Uuid)>,
    audience: Audience,
) -> Result<()> {
    let Some((application_id, organisation_id)) = routed else {
        return Ok(());
    };
    let cases = approvals::cases::load(conn, &KIND, &[application_id]).await?;
    let Some(case) = cases.get(&application_id) else {
        return Ok(());
    };
    let staff = audience != Audience::Person;
    let allowed = if staff {
        let person_id = call.caller.person()?.person_id;
        let today = business_date(call.now);
        let deciding = Deciding::read(conn, &KIND, organisation_id, person_id, today).await?;
        case.allowed(&deciding, call.now)
    } else {
        Allowed::default()
    };
    application.case = Some(case.to_wire(Shown {
        staff,
        allowed,
        // What is written to the applicant is not for those above, as the reason of the decision is not.
        reasons: Some(keys).filter(|_| audience == Audience::Society),
        ..Shown::to_applicant(call.now)
    })?);
    Ok(())
}
