//! Rebuilds all of the cockpit's figures, from the first event of every service.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use platform::{Service, internal_token};
use proto::cast::cockpit::v1::{RebuildRequest, projection_client::ProjectionClient};
use tonic::{Request, metadata::AsciiMetadataValue};

use super::{
    database,
    figure::{Figure, readable},
    stage::Stage,
};

pub async fn run(stage: &Stage) -> Result<Vec<Figure>> {
    stage.platform.settled().await?;
    let mut client = ProjectionClient::new(stage.channel(Service::Cockpit).await?);
    let (mut rebuilt, mut read) = (Vec::new(), Vec::new());
    let mut events = 0;
    // A rebuild reads all events: at scale, one round suffices.
    let rounds = if stage.plan.scale > 100_000 {
        1
    } else {
        stage.plan.rounds
    };
    for _ in 0..rounds {
        let begun = Instant::now();
        events = 0;
        for &service in Service::Cockpit.hears() {
            let url = stage.platform.database_url(service);
            events += database::read_log(url.context("no database")?).await?;
        }
        read.push(events as f64 / begun.elapsed().as_secs_f64());

        let begun = Instant::now();
        let mut request = Request::new(RebuildRequest {});
        let internal =
            AsciiMetadataValue::try_from(internal_token(stage.platform.internal_secret())?)?;
        request.metadata_mut().insert("x-cast-internal", internal);
        let mut progress = client.rebuild(request).await?.into_inner();
        let mut last = None;
        while let Some(message) = progress.message().await? {
            last = Some(message);
        }
        let last = last.context("the rebuild says nothing")?;
        ensure!(last.serving, "the rebuild did not come to its end");
        let counted: i64 = last.sources.iter().map(|source| source.position).sum();
        rebuilt.push(counted as f64 / begun.elapsed().as_secs_f64());
    }
    Ok(vec![
        Figure::new("rebuild of the cockpit", "events/s", rebuilt)
            .beside(
                "reading the three logs with COPY, one after the other",
                &read,
            )
            .seen(format!(
                "{} events, while the old numbers serve",
                readable(events as f64)
            )),
    ])
}
