//! Routes and cases on the wire.

use kit::{
    clock::business_date,
    crypto::Keys,
    errors::{Problem, Result},
    wire::{parse_id, timestamp},
};
use proto_approvals::v1 as wire;
use time::{Date, OffsetDateTime, format_description::BorrowedFormatItem, macros};
use workdays::Calendar;

use crate::{
    cases::{Case, REASON},
    check::Lack,
    route::{Place, Quorum, Route, Step, Title, Who},
    rules::{Allowed, State},
    store::cases::Line,
    words::{Standing, What},
};

const DAY: &[BorrowedFormatItem<'_>] = macros::format_description!("[year]-[month]-[day]");

/// A day as YYYY-MM-DD.
pub(crate) fn day(date: Date) -> String {
    // A date always has this form.
    date.format(DAY).unwrap_or_default()
}

/// A day of a request.
pub(crate) fn parse_day(field: &str, text: &str) -> Result<Date> {
    Date::parse(text, DAY).map_err(|_| {
        Problem::invalid(
            field,
            (
                "Not a day of the calendar; write it as YYYY-MM-DD.",
                "不是有效日期，请按 YYYY-MM-DD 填写。",
            ),
        )
    })
}

/// A route of a request. What is left open shows as a flaw when it is checked.
pub(crate) fn read(route: wire::Route) -> Result<Route> {
    let steps = route.steps.into_iter().enumerate();
    let steps = steps.map(|(at, step)| {
        let quorum = match step.quorum() {
            wire::route_step::Quorum::All => Quorum::All,
            wire::route_step::Quorum::AtLeast => {
                Quorum::AtLeast(u8::try_from(step.at_least).unwrap_or_default())
            }
            wire::route_step::Quorum::One | wire::route_step::Quorum::Unspecified => Quorum::One,
        };
        let place = |field: &str| format!("route.steps[{at}].{field}");
        Ok(Step {
            title: Title {
                zh: step.title_zh,
                en: step.title_en,
            },
            who: who(&place("deciders"), step.deciders.unwrap_or_default())?,
            quorum,
            four_eyes: step.four_eyes,
            days: i16::try_from(step.working_days).unwrap_or_default(),
            may_return: step.may_return,
            may_reject: step.may_reject,
            escalation: step
                .escalation
                .map(|escalation| who(&place("escalation"), escalation))
                .transpose()?,
        })
    });
    Ok(Route {
        steps: steps.collect::<Result<_>>()?,
    })
}

fn who(field: &str, deciders: wire::Deciders) -> Result<Who> {
    let on = match deciders.place() {
        wire::deciders::Place::Parent => Place::Parent,
        wire::deciders::Place::Own | wire::deciders::Place::Unspecified => Place::Own,
    };
    if !deciders.permission.is_empty() && deciders.person_ids.is_empty() {
        return Ok(Who::Permission {
            permission: deciders.permission,
            on,
        });
    }
    if !deciders.permission.is_empty() {
        return Err(Problem::invalid(
            field,
            (
                "Either a permission or people, not both.",
                "权限与指定人员只能选择一种。",
            ),
        ));
    }
    let ids = deciders.person_ids.iter().enumerate();
    let people = ids
        .map(|(at, id)| parse_id(&format!("{field}.person_ids[{at}]"), id))
        .collect::<Result<Vec<_>>>()?;
    if deciders.panel_zh.is_empty() {
        return Ok(Who::People { people });
    }
    Ok(Who::Panel {
        title: Title {
            zh: deciders.panel_zh,
            en: deciders.panel_en,
        },
        members: people,
    })
}

impl From<&Route> for wire::Route {
    fn from(route: &Route) -> Self {
        Self {
            steps: route.steps.iter().map(wire::RouteStep::from).collect(),
        }
    }
}

impl From<&Step> for wire::RouteStep {
    fn from(step: &Step) -> Self {
        use wire::route_step::Quorum as Wire;
        let (quorum, at_least) = match step.quorum {
            Quorum::One => (Wire::One, 0),
            Quorum::All => (Wire::All, 0),
            Quorum::AtLeast(number) => (Wire::AtLeast, i32::from(number)),
        };
        Self {
            title_zh: step.title.zh.clone(),
            title_en: step.title.en.clone(),
            deciders: Some((&step.who).into()),
            quorum: quorum.into(),
            at_least,
            four_eyes: step.four_eyes,
            working_days: step.days.into(),
            may_return: step.may_return,
            may_reject: step.may_reject,
            escalation: step.escalation.as_ref().map(wire::Deciders::from),
        }
    }
}

impl From<&Who> for wire::Deciders {
    fn from(who: &Who) -> Self {
        let person_ids = who.named().unwrap_or_default();
        let mut deciders = Self {
            person_ids: person_ids.iter().map(ToString::to_string).collect(),
            ..Self::default()
        };
        match who {
            Who::Permission { permission, on } => {
                deciders.permission.clone_from(permission);
                deciders.place = match on {
                    Place::Own => wire::deciders::Place::Own,
                    Place::Parent => wire::deciders::Place::Parent,
                }
                .into();
            }
            Who::People { .. } => {}
            Who::Panel { title, .. } => {
                deciders.panel_zh.clone_from(&title.zh);
                deciders.panel_en.clone_from(&title.en);
            }
        }
        deciders
    }
}

impl From<Lack> for wire::Lack {
    fn from(lack: Lack) -> Self {
        let number = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
        Self {
            step: number(lack.step),
            needed: number(lack.needed),
            available: number(lack.available),
            four_eyes: lack.four_eyes,
            escalation: lack.escalation,
        }
    }
}

/// What is shown of a case besides what its history says.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// Whether the reader is staff, who see who decided. Others see what came of the steps that ended.
    pub staff: bool,
    /// What the reader may do with the step now.
    pub allowed: Allowed,
    /// Whether each step is listed.
    pub stages: bool,
    /// Opens the reasons of decisions, for readers who may read them.
    pub reasons: Option<&'a Keys>,
    /// The present moment.
    pub now: OffsetDateTime,
}

