//! A case: what is stored of it, and the state that follows.

use std::collections::HashMap;

use kit::{
    clock::business_date,
    crypto::Keys,
    errors::{Problem, Result},
    sealed::SealedColumn,
};
use proto_approvals::reasons;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;
use workdays::Calendar;

use crate::{
    people::{Deciding, Everyone, Kind},
    route::{Route, Step},
    rules::{self, Allowed, Decider, Entry, Refusal, State},
    store::{
        self,
        cases::{Line, Row, Written},
    },
    words::{Decision, Standing},
};

/// Why something was returned or refused, bound to the case.
pub(crate) const REASON: SealedColumn = SealedColumn::new("approvals.reason");

/// Something on its way along a route.
#[derive(Clone, Debug)]
pub struct Case {
    pub(crate) row: Row,
    pub(crate) route: Route,
    pub(crate) state: State,
    pub(crate) lines: Vec<Line>,
}

/// The person who does something, and when.
#[derive(Clone, Copy, Debug)]
pub struct By<'a> {
    /// Who.
    pub person_id: Uuid,
    /// The public number.
    pub person_number: &'a str,
    /// When.
    pub at: OffsetDateTime,
}

/// A route of an organisation that is published now, if it has one with steps.
pub async fn route(
    conn: &mut PgConnection,
    kind: &Kind,
    organisation_id: Uuid,
) -> Result<Option<(i32, Route)>> {
    let version = store::routes::current(conn, kind.name, organisation_id).await?;
    let Some(version) = version else {
        return Ok(None);
    };
    let route = Route::read(&version.definition).map_err(Problem::internal)?;
    Ok((!route.is_empty()).then_some((version.number, route)))
}

/// Cases with these ids. What they are about is locked, where they are to be changed.
pub async fn load(
    conn: &mut PgConnection,
    kind: &Kind,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Case>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = store::cases::get(conn, kind.name, ids).await?;
    let wanted: Vec<(Uuid, i32)> = rows
        .iter()
        .map(|row| (row.organisation_id, row.route_version))
        .collect();
    let mut routes = HashMap::new();
    for (organisation_id, number, definition) in
        store::routes::definitions(conn, kind.name, &wanted).await?
    {
        let route = Route::read(&definition).map_err(Problem::internal)?;
        routes.insert((organisation_id, number), route);
    }
    let mut histories: HashMap<Uuid, Vec<Line>> = HashMap::new();
    for line in store::cases::entries(conn, ids).await? {
        histories.entry(line.case_id).or_default().push(line);
    }
    let case = |row: Row| {
        let route = routes.get(&(row.organisation_id, row.route_version));
        let route = route.cloned().ok_or_else(|| {
            Problem::internal(anyhow::anyhow!(
                "the route of case {} is not stored",
                row.case_id
            ))
        })?;
        let lines = histories.remove(&row.case_id).unwrap_or_default();
        let history: Vec<Entry> = lines.iter().map(entry).collect();
        let state = rules::fold(&route, &row.handed_in, &history);
        Ok((
            row.case_id,
            Case {
                row,
                route,
                state,
                lines,
            },
        ))
    };
    rows.into_iter().map(case).collect()
}

/// The steps in which cases are overdue, each once, with their organisations. `limits`: for each number of working days the moment before
/// which a step of so many began that is over.
pub async fn overdue(
    conn: &mut PgConnection,
    kind: &Kind,
    limits: &[(i16, OffsetDateTime)],
) -> Result<Vec<(Uuid, Step)>> {
    let found = store::cases::overdue(conn, kind.name, limits).await?;
    let wanted: Vec<(Uuid, i32)> = found
        .iter()
        .map(|(of, version, _)| (*of, *version))
        .collect();
    let mut routes = HashMap::new();
    for (organisation_id, number, definition) in
        store::routes::definitions(conn, kind.name, &wanted).await?
    {
        let route = Route::read(&definition).map_err(Problem::internal)?;
        routes.insert((organisation_id, number), route);
    }
    let step = |(of, version, step): (Uuid, i32, i16)| {
        let route = routes.get(&(of, version))?;
        let step = route.step(usize::try_from(step).ok()?)?;
        Some((of, step.clone()))
    };
    Ok(found.into_iter().filter_map(step).collect())
}

