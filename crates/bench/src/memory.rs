//! Resident memory of the services, of PostgreSQL and of NATS: current, and the maximum during each scenario.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Result;
use platform::{Platform, Service};
use tokio_util::task::AbortOnDropHandle;

use super::{figure::readable, usage};

/// Polling interval.
const LOOK: Duration = Duration::from_millis(500);

/// The maximum of each process in MiB, by name and scenario.
#[derive(Debug, Default, Clone)]
pub struct Memory(Arc<Mutex<BTreeMap<(&'static str, &'static str), f64>>>);

/// A measured process.
#[derive(Debug, Clone, Copy)]
pub struct Watched {
    pub name: &'static str,
    pid: u32,
    /// Whether its children count.
    family: bool,
}

impl Watched {
    /// The services, PostgreSQL and NATS, as far as they run locally.
    pub fn all(platform: &Platform) -> Vec<Self> {
        let one = |name, pid: Option<u32>, family| {
            Some(Self {
                name,
                pid: pid?,
                family,
            })
        };
        let services = Service::ALL
            .into_iter()
            .filter_map(|service| one(service.name(), platform.pid(service), false));
        let postgres = platform.postgres().and_then(|server| server.pid());
        let nats = platform.nats().and_then(|server| server.pid());
        services
            .chain(one("PostgreSQL", postgres, true))
            .chain(one("NATS", nats, false))
            .collect()
    }

    /// Its current memory.
    pub fn resident_mib(self) -> Result<f64> {
        match self.family {
            true => usage::family_resident_mib(self.pid),
            false => usage::resident_mib(self.pid),
        }
    }
}

impl Memory {
    /// Measures until the handle is dropped.
    pub fn watch(&self, platform: &Platform, scenario: &'static str) -> AbortOnDropHandle<()> {
        let most = self.0.clone();
        let watched = Watched::all(platform);
        AbortOnDropHandle::new(tokio::spawn(async move {
            loop {
                for process in &watched {
                    // A service that is being restarted is skipped.
                    if let Ok(now) = process.resident_mib() {
                        let mut most = most.lock().unwrap_or_else(PoisonError::into_inner);
                        let most = most.entry((process.name, scenario)).or_insert(now);
                        *most = most.max(now);
                    }
                }
                tokio::time::sleep(LOOK).await;
            }
        }))
    }

    /// As text: the maximum of a process during the other scenarios.
    pub fn most_of(&self, name: &str) -> String {
        let most = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let seen: Vec<String> = most
            .iter()
            .filter(|((of, scenario), _)| *of == name && *scenario != "memory")
            .map(|((_, scenario), mib)| format!("{scenario} {}", readable(*mib)))
            .collect();
        match seen.is_empty() {
            true => "no other scenario in this run".to_owned(),
            false => format!("the most during {}", seen.join(", ")),
        }
    }
}
