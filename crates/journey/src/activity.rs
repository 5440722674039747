//! An activity from publication to check-in.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::json;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::task::JoinSet;

use super::{
    people,
    visitor::{Visitor, text},
    world::World,
};

/// Seats of the activity.
const SEATS: usize = 32;
/// Callers who compete for a seat.
const CALLERS: usize = 64;
/// How many of those with a seat attend.
const COME: usize = 5;
/// Credit for attendance.
pub const CREDIT_MINUTES: i64 = 90;

pub async fn publish(world: &mut World) -> Result<String> {
    let mut desk = world
        .demo
        .staff(&world.scientist, "society.activity_desk", "B-20")
        .await?;
    let at = |hours| {
        OffsetDateTime::now_utc()
            .checked_add(Duration::hours(hours))
            .context("time")
            .and_then(|t| Ok(t.format(&Rfc3339)?))
    };
    let activity = json!({
        "title": format!("数据库前沿报告会（{}）", world.run),
        "kind": "LECTURE",
        "startsAt": at(1)?,
        "endsAt": at(3)?,
        "divisionCode": "110108",
        "place": "一号报告厅",
        "capacity": SEATS,
        "creditMinutes": CREDIT_MINUTES,
    });
    let path = format!("/v1/organisations/{}/activities", world.organisation_id);
    let draft = desk.post(&path, activity).await?;
    world.activity_id = text(&draft, "activityId")?.to_owned();
    let own = format!("/v1/activities/{}", world.activity_id);
    let hidden = world.scientist.try_get(&own).await?;
    ensure!(
        hidden.status == 404,
        "a draft is shown to outsiders: {}",
        hidden.status
    );
    let early = world
        .scientist
        .try_post(&format!("{own}/registrations"), json!({}))
        .await?;
    ensure!(
        (400..500).contains(&early.status),
        "registration for a draft: {}",
        early.status
    );
    let published = desk.post(&format!("{own}:publish"), json!({})).await?;
    ensure!(
        published["state"] == "PUBLISHED",
        "state {}",
        published["state"]
    );
    let seen = world.scientist.stranger().get(&own).await?;
    ensure!(seen["capacity"] == SEATS, "capacity {}", seen["capacity"]);
    Ok(format!("hidden as a draft, published with {SEATS} seats"))
}

pub async fn rush(world: &mut World) -> Result<String> {
    world.attendees = crowd(world).await?;
    let path = format!("/v1/activities/{}/registrations", world.activity_id);
    let begun = Instant::now();
    let mut calls = JoinSet::new();
    for (at, visitor) in world.attendees.iter().enumerate() {
        let (mut visitor, path) = (visitor.clone(), path.clone());
        calls.spawn(async move {
            (
                at,
                visitor
                    .try_post(&path, json!({"divisionCode": "110108"}))
                    .await,
            )
        });
    }
    let mut seated = Vec::new();
    let mut full = 0;
    while let Some(done) = calls.join_next().await {
        let (at, answer) = done?;
        let answer = answer?;
        match (answer.status, answer.code()) {
            (200, _) => seated.push(at),
            (_, "ACTIVITY_FULL") => full += 1,
            other => anyhow::bail!("{other:?}: {}", answer.body),
        }
    }
    let took = begun.elapsed().as_millis();
    ensure!(
        seated.len() == SEATS && full == CALLERS - SEATS,
        "{} got a seat, {full} did not",
        seated.len()
    );
    let seen = world
        .scientist
        .get(&format!("/v1/activities/{}", world.activity_id))
        .await?;
    ensure!(
        seen["seatsTaken"] == SEATS,
        "seats taken: {}",
        seen["seatsTaken"]
    );
    let mut again = world.attendees[seated[0]].clone();
    again
        .refused(
            &path,
            json!({"divisionCode": "110108"}),
            "ALREADY_REGISTERED",
        )
        .await?;
    seated.sort_unstable();
    world.attendees = seated
        .into_iter()
        .map(|at| world.attendees[at].clone())
        .collect();
    Ok(format!(
        "{SEATS} seated, {full} told that it is full, in {took} ms; a second registration refused"
    ))
}

/// The scientist and as many others as needed, registered concurrently.
async fn crowd(world: &World) -> Result<Vec<Visitor>> {
    // They sign up a few at a time: only the seats are contended.
    let arrivals = (1..CALLERS).map(|n| {
        let mut visitor = world.scientist.stranger();
        let address = people::address(&world.run, &format!("attendee{n}"));
        async move {
            visitor
                .sign_up(&address, people::PASSWORD, &format!("观众{n}"))
                .await
                .map(|_| visitor)
        }
    });
    let arrived = stream::iter(arrivals).buffer_unordered(8);
    let mut crowd: Vec<Visitor> = arrived.try_collect().await?;
    crowd.insert(0, world.scientist.clone());
    Ok(crowd)
}

pub async fn check_in(world: &mut World) -> Result<String> {
    let mut desk = world
        .demo
        .staff(&world.scientist, "society.activity_desk", "B-20")
        .await?;
    let path = format!("/v1/activities/{}:checkIn", world.activity_id);
    desk.refused(
        &path,
        json!({"ticket": "forged.ticket.here"}),
        "TICKET_INVALID",
    )
    .await?;
    for visitor in &mut world.attendees[..COME] {
        let mine = visitor.get("/v1/me/registrations").await?;
        let registration = text(&mine["registrations"][0], "registrationId")?.to_owned();
        let ticket = visitor
            .get(&format!("/v1/registrations/{registration}/ticket"))
            .await?;
        let ticket = json!({"ticket": ticket["token"]});
        let first = desk.post(&path, ticket.clone()).await?;
        ensure!(
            first["repeated"] == false && first["creditedMinutes"] == CREDIT_MINUTES,
            "{first}"
        );
        let second = desk.post(&path, ticket).await?;
        ensure!(
            second["repeated"] == true,
            "the same ticket twice: {second}"
        );
        let credits = visitor.get("/v1/me/credits").await?;
        ensure!(
            credits["totalMinutes"].as_str() == Some(&CREDIT_MINUTES.to_string()),
            "credits: {credits}"
        );
        world.checked_in += 1;
    }
    Ok(format!(
        "{COME} checked in, a second scan says so and credits nothing; {CREDIT_MINUTES} minutes credited each"
    ))
}
