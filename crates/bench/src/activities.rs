//! Activities to register for, published by the society's staff through the public API.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use serde_json::json;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::sync::Mutex;

use super::{
    load,
    society::{SOCIETY, society},
    stage::Stage,
};
use journey::visitor::text;

/// Publishes this many activities with this many seats each; returns their ids.
pub async fn publish(stage: &Stage, activities: usize, seats: usize) -> Result<Vec<String>> {
    let stranger = stage.stranger()?;
    let role = "society.activity_desk";
    let desk = stage.demo.staff(&stranger, role, SOCIETY).await?;
    let path = format!("/v1/organisations/{}/activities", society()?);
    let at = |hours| {
        OffsetDateTime::now_utc()
            .checked_add(Duration::hours(hours))
            .context("time")
            .and_then(|moment| Ok(moment.format(&Rfc3339)?))
    };
    let activity = json!({
        "title": "学术报告会",
        "kind": "LECTURE",
        "startsAt": at(100)?,
        "endsAt": at(102)?,
        "divisionCode": "110108",
        "place": "科学会堂",
        "capacity": seats,
        "creditMinutes": 60,
    });
    let ids = Arc::new(Mutex::new(Vec::with_capacity(activities)));
    let published = ids.clone();
    load::shared(8, activities, move |_| {
        let (mut desk, path) = (desk.clone(), path.clone());
        let (activity, published) = (activity.clone(), published.clone());
        async move {
            let draft = desk.post(&path, activity).await?;
            let id = text(&draft, "activityId")?.to_owned();
            desk.post(&format!("/v1/activities/{id}:publish"), json!({}))
                .await?;
            published.lock().await.push(id);
            Ok(())
        }
    })
    .await?;
    let mut ids = ids.lock().await;
    Ok(std::mem::take(&mut *ids))
}
