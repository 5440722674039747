//! Who may decide a step: the caller, and those in whose place the caller stands. Rights are read in the transaction of the decision.
//! [`Everyone`] is all of them, for the question whether there are enough and for telling them.

use kit::notices::Notice;
use proto_notices::Filled;
use sqlx::PgConnection;
use time::Date;
use uuid::Uuid;

use crate::{
    person::Person,
    route::{Place, Route, Who},
    rules::{Decider, State},
    store,
};

/// The rules of a service for its routes.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// What walks the routes, as it is stored.
    pub name: &'static str,
    /// The permission to review that every decider needs, also those who are named.
    pub base: &'static str,
    /// The permissions that a step may ask for.
    pub permissions: &'static [&'static str],
    /// Whether a step may be decided at the organisation above, whose staff can then read what they decide.
    pub parents: bool,
}

/// The caller, and those in whose place the caller stands now.
#[derive(Clone, Debug)]
pub struct Deciding {
    caller: Uuid,
    base: &'static str,
    /// The caller first.
    people: Vec<Person>,
}

impl Deciding {
    /// Of a caller in an organisation, on a day in China, for a decision: the delegations it rests on do not end before the transaction
    /// does.
    pub async fn lock(
        conn: &mut PgConnection,
        kind: &Kind,
        organisation_id: Uuid,
        caller: Uuid,
        today: Date,
    ) -> Result<Self, sqlx::Error> {
        store::delegations::lock(conn, kind.name, organisation_id, caller).await?;
        Self::read(conn, kind, organisation_id, caller, today).await
    }

    /// The same, to be shown.
    pub async fn read(
        conn: &mut PgConnection,
        kind: &Kind,
        organisation_id: Uuid,
        caller: Uuid,
        today: Date,
    ) -> Result<Self, sqlx::Error> {
        let mut seats = vec![caller];
        seats.extend(
            store::delegations::stood_in_for(conn, kind.name, organisation_id, caller, today)
                .await?,
        );
        let mut people = store::people::with_roles(conn, organisation_id, Some(&seats)).await?;
        people.sort_by_key(|person| person.person_id != caller);
        Ok(Self {
            caller,
            base: kind.base,
            people,
        })
    }

    /// How the caller decides the step in which a case waits: in their own place before another's, and by escalation only where that is
    /// the only way. `overdue`: whether the time of the step is over.
    pub fn decider(&self, route: &Route, state: &State, overdue: bool) -> Option<Decider> {
        // The caller needs the permission to review, in whatever place.
        let caller = self.people.iter().find(|p| p.person_id == self.caller)?;
        if !caller.has(self.base, |_, _| true) {
            return None;
        }
        let step = route.step(state.step)?;
        let barred = state.barred(route);
        let escalation = step.escalation.as_ref().filter(|_| overdue);
        for (who, escalated) in [(Some(&step.who), false), (escalation, true)] {
            let Some(who) = who else { continue };
            let of = |person: &&Person| person.is_of(who, self.base);
            let free = |person: &&Person| {
                person.person_id == self.caller
                    || (!barred.contains(&person.person_id) && stands_in(caller, who, self.base))
            };
            let seat = self.people.iter().filter(of).find(free);
            if let Some(seat) = seat {
                return Some(Decider {
                    person: self.caller,
                    seat: seat.person_id,
                    escalated,
                });
            }
        }
        None
    }
}

/// Whether a person may stand in for those who decide: at the organisation above only who decides there as well.
fn stands_in(person: &Person, who: &Who, base: &str) -> bool {
    match who {
        Who::Permission {
            on: Place::Parent, ..
        } => person.is_of(who, base),
        _ => person.has(base, |_, _| true),
    }
}

/// All who could decide in an organisation on a day, with those who stand in for them.
#[derive(Clone, Debug)]
pub struct Everyone {
    base: &'static str,
    organisation_id: Uuid,
    people: Vec<Person>,
    /// Who is stood in for, and by whom.
    delegations: Vec<(Uuid, Uuid)>,
}

impl Everyone {
    /// Of an organisation, on a day in China: two statements, whatever is asked of it.
    pub async fn read(
        conn: &mut PgConnection,
        kind: &Kind,
        organisation_id: Uuid,
        today: Date,
    ) -> Result<Self, sqlx::Error> {
        Ok(Self {
            base: kind.base,
            organisation_id,
            people: store::people::with_roles(conn, organisation_id, None).await?,
            delegations: store::delegations::running(conn, kind.name, organisation_id, today)
                .await?,
        })
    }

    /// A notice to those who review in the organisation, or nearest above it.
    pub fn reviewers(&self, what: impl Into<Filled>) -> Notice {
        Notice::to_holders(self.base, self.organisation_id, what)
    }

    /// Those in whose place a step is decided.
    pub fn candidates(&self, who: &Who) -> Vec<Uuid> {
        let able = self.people.iter().filter(|p| p.is_of(who, self.base));
        able.map(|person| person.person_id).collect()
    }

    /// The same without those who are barred, and with those who stand in for the others: who is told that a step waits.
    pub fn deciders(&self, who: &Who, barred: &[Uuid]) -> Vec<Uuid> {
        let mut deciders = self.candidates(who);
        deciders.retain(|person| !barred.contains(person));
        let able = |id: &Uuid| {
            let person = self.people.iter().find(|p| p.person_id == *id);
            person.is_some_and(|person| stands_in(person, who, self.base)) && !barred.contains(id)
        };
        let stand_ins: Vec<Uuid> = self
            .delegations
            .iter()
            .filter(|(from, to)| deciders.contains(from) && able(to))
            .map(|(_, to)| *to)
            .collect();
        deciders.extend(stand_ins);
        deciders.sort_unstable();
        deciders.dedup();
        deciders
    }
}

/// Whether these people all hold the permission to review in an organisation.
pub async fn all_review(
    conn: &mut PgConnection,
    kind: &Kind,
    organisation_id: Uuid,
    people: &[Uuid],
) -> Result<bool, sqlx::Error> {
    let found = store::people::with_roles(conn, organisation_id, Some(people)).await?;
    Ok(people.iter().all(|wanted| {
        found
            .iter()
            .any(|person| person.person_id == *wanted && person.has(kind.base, |_, _| true))
    }))
}

#[cfg(test)]
#[path = "people_tests.rs"]
mod tests;
