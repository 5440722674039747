//! People apply to societies; the society whose desks are the demo accounts' decides.

use anyhow::Result;
use journey::visitor::text;
use serde_json::{Value, json};

use crate::{
    country::Country,
    outcome::{Outcome, list, outcome},
};

/// Of a hundred applications so many go to the society that decides.
const TO_THE_SOCIETY: u64 = 60;
/// Of a hundred applications so many are returned at the first review, and so many refused at the final one.
const RETURNED: u64 = 8;
const REJECTED: u64 = 6;

/// A person writes an application and hands it in.
pub(crate) async fn apply(country: &mut Country) -> Result<Outcome> {
    let Some(place) = country.one_signed_in() else {
        return Ok(Outcome::Nothing);
    };
    let chance = country.chance();
    let societies = country.population.societies.all();
    let society = if chance % 100 < TO_THE_SOCIETY {
        &societies[0]
    } else {
        &societies[(chance / 100) as usize % societies.len()]
    };
    let person = &mut country.people[place];
    let county = country.population.places.name(&person.division_code);
    let form = json!({
        "employer": format!("{county}示例研究所"),
        "position": "工程师",
        "education": "MASTER",
        "researchField": society.topic(chance),
        "divisionCode": person.division_code,
    });
    let path = format!("/v1/organisations/{}/applications", society.organisation_id);
    let draft = person
        .visitor
        .try_post(&path, json!({"category": "ORDINARY", "form": form}))
        .await?;
    if draft.status != 200 {
        return Ok(outcome(draft));
    }
    let application_id = text(&draft.body, "applicationId")?;
    let submit = format!("/v1/applications/{application_id}:submit");
    let submitted = person
        .visitor
        .try_post(&submit, json!({"consent": true}))
        .await?;
    Ok(outcome(submitted))
}

/// The reviewer takes the application that waits longest.
pub(crate) async fn review(country: &mut Country) -> Result<Outcome> {
    let chance = country.chance();
    let Some(application) = waiting(country, "IN_FIRST_REVIEW").await? else {
        return Ok(Outcome::Nothing);
    };
    let own = format!("/v1/applications/{}", text(&application, "applicationId")?);
    let reviewer = &mut country.staff.reviewer;
    let answer = if chance % 100 < RETURNED {
        let reason = json!({"reason": "请补充工作单位的全称。"});
        reviewer.try_post(&format!("{own}:return"), reason).await?
    } else {
        reviewer
            .try_post(&format!("{own}:passFirstReview"), json!({}))
            .await?
    };
    Ok(outcome(answer))
}

/// The approver decides the application that waits longest.
pub(crate) async fn decide(country: &mut Country) -> Result<Outcome> {
    let chance = country.chance();
    let Some(application) = waiting(country, "IN_FINAL_REVIEW").await? else {
        return Ok(Outcome::Nothing);
    };
    let own = format!("/v1/applications/{}", text(&application, "applicationId")?);
    let approver = &mut country.staff.approver;
    let answer = if chance % 100 < REJECTED {
        let reason = json!({"reason": "研究方向与本会的专业领域不符。"});
        approver.try_post(&format!("{own}:reject"), reason).await?
    } else {
        approver
            .try_post(&format!("{own}:approve"), json!({}))
            .await?
    };
    Ok(outcome(answer))
}

/// The application in this state that waits longest.
async fn waiting(country: &mut Country, state: &str) -> Result<Option<Value>> {
    let path = format!(
        "/v1/organisations/{}/applications?states={state}&pageSize=1",
        country.organisation_id
    );
    let page = country.staff.reviewer.get(&path).await?;
    Ok(list(&page, "applications")?.first().cloned())
}