fn entry(line: &Line) -> Entry {
    Entry {
        what: line.what,
        step: usize::try_from(line.step).unwrap_or_default(),
        person: line.person_id,
        seat: line.seat_id,
        escalated: line.escalated,
    }
}

impl Case {
    /// One that is to be handed in: `case_id` is the id of what is decided.
    pub fn new(
        case_id: Uuid,
        organisation_id: Uuid,
        (route_version, route): (i32, Route),
        now: OffsetDateTime,
    ) -> Self {
        Self {
            row: Row {
                case_id,
                organisation_id,
                route_version,
                handed_in: Vec::new(),
                step_since: now,
                entries: 0,
            },
            state: rules::fold(&route, &[], &[]),
            route,
            lines: Vec::new(),
        }
    }

    /// The version of the route that it keeps.
    pub fn route_version(&self) -> i32 {
        self.row.route_version
    }

    /// Where it stands.
    pub fn standing(&self) -> Option<Standing> {
        self.state.standing
    }

    /// Whether it can be handed in again.
    pub fn may_come_again(&self) -> bool {
        matches!(
            self.standing(),
            Some(Standing::Returned | Standing::Withdrawn)
        )
    }

    /// The number of the step in which it waits, or waited last: 1, 2, 3 …
    pub fn step_number(&self) -> usize {
        self.state.step
    }

    /// Whether that is the last one.
    pub fn in_last_step(&self) -> bool {
        self.state.step >= self.route.steps.len()
    }

    /// How many steps there are.
    pub fn steps(&self) -> usize {
        self.route.steps.len()
    }

    /// Whether its latest entry has brought it into the step in which it waits.
    pub fn begins_step(&self) -> bool {
        self.standing() == Some(Standing::Waiting)
            && !self
                .state
                .decisions
                .iter()
                .any(|entry| entry.step == self.state.step)
    }

    /// That step.
    pub fn step(&self) -> Option<&Step> {
        self.route.step(self.state.step)
    }

    /// Since when it has been there.
    pub fn since(&self) -> OffsetDateTime {
        self.row.step_since
    }

    /// The working days for the step.
    pub fn days(&self) -> i16 {
        self.step().map_or(1, |step| step.days)
    }

    /// Those who handed it in.
    pub fn handed_in(&self) -> &[Uuid] {
        &self.state.handed_in
    }

    /// The one who handed it in last.
    pub fn submitter(&self) -> Option<Uuid> {
        let submitted = |line: &&Line| line.what == crate::words::What::Submitted;
        self.lines
            .iter()
            .rev()
            .find(submitted)
            .map(|line| line.person_id)
    }

    /// Whether it has waited longer than its step has; false where the calendar does not say.
    pub fn overdue(&self, now: OffsetDateTime) -> bool {
        let days = u16::try_from(self.days()).unwrap_or(1);
        let due = Calendar::china().deadline(business_date(self.since()), days);
        self.standing() == Some(Standing::Waiting)
            && due.is_ok_and(|due| due.due_on < business_date(now))
    }

    /// How a caller may decide now; `None` if it is not the caller's.
    pub fn decider(&self, deciding: &Deciding, now: OffsetDateTime) -> Option<Decider> {
        deciding.decider(&self.route, &self.state, self.overdue(now))
    }

    /// What a caller may do with the step now.
    pub fn allowed(&self, deciding: &Deciding, now: OffsetDateTime) -> Allowed {
        let decider = self.decider(deciding, now);
        decider.map_or_else(Allowed::default, |decider| {
            self.state.allowed(&self.route, decider)
        })
    }

    /// Those who could decide the step in which it waits, or stand in for one who could: who is told of it.
    pub fn deciders(&self, everyone: &Everyone) -> Vec<Uuid> {
        match self.step() {
            Some(step) if self.standing() == Some(Standing::Waiting) => {
                everyone.deciders(&step.who, &self.state.barred(&self.route))
            }
            _ => Vec::new(),
        }
    }

    /// Those who let it pass since it was handed in last.
    pub fn passed_by(&self) -> Vec<Uuid> {
        let passed = |entry: &&Entry| entry.what == crate::words::What::Passed;
        let decisions = self.state.decisions.iter().filter(passed);
        decisions.map(|entry| entry.person).collect()
    }

