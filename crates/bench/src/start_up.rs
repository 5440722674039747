//! The time from starting a service until it is ready: settings, database, NATS, keys, the first round of its
//! consumers.

use std::time::{Duration, Instant};

use anyhow::Result;
use platform::{Service, http};

use super::{figure::Figure, stage::Stage};

/// Polling interval, which is the precision of the figures.
const LOOK: Duration = Duration::from_millis(2);

pub async fn run(stage: &Stage) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for service in Service::ALL {
        let mut rounds = Vec::new();
        for _ in 0..stage.plan.rounds {
            stage.platform.stop_service(service).await?;
            let begun = Instant::now();
            let (started, took) = tokio::join!(
                stage.platform.start_service(service),
                ready(stage, service, begun)
            );
            started?;
            rounds.push(took.as_secs_f64() * 1e3);
        }
        figures.push(
            Figure::new(format!("start of {service}"), "ms", rounds)
                .seen("from its start to 200 on /readyz"),
        );
    }
    stage.platform.settled().await?;
    Ok(figures)
}

async fn ready(stage: &Stage, service: Service, begun: Instant) -> Duration {
    let url = format!("{}/readyz", stage.platform.admin_url(service));
    // The platform's own wait, and this one, end after a minute.
    while begun.elapsed() < Duration::from_secs(60) {
        let answer = http::get(&url).await;
        if answer.is_ok_and(|(status, _)| status.is_success()) {
            break;
        }
        tokio::time::sleep(LOOK).await;
    }
    begun.elapsed()
}
