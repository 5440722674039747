//! The state of a simulated life: who is signed in, and what may happen next.

use std::{path::Path, time::SystemTime};

use anyhow::Result;
use journey::{
    demo::Accounts,
    visitor::{Visitor, text},
};
use synthetic::{Of, Population, chance::bits};
use time::OffsetDateTime;

/// The society whose desks the demo accounts hold.
const SOCIETY: &str = "B-20";
/// So many people stay signed in; others take their places.
const SIGNED_IN: usize = 200;

/// A person of this run who is signed in.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) visitor: Visitor,
    pub(crate) division_code: String,
    /// Seats that are not checked in yet, of the society's activities.
    pub(crate) seats: Vec<Seat>,
}

/// A seat at an activity.
#[derive(Clone)]
pub(crate) struct Seat {
    pub(crate) activity_id: String,
    pub(crate) registration_id: String,
}

/// A platform that lives.
pub(crate) struct Country {
    pub(crate) visitor: Visitor,
    pub(crate) staff: Staff,
    pub(crate) organisation_id: String,
    pub(crate) population: Population,
    pub(crate) people: Vec<Person>,
    /// Activities of the society that this run has published and whose check-in is open.
    pub(crate) held: Vec<String>,
    /// Distinguishes this run from others.
    pub(crate) run: u64,
    draws: u64,
}

/// The desks of the society.
pub(crate) struct Staff {
    pub(crate) reviewer: Visitor,
    pub(crate) approver: Visitor,
    pub(crate) activities: Visitor,
}

impl Country {
    pub(crate) async fn new(gateway: &str, mailbox: &Path) -> Result<Self> {
        let seeds = platform::workspace().join("seeds");
        let accounts = Accounts::read(&seeds)?;
        let mut visitor = Visitor::new(gateway, mailbox)?;
        let staff = Staff {
            reviewer: accounts
                .staff(&visitor, "society.reviewer", SOCIETY)
                .await?,
            approver: accounts
                .staff(&visitor, "society.approver", SOCIETY)
                .await?,
            activities: accounts
                .staff(&visitor, "society.activity_desk", SOCIETY)
                .await?,
        };
        let found = visitor
            .get(&format!("/v1/organisations?query={SOCIETY}"))
            .await?;
        let organisation_id = text(&found["organisations"][0], "organisationId")?.to_owned();
        let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
        Ok(Self {
            visitor,
            staff,
            organisation_id,
            population: Population::read(&seeds, synthetic::UNIT, OffsetDateTime::now_utc())?,
            people: Vec::new(),
            held: Vec::new(),
            run: since_epoch.as_millis() as u64,
            draws: 0,
        })
    }

    /// A number that no other draw of this run has.
    pub(crate) fn chance(&mut self) -> u64 {
        self.draws += 1;
        bits(Of::Path, self.run.wrapping_add(self.draws)) >> 1
    }

    /// One of those who are signed in: its place in the list.
    pub(crate) fn one_signed_in(&mut self) -> Option<usize> {
        let chance = self.chance() as usize;
        (!self.people.is_empty()).then(|| chance % self.people.len())
    }

    /// Another person is signed in.
    pub(crate) fn joined(&mut self, person: Person) {
        if self.people.len() < SIGNED_IN {
            self.people.push(person);
        } else {
            let place = self.chance() as usize % SIGNED_IN;
            self.people[place] = person;
        }
    }
}
