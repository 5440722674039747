//! The scientist's own steps: sign up, manage sessions, verify the real name, find a society, apply.

use anyhow::{Result, ensure};
use serde_json::json;

use super::{people, visitor::text, world::World};

pub async fn sign_up(world: &mut World) -> Result<String> {
    let address = people::address(&world.run, "scientist");
    let wrong = json!({"purpose": "SIGN_UP", "address": "not an address"});
    let answer = world.scientist.try_post("/v1/codes", wrong).await?;
    ensure!(
        answer.status == 400,
        "a malformed address was answered with {}",
        answer.status
    );
    ensure!(
        answer.body["violations"][0]["field"] == "address",
        "no violation names the address: {}",
        answer.body
    );
    let account = world
        .scientist
        .sign_up(&address, people::PASSWORD, "旅程")
        .await?;
    world.person_number = text(&account, "personNumber")?.to_owned();
    Ok(format!("person number {}, signed in", world.person_number))
}

pub async fn sessions(world: &mut World) -> Result<String> {
    let address = people::address(&world.run, "scientist");
    let mut elsewhere = world.scientist.stranger();
    let wrong = json!({"address": address, "password": "Wrong-Password-1"});
    let answer = elsewhere.try_post("/v1/sessions", wrong).await?;
    ensure!(
        answer.status == 401,
        "a wrong password was answered with {}",
        answer.status
    );
    elsewhere.sign_in(&address, people::PASSWORD).await?;
    let list = world.scientist.get("/v1/sessions").await?;
    let sessions = list["sessions"].as_array().map_or(&[][..], Vec::as_slice);
    ensure!(
        sessions.len() == 2,
        "expected two sessions, saw {}",
        sessions.len()
    );
    let other = sessions.iter().find(|session| session["current"] == false);
    let other = text(other.unwrap_or(&json!({})), "sessionId")?.to_owned();
    world
        .scientist
        .delete(&format!("/v1/sessions/{other}"))
        .await?;
    let after = elsewhere.try_get("/v1/me").await?;
    ensure!(
        after.status == 401,
        "the revoked session still works: {}",
        after.status
    );
    Ok("two sessions seen, the other one revoked and refused at once".to_owned())
}

pub async fn verify(world: &mut World) -> Result<String> {
    let number = people::resident_id_number(world.seed);
    let mut broken = number.clone();
    let last = broken.pop().unwrap_or_default();
    broken.push(if last == '0' { '1' } else { '0' });
    let request =
        |number: &str| json!({"name": "旅成", "residentIdNumber": number, "consent": true});
    let answer = world
        .scientist
        .try_post("/v1/me/person:verify", request(&broken))
        .await?;
    ensure!(
        answer.status == 400 && answer.body["violations"][0]["field"] == "residentIdNumber",
        "a wrong check character: {}",
        answer.body
    );
    let person = world
        .scientist
        .post("/v1/me/person:verify", request(&number))
        .await?;
    let masked = text(&person, "maskedDocumentNumber")?;
    ensure!(!masked.contains(&number[4..14]), "the number is not masked");
    Ok(format!(
        "wrong check character refused, then verified; shown as {masked}"
    ))
}

pub async fn find(world: &mut World) -> Result<String> {
    let found = world
        .scientist
        .stranger()
        .get("/v1/organisations?query=%E8%AE%A1%E7%AE%97%E6%9C%BA")
        .await?;
    let first = &found["organisations"][0];
    ensure!(
        first["name"] == "中国计算机学会",
        "found {} first",
        first["name"]
    );
    world.organisation_id = text(first, "organisationId")?.to_owned();
    let provinces = world.scientist.get("/v1/divisions").await?;
    let count = provinces["divisions"].as_array().map_or(0, Vec::len);
    ensure!(count == 34, "{count} provincial units");
    let total = world
        .scientist
        .get("/v1/organisations?kind=NATIONAL_SOCIETY&pageSize=500")
        .await?;
    let societies = total["organisations"].as_array().map_or(0, Vec::len);
    ensure!(societies == 210, "{societies} national societies");
    Ok("「计算机」 finds 中国计算机学会 first; 210 societies, 34 provincial units".to_owned())
}

pub async fn apply(world: &mut World) -> Result<String> {
    let path = format!("/v1/organisations/{}/applications", world.organisation_id);
    let form = json!({"employer": "某研究所", "education": "DOCTOR", "researchField": "", "divisionCode": "110108"});
    let draft = world
        .scientist
        .post(&path, json!({"category": "ORDINARY", "form": form}))
        .await?;
    world.application_id = text(&draft, "applicationId")?.to_owned();
    world
        .scientist
        .refused(&path, json!({"category": "ORDINARY"}), "APPLICATION_OPEN")
        .await?;
    let own = format!("/v1/applications/{}", world.application_id);
    let submit = format!("{own}:submit");
    let early = world
        .scientist
        .try_post(&submit, json!({"consent": true}))
        .await?;
    ensure!(
        early.status == 400,
        "an incomplete form was answered with {}",
        early.status
    );
    let form = json!({"employer": "某研究所", "education": "DOCTOR", "researchField": "数据库", "divisionCode": "110108"});
    let change = json!({"category": "ORDINARY", "form": form, "etag": draft["etag"]});
    world.scientist.patch(&own, change.clone()).await?;
    let stale = world
        .scientist
        .send(
            world
                .scientist
                .request(reqwest::Method::PATCH, &own)
                .json(&change),
        )
        .await?;
    ensure!(
        stale.status == 412,
        "a stale etag was answered with {}",
        stale.status
    );
    let submitted = world
        .scientist
        .post(&submit, json!({"consent": true}))
        .await?;
    ensure!(
        submitted["state"] == "IN_FIRST_REVIEW",
        "state {}",
        submitted["state"]
    );
    Ok("draft, second draft refused, incomplete form refused by field, stale etag refused, handed in".to_owned())
}
