//! The loops of a service that exports.

use std::sync::Arc;

use jobs::{Kind, Metrics, Names};
use kit::Worker;

use crate::{
    exports::Exports,
    runner::{self, Runner},
    sweeper, turns,
};

/// Files that are made at the same time, by a replica. Each reads in a transaction of its own.
const PLACES: usize = 1;

impl Exports {
    /// What makes the files. `meter` is that of the service, e.g. `cast.membership`.
    pub fn worker(&self, meter: &'static str) -> jobs::Worker {
        let names = Names {
            meter,
            prefix: "cast.exports",
            done: "made",
        };
        let kind = Kind {
            name: turns::JOB,
            policy: runner::POLICY,
            handler: Arc::new(Runner(self.clone())),
        };
        jobs::Worker {
            pool: self.db.pool().clone(),
            clock: self.clock.clone(),
            kinds: Arc::new([kind]),
            places: PLACES,
            wake_up: self.wake_up.clone(),
            metrics: Metrics::new(names, [turns::JOB]),
        }
    }

    /// The loops of a running service: making files, counting them for the metrics, sweeping.
    pub fn workers(&self, meter: &'static str) -> Vec<Worker> {
        let worker = self.worker(meter);
        worker.metrics.register();
        let (counting, sweeping) = (worker.clone(), self.clone());
        vec![
            Worker::new("exports", move |stop| {
                let worker = worker.clone();
                async move {
                    worker.run(stop).await;
                    Ok(())
                }
            }),
            Worker::every("exports.count", jobs::PERIOD, move || {
                let worker = counting.clone();
                async move { Ok(worker.metrics.refresh(&worker.pool, &worker.clock).await?) }
            }),
            Worker::every("exports.sweep", sweeper::PERIOD, move || {
                let exports = sweeping.clone();
                async move { Ok(exports.sweep().await?) }
            }),
        ]
    }
}
