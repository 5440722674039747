//! State shared by the steps of the journey.

use std::{
    collections::BTreeMap,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::Result;

use super::{demo, visitor::Visitor};

/// The headline figures of the cockpit by metric.
pub type Figures = BTreeMap<String, i64>;

/// State shared by the steps.
pub struct World {
    /// Makes the names of this run unique: a few characters from the clock.
    pub(super) run: String,
    /// A number from the clock, for synthetic identity numbers.
    pub(super) seed: u64,
    /// The demo accounts of the seeds.
    pub(super) demo: demo::Accounts,
    /// The scientist the journey follows.
    pub(super) scientist: Visitor,
    /// 中国计算机学会.
    pub(super) organisation_id: String,
    /// The scientist's public number.
    pub(super) person_number: String,
    pub(super) application_id: String,
    pub(super) membership_id: String,
    pub(super) member_number: String,
    /// The society's own system.
    pub(super) machine: Option<Visitor>,
    pub(super) activity_id: String,
    /// The cockpit's headline figures before the journey.
    pub(super) before: Figures,
    /// The registered people, the scientist first.
    pub(super) attendees: Vec<Visitor>,
    /// How many attendees have checked in.
    pub(super) checked_in: i64,
}

impl World {
    /// The state before the first step, for the platform at this URL with this mailbox folder.
    pub fn new(gateway: &str, mailbox: &Path) -> Result<Self> {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH)?;
        Ok(Self {
            run: format!("{:x}", since_epoch.as_millis()),
            seed: since_epoch.as_micros() as u64,
            demo: demo::Accounts::read(&platform::workspace().join("seeds"))?,
            scientist: Visitor::new(gateway, mailbox)?,
            organisation_id: String::new(),
            person_number: String::new(),
            application_id: String::new(),
            membership_id: String::new(),
            member_number: String::new(),
            machine: None,
            activity_id: String::new(),
            before: Figures::default(),
            attendees: Vec::new(),
            checked_in: 0,
        })
    }
}