impl Shown<'_> {
    /// For those who handed it in, with each step.
    pub fn to_applicant(now: OffsetDateTime) -> Self {
        Self {
            staff: false,
            allowed: Allowed::default(),
            stages: true,
            reasons: None,
            now,
        }
    }
}

impl Case {
    /// As it is shown.
    pub fn to_wire(&self, shown: Shown<'_>) -> Result<wire::Case> {
        let case = timeline(&self.route, &self.state, self.since(), &self.lines, shown)?;
        Ok(wire::Case {
            route_version: self.row.route_version,
            ..case
        })
    }
}

/// The case of what walks a route that is not stored: the way that applies without one.
pub fn without_route(
    route: &Route,
    standing: Standing,
    step: usize,
    since: OffsetDateTime,
    shown: Shown<'_>,
) -> Result<wire::Case> {
    let state = State {
        standing: Some(standing),
        step,
        handed_in: Vec::new(),
        decisions: Vec::new(),
        returns: 0,
    };
    timeline(route, &state, since, &[], shown)
}

fn timeline(
    route: &Route,
    state: &State,
    since: OffsetDateTime,
    lines: &[Line],
    shown: Shown<'_>,
) -> Result<wire::Case> {
    let number = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
    let standing = state.standing.unwrap_or(Standing::Waiting);
    let waiting = standing == Standing::Waiting;
    let today = business_date(shown.now);
    let round = lines
        .iter()
        .rposition(|line| line.what == What::Submitted)
        .map_or(&[][..], |at| &lines[at + 1..]);
    let mut due: Option<Date> = None;
    let mut stages = Vec::new();
    let mut overdue = false;
    for (at, step) in route.steps.iter().enumerate() {
        let here = at + 1;
        let stage = match (here.cmp(&state.step), standing) {
            (std::cmp::Ordering::Less, _) | (_, Standing::Passed) => wire::case_stage::State::Done,
            (std::cmp::Ordering::Equal, Standing::Waiting) => wire::case_stage::State::Current,
            _ => wire::case_stage::State::Ahead,
        };
        if waiting && here >= state.step {
            let days = u16::try_from(step.days).unwrap_or(1);
            // A step ahead begins when the one before it ends, which is today at the earliest.
            let from = match due {
                None if here == state.step => Some(business_date(since)),
                None => None,
                Some(before) => Some(before.max(today)),
            };
            due = from.and_then(|from| {
                let deadline = Calendar::china().deadline(from, days);
                deadline.ok().map(|deadline| deadline.due_on)
            });
            overdue |= here == state.step && due.is_some_and(|due| due < today);
        }
        let of_step = |line: &&Line| usize::try_from(line.step) == Ok(here);
        let decisions: Vec<&Line> = round.iter().filter(of_step).collect();
        let ended = here < state.step
            || matches!(
                standing,
                Standing::Passed | Standing::Returned | Standing::Rejected
            );
        // Votes are the staff's own affair: others see the one that ended the step.
        let decisions = match (shown.staff, ended) {
            (true, _) => &decisions[..],
            (false, true) => &decisions[decisions.len().saturating_sub(1)..],
            (false, false) => &[],
        };
        let decisions = decisions.iter().map(|line| decision(line, shown));
        let counts = shown.staff || stage == wire::case_stage::State::Done;
        let counted = |count: usize| if counts { number(count) } else { 0 };
        let current = waiting && here >= state.step;
        stages.push(wire::CaseStage {
            title_zh: step.title.zh.clone(),
            title_en: step.title.en.clone(),
            state: stage.into(),
            working_days: step.days.into(),
            passes: counted(state.passes(here)),
            needed: counted(state.needed(route, here)),
            due_on: due.filter(|_| current).map(day).unwrap_or_default(),
            decisions: decisions.collect::<Result<_>>()?,
        });
    }
    let step = route.step(state.step);
    let (may, decidable) = (shown.allowed, shown.allowed.any() && waiting);
    Ok(wire::Case {
        state: standing.to_wire(),
        route_version: 0,
        step: number(state.step),
        steps: number(route.steps.len()),
        step_title_zh: step.map(|step| step.title.zh.clone()).unwrap_or_default(),
        step_title_en: step.map(|step| step.title.en.clone()).unwrap_or_default(),
        expected_on: due
            .filter(|_| waiting)
            .map(|due| day(due.max(today)))
            .unwrap_or_default(),
        stages: if shown.stages { stages } else { Vec::new() },
        overdue,
        decidable,
        may_pass: decidable && may.pass,
        may_return: step.is_some_and(|step| step.may_return) && (may.back || !decidable),
        may_reject: step.is_some_and(|step| step.may_reject) && (may.reject || !decidable),
    })
}

fn decision(line: &Line, shown: Shown<'_>) -> Result<wire::CaseDecision> {
    use wire::case_decision::Kind;
    let kind = match line.what {
        What::Passed => Kind::Passed,
        What::Returned => Kind::Returned,
        What::Rejected => Kind::Rejected,
        What::Submitted | What::Withdrawn => Kind::Unspecified,
    };
    let reason = shown.reasons.zip(line.reason_sealed.as_ref());
    let reason = reason.map(|(keys, sealed)| REASON.open(keys, line.case_id, sealed));
    let staff = shown.staff;
    Ok(wire::CaseDecision {
        decided_at: Some(timestamp(line.occurred_at)),
        kind: kind.into(),
        person_number: if staff {
            line.person_number.clone()
        } else {
            String::new()
        },
        stood_in: staff && line.seat_id != line.person_id,
        escalated: staff && line.escalated,
        reason: reason.transpose()?.unwrap_or_default(),
    })
}
