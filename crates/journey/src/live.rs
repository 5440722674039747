//! The cockpit for leadership: live within a second, and correct.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use futures::StreamExt as _;
use serde_json::{Value, json};

use super::{
    activity::CREDIT_MINUTES,
    people,
    visitor::Visitor,
    world::{Figures, World},
};

async fn leader(world: &World) -> Result<Visitor> {
    world
        .demo
        .staff(&world.scientist, "headquarters.leader", "CAST")
        .await
}

fn figures(overview: &Value) -> Figures {
    let read = |figure: &Value| {
        Some((
            figure["metric"].as_str()?.to_owned(),
            figure["value"].as_str()?.parse().ok()?,
        ))
    };
    overview["figures"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(read)
        .collect()
}

pub async fn before(world: &mut World) -> Result<String> {
    let overview = leader(world).await?.get("/v1/cockpit/overview").await?;
    world.before = figures(&overview);
    let provinces = overview["provinces"].as_array().map_or(0, Vec::len);
    ensure!(provinces >= 34, "{provinces} provinces");
    ensure!(
        world.before.len() >= 5,
        "headline figures: {:?}",
        world.before
    );
    let stranger = world
        .scientist
        .stranger()
        .try_get("/v1/cockpit/overview")
        .await?;
    ensure!(
        stranger.status == 401,
        "open to everybody: {}",
        stranger.status
    );
    Ok(format!(
        "{} headline figures, {provinces} provinces",
        world.before.len()
    ))
}

/// A person signs up while a leader's screen is open; the screen must show it.
pub async fn pushed(world: &mut World) -> Result<String> {
    let watch = leader(world)
        .await?
        .request(reqwest::Method::GET, "/v1/cockpit/overview:watch");
    let response = watch.header("accept", "text/event-stream").send().await?;
    ensure!(
        response.status() == 200,
        "the stream was answered with {}",
        response.status()
    );
    let mut screen = Screen {
        chunks: Box::pin(response.bytes_stream()),
        read: String::new(),
    };
    let mut shown = people(&screen.next().await?)?;
    // Waits until earlier changes have arrived, so that the next one is this test's.
    while let Ok(overview) = tokio::time::timeout(Duration::from_millis(1500), screen.next()).await
    {
        shown = people(&overview?)?;
    }
    let mut newcomer = world.scientist.stranger();
    newcomer
        .sign_up(
            &people::address(&world.run, "newcomer"),
            people::PASSWORD,
            "新人",
        )
        .await?;
    let committed = Instant::now();
    loop {
        let overview = tokio::time::timeout(Duration::from_secs(5), screen.next())
            .await
            .context("nothing was pushed in five seconds")??;
        if people(&overview)? > shown {
            let took = committed.elapsed();
            ensure!(
                took < Duration::from_secs(1),
                "it took {} ms",
                took.as_millis()
            );
            return Ok(format!(
                "a sign-up stood on the open screen {} ms after its answer",
                took.as_millis()
            ));
        }
    }
}

fn people(overview: &Value) -> Result<i64> {
    figures(overview)
        .get("people_registered")
        .copied()
        .context("no figure people_registered")
}

/// Server-sent events, message by message.
struct Screen<S> {
    chunks: S,
    read: String,
}

impl<S: futures::Stream<Item = reqwest::Result<bytes::Bytes>> + Unpin> Screen<S> {
    async fn next(&mut self) -> Result<Value> {
        loop {
            if let Some((message, rest)) = self.read.split_once("\n\n") {
                let data: String = message
                    .lines()
                    .filter_map(|line| line.strip_prefix("data:"))
                    .map(str::trim)
                    .collect();
                self.read = rest.to_owned();
                if !data.is_empty() {
                    return Ok(serde_json::from_str(&data)?);
                }
                continue;
            }
            let Some(chunk) = self.chunks.next().await else {
                bail!("the stream ended");
            };
            self.read.push_str(&String::from_utf8_lossy(&chunk?));
        }
    }
}

/// Other people may use the platform concurrently, so the figures have grown at least by the changes made here.
pub async fn after(world: &mut World) -> Result<String> {
    let mut leader = leader(world).await?;
    let expected = json!({
        "people_registered": 65,
        "people_verified": 1,
        "memberships_active": 1,
        "activities_published": 1,
        "seats_taken": 32,
        "attendances": world.checked_in,
        "credited_minutes": world.checked_in * CREDIT_MINUTES,
    });
    let now = figures(&leader.get("/v1/cockpit/overview").await?);
    for (metric, grown) in expected.as_object().into_iter().flatten() {
        let grown = grown.as_i64().unwrap_or_default();
        let (was, is) = (world.before.get(metric), now.get(metric));
        let (Some(was), Some(is)) = (was, is) else {
            bail!("{metric} is no headline figure: {now:?}");
        };
        ensure!(
            is - was >= grown,
            "{metric} went from {was} to {is}, expected at least {grown} more"
        );
    }
    let path = "/v1/cockpit/metrics/memberships_active/values?breakdown=PROVINCE";
    let provinces = leader.get(path).await?;
    let beijing = provinces["values"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|value| value["key"] == "110000");
    ensure!(beijing.is_some(), "Beijing has no memberships: {provinces}");
    Ok(format!(
        "{} figures agree; drilled down to Beijing",
        expected.as_object().map_or(0, serde_json::Map::len)
    ))
}
