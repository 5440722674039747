//! Resident memory of the services, of PostgreSQL and of NATS: idle, and the most during each of the other scenarios of the same run.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context as _, Result};
use platform::{Platform, Service};
use tokio_util::task::AbortOnDropHandle;

use super::{
    figure::{Figure, readable},
    stage::Stage,
    usage,
};

/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// The most that each process had, in MiB, by its name and the scenario.
#[derive(Debug, Default, Clone)]
pub struct Memory(Arc<Mutex<BTreeMap<(&'static str, &'static str), f64>>>);

/// Something whose memory is looked at.
#[derive(Debug, Clone, Copy)]
struct Watched {
    name: &'static str,
    pid: u32,
    /// Whether those that it has started belong to it.
    family: bool,
}

impl Watched {
    fn all(platform: &Platform) -> Vec<Self> {
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

    fn resident_mib(self) -> Result<f64> {
        match self.family {
            true => usage::family_resident_mib(self.pid),
            false => usage::resident_mib(self.pid),
        }
    }
}

impl Memory {
    /// Looks until the handle is dropped.
    pub fn watch(&self, stage: &Stage, scenario: &'static str) -> AbortOnDropHandle<()> {
        let most = self.0.clone();
        let watched = Watched::all(&stage.platform);
        AbortOnDropHandle::new(tokio::spawn(async move {
            loop {
                for process in &watched {
                    // A service that is being started again is looked at no more.
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

    fn most_of(&self, name: &str) -> String {
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

/// The scenario: reports what was seen during the others, and restarts everything to see it idle.
pub async fn run(stage: &Stage) -> Result<Vec<Figure>> {
    let platform = &stage.platform;
    let (postgres, nats) = (platform.postgres(), platform.nats());
    postgres
        .context("PostgreSQL is not ours")?
        .restart()
        .await?;
    let nats = nats.context("NATS is not ours")?;
    nats.stop().await?;
    nats.start_again().await?;
    for service in Service::ALL {
        platform.stop_service(service).await?;
        platform.start_service(service).await?;
    }
    platform.settled().await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let mut figures = Vec::new();
    for process in Watched::all(platform) {
        let idle = process.resident_mib()?;
        figures.push(
            Figure::new(format!("{}, just started", process.name), "MiB", vec![idle])
                .seen(stage.memory.most_of(process.name)),
        );
    }
    Ok(figures)
}
