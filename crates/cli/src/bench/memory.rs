//! Resident memory of the services: idle, and the most during each of the other scenarios of the same run.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Result;
use platform::Service;
use tokio_util::task::AbortOnDropHandle;

use super::{
    figure::{Figure, readable},
    stage::Stage,
    usage,
};

/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(200);

/// The most that each service had, in MiB, by scenario.
#[derive(Debug, Default, Clone)]
pub struct Memory(Arc<Mutex<BTreeMap<(Service, &'static str), f64>>>);

impl Memory {
    /// Looks until the handle is dropped.
    pub fn watch(&self, stage: &Stage, scenario: &'static str) -> AbortOnDropHandle<()> {
        let most = self.0.clone();
        let processes = stage.processes();
        AbortOnDropHandle::new(tokio::spawn(async move {
            loop {
                for (service, pid) in &processes {
                    // A service that is being started again is looked at no more.
                    if let Ok(now) = usage::resident_mib(*pid) {
                        let mut most = most.lock().unwrap_or_else(PoisonError::into_inner);
                        let most = most.entry((*service, scenario)).or_insert(now);
                        *most = most.max(now);
                    }
                }
                tokio::time::sleep(LOOK).await;
            }
        }))
    }
}

/// The scenario: reports what was seen during the others, and restarts each service to see it idle.
pub async fn run(stage: &Stage) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for service in Service::ALL {
        stage.platform.stop_service(service).await?;
        stage.platform.start_service(service).await?;
    }
    stage.platform.settled().await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let most = stage
        .memory
        .0
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    for service in Service::ALL {
        let idle = usage::resident_mib(stage.pid(service)?)?;
        let seen: Vec<String> = most
            .iter()
            .filter(|((of, scenario), _)| *of == service && *scenario != "memory")
            .map(|((_, scenario), mib)| format!("{scenario} {}", readable(*mib)))
            .collect();
        let seen = match seen.is_empty() {
            true => "no other scenario in this run".to_owned(),
            false => format!("the most during {}", seen.join(", ")),
        };
        figures.push(Figure::new(format!("{service}, just started"), "MiB", vec![idle]).seen(seen));
    }
    Ok(figures)
}
