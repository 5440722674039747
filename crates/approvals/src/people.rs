//! Who may decide a step: the caller, and those in whose place the caller stands. Rights are read in the transaction of the decision.

use sqlx::PgConnection;
use time::Date;
use uuid::Uuid;

use crate::{
    person::Person,
    route::{Route, Who},
    rules::Decider,
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

    /// How the caller decides this step: in their own place before another's, and by escalation only where that is the only way.
    /// `overdue`: whether the time of the step is over. `barred`: those whose place does not count any more.
    pub fn decider(
        &self,
        route: &Route,
        step: usize,
        overdue: bool,
        barred: &[Uuid],
    ) -> Option<Decider> {
        // The caller needs the permission to review, in whatever place.
        let caller = self.people.iter().find(|p| p.person_id == self.caller)?;
        if !caller.has(self.base, |_, _| true) {
            return None;
        }
        let step = route.step(step)?;
        let escalation = step.escalation.as_ref().filter(|_| overdue);
        for (who, escalated) in [(Some(&step.who), false), (escalation, true)] {
            let Some(who) = who else { continue };
            let of = |person: &&Person| person.is_of(who, self.base);
            let free = |person: &&Person| {
                person.person_id == self.caller || !barred.contains(&person.person_id)
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

/// For each step of a route, all who could decide it now.
pub async fn candidates(
    conn: &mut PgConnection,
    kind: &Kind,
    organisation_id: Uuid,
    route: &Route,
) -> Result<Vec<Vec<Uuid>>, sqlx::Error> {
    let people = store::people::with_roles(conn, organisation_id, None).await?;
    let of_step = |who: &Who| {
        let able = people.iter().filter(|person| person.is_of(who, kind.base));
        able.map(|person| person.person_id).collect()
    };
    Ok(route.steps.iter().map(|step| of_step(&step.who)).collect())
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