    /// Hands it in, for the first time or again: then it takes the route that is `current` by now, if there is one. `workers`: those who
    /// worked on it, and so never decide it.
    pub fn submit(
        &mut self,
        by: By<'_>,
        workers: &[Uuid],
        current: Option<(i32, Route)>,
    ) -> Result<Written, Refusal> {
        let entry = self.state.submit(by.person_id)?;
        if let Some((version, route)) = current {
            self.row.route_version = version;
            self.route = route;
        }
        for person in workers.iter().chain([&by.person_id]) {
            if !self.state.handed_in.contains(person) {
                self.state.handed_in.push(*person);
            }
        }
        self.row.handed_in.clone_from(&self.state.handed_in);
        Ok(self.enter(entry, by, None))
    }

    /// Takes it back.
    pub fn withdraw(&mut self, by: By<'_>) -> Result<Written, Refusal> {
        let entry = self.state.withdraw(by.person_id)?;
        Ok(self.enter(entry, by, None))
    }

    /// Decides a step. `reason` is for returning and refusing.
    pub fn decide(
        &mut self,
        keys: &Keys,
        step: usize,
        decision: Decision,
        decider: Option<Decider>,
        by: By<'_>,
        reason: Option<&str>,
    ) -> Result<Written, Refusal> {
        // How it stands is said before whose it is: it may have moved on while the caller read it.
        let asked = decider.unwrap_or(Decider {
            person: by.person_id,
            seat: by.person_id,
            escalated: false,
        });
        let entry = self.state.decide(&self.route, step, decision, asked)?;
        if decider.is_none() {
            return Err(Refusal::NotYours);
        }
        let reason = reason.map(|reason| REASON.seal(keys, self.row.case_id, reason));
        Ok(self.enter(entry, by, reason))
    }

    /// Why it was returned or refused last; empty otherwise.
    pub fn reason(&self, keys: &Keys) -> Result<String> {
        let stands = matches!(
            self.standing(),
            Some(Standing::Returned | Standing::Rejected)
        );
        let last = self.lines.last().filter(|_| stands);
        match last.and_then(|line| line.reason_sealed.as_ref()) {
            Some(sealed) => REASON.open(keys, self.row.case_id, sealed),
            None => Ok(String::new()),
        }
    }

    fn enter(&mut self, entry: Entry, by: By<'_>, reason_sealed: Option<Vec<u8>>) -> Written {
        let before = (self.state.standing, self.state.step);
        self.state.apply(&self.route, entry);
        self.row.entries += 1;
        if before != (self.state.standing, self.state.step) {
            self.row.step_since = by.at;
        }
        let line = Line {
            case_id: self.row.case_id,
            number: self.row.entries,
            what: entry.what,
            step: i16::try_from(entry.step).unwrap_or_default(),
            person_id: by.person_id,
            person_number: by.person_number.to_owned(),
            seat_id: entry.seat,
            escalated: entry.escalated,
            occurred_at: by.at,
            reason_sealed,
        };
        self.lines.push(line.clone());
        Written {
            row: self.row.clone(),
            standing: self.state.standing.unwrap_or(Standing::Waiting),
            step: i16::try_from(self.state.step).unwrap_or(1),
            step_days: self.days(),
            line,
        }
    }
}

/// [`Refusal`] as it is said.
pub fn problem(refusal: Refusal) -> Problem {
    Problem::of(match refusal {
        Refusal::NotWaiting(_) => &reasons::CASE_STATE,
        Refusal::OtherStep(step) => {
            return Problem::of(&reasons::CASE_STEP_OVER).with("step", step);
        }
        Refusal::NotYours => &reasons::CASE_NOT_YOURS,
        Refusal::HandedIn => &reasons::OWN_AFFAIRS,
        Refusal::FourEyes => &reasons::CASE_FOUR_EYES,
        Refusal::Again => &reasons::CASE_DECIDED_BY_YOU,
        Refusal::NoReturn => &reasons::CASE_NO_RETURN,
        Refusal::NoRejection => &reasons::CASE_NO_REJECTION,
        Refusal::ReturnedTooOften(times) => {
            return Problem::of(&reasons::CASE_RETURNED_TOO_OFTEN).with("times", times);
        }
    })
}
