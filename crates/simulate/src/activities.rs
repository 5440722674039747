//! The society publishes activities; people register and are checked in.

use anyhow::{Context as _, Result};
use journey::visitor::text;
use serde_json::json;
use synthetic::Of;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    country::{Country, Person, Seat},
    outcome::{Outcome, list, outcome},
};

/// Of a hundred registrations so many are for an activity that this run has published: there people are checked in.
const OF_THIS_RUN: u64 = 50;

/// The desk publishes an activity that starts in an hour, so that its check-in is open.
pub(crate) async fn publish(country: &mut Country) -> Result<Outcome> {
    let chance = country.chance();
    let begin = OffsetDateTime::now_utc() + Duration::minutes(60);
    let at = |time: OffsetDateTime| time.format(&Rfc3339).context("time");
    let division_code = country.population.places.division(Of::Division, chance);
    let county = country.population.places.name(division_code);
    let activity = json!({
        "title": format!("{}技术沙龙", country.population.societies.all()[0].topic(chance)),
        "description": "演示活动，内容为虚构。",
        "kind": "ACADEMIC_MEETING",
        "startsAt": at(begin)?,
        "endsAt": at(begin + Duration::minutes(90))?,
        "divisionCode": division_code,
        "place": format!("{county}示例会议中心"),
        "capacity": 40 + chance % 160,
        "creditMinutes": 90,
    });
    let path = format!("/v1/organisations/{}/activities", country.organisation_id);
    let desk = &mut country.staff.activities;
    let draft = desk.try_post(&path, activity).await?;
    if draft.status != 200 {
        return Ok(outcome(draft));
    }
    let activity_id = text(&draft.body, "activityId")?.to_owned();
    let own = format!("/v1/activities/{activity_id}:publish");
    let published = desk.try_post(&own, json!({})).await?;
    if published.status == 200 {
        country.held.push(activity_id);
    }
    Ok(outcome(published))
}

/// A person registers for one of the activities that come next, or for one of this run.
pub(crate) async fn register(country: &mut Country) -> Result<Outcome> {
    let Some(place) = country.one_signed_in() else {
        return Ok(Outcome::Nothing);
    };
    let chance = country.chance();
    let of_this_run = chance % 100 < OF_THIS_RUN && !country.held.is_empty();
    let activity_id = if of_this_run {
        country.held[(chance / 100) as usize % country.held.len()].clone()
    } else {
        let page = country.visitor.get("/v1/activities?pageSize=50").await?;
        let upcoming = list(&page, "activities")?;
        if upcoming.is_empty() {
            return Ok(Outcome::Nothing);
        }
        let activity = &upcoming[(chance / 100) as usize % upcoming.len()];
        text(activity, "activityId")?.to_owned()
    };
    let person = &mut country.people[place];
    let path = format!("/v1/activities/{activity_id}/registrations");
    let seat = json!({"divisionCode": person.division_code});
    let answer = person.visitor.try_post(&path, seat).await?;
    match (answer.status, answer.code()) {
        (200, _) if of_this_run => {
            person.seats.push(Seat {
                registration_id: text(&answer.body, "registrationId")?.to_owned(),
                activity_id,
            });
            Ok(Outcome::Done)
        }
        (_, "ALREADY_REGISTERED") => Ok(Outcome::Nothing),
        _ => {
            // It is full, or over: people choose others from now on.
            country.held.retain(|held| *held != activity_id);
            Ok(match answer.code() {
                "ACTIVITY_FULL" => Outcome::Nothing,
                _ => outcome(answer),
            })
        }
    }
}

/// A person shows the ticket, and the desk checks it.
pub(crate) async fn check_in(country: &mut Country) -> Result<Outcome> {
    let seated = |person: &Person| !person.seats.is_empty();
    let Some(place) = country.people.iter().position(seated) else {
        return Ok(Outcome::Nothing);
    };
    let person = &mut country.people[place];
    let Some(seat) = person.seats.pop() else {
        return Ok(Outcome::Nothing);
    };
    let path = format!("/v1/registrations/{}/ticket", seat.registration_id);
    let ticket = person.visitor.try_get(&path).await?;
    if ticket.status != 200 {
        return Ok(outcome(ticket));
    }
    let path = format!("/v1/activities/{}:checkIn", seat.activity_id);
    let ticket = json!({"ticket": ticket.body["token"]});
    let checked = country.staff.activities.try_post(&path, ticket).await?;
    Ok(outcome(checked))
}
