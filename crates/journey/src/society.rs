//! The society's steps: review in two steps, manage its own system's access, verify members.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::{
    visitor::{Visitor, text},
    world::World,
};

const CODE: &str = "B-20";

pub async fn return_and_correct(world: &mut World) -> Result<String> {
    let mut reviewer = world
        .demo
        .staff(&world.scientist, "society.reviewer", CODE)
        .await?;
    let own = format!("/v1/applications/{}", world.application_id);
    let desk = reviewer
        .get(&format!(
            "/v1/organisations/{}/applications?pageSize=200",
            world.organisation_id
        ))
        .await?;
    ensure!(
        desk["applications"]
            .as_array()
            .is_some_and(|all| !all.is_empty()),
        "the review desk is empty"
    );
    let seen = reviewer.get(&own).await?;
    ensure!(
        seen["applicantName"] == "旅成",
        "the reviewer sees the name {}",
        seen["applicantName"]
    );
    let reason = "请补充您的职称。";
    let returned = reviewer
        .post(&format!("{own}:return"), json!({"reason": reason}))
        .await?;
    ensure!(
        returned["state"] == "RETURNED",
        "state {}",
        returned["state"]
    );
    let mine = world.scientist.get(&own).await?;
    ensure!(
        mine["decisionReason"] == reason,
        "the applicant does not see the reason"
    );
    let mut form = mine["form"].clone();
    form["position"] = json!("副研究员");
    let change = json!({"category": "ORDINARY", "form": form, "etag": mine["etag"]});
    world.scientist.patch(&own, change).await?;
    world
        .scientist
        .post(&format!("{own}:submit"), json!({"consent": true}))
        .await?;
    Ok(format!(
        "returned with 「{reason}」, corrected and handed in again"
    ))
}

pub async fn admit(world: &mut World) -> Result<String> {
    let mut reviewer = world
        .demo
        .staff(&world.scientist, "society.reviewer", CODE)
        .await?;
    let mut approver = world
        .demo
        .staff(&world.scientist, "society.approver", CODE)
        .await?;
    let own = format!("/v1/applications/{}", world.application_id);
    world
        .scientist
        .refused(&format!("{own}:approve"), json!({}), "PERMISSION_DENIED")
        .await?;
    let early = approver
        .try_post(&format!("{own}:approve"), json!({}))
        .await?;
    ensure!(
        early.status == 409,
        "approved before the first review: {}",
        early.status
    );
    reviewer
        .post(&format!("{own}:passFirstReview"), json!({}))
        .await?;
    let approved = approver.post(&format!("{own}:approve"), json!({})).await?;
    world.membership_id = text(&approved, "membershipId")?.to_owned();
    let membership = world
        .scientist
        .get(&format!("/v1/memberships/{}", world.membership_id))
        .await?;
    world.member_number = text(&membership, "memberNumber")?.to_owned();
    ensure!(
        world.member_number.len() == 11,
        "member number {}",
        world.member_number
    );
    Ok(format!(
        "first review, final review; member number {}",
        world.member_number
    ))
}

pub async fn card(world: &mut World) -> Result<String> {
    let card = world
        .scientist
        .get(&format!("/v1/memberships/{}/card", world.membership_id))
        .await?;
    let token = text(&card, "token")?.to_owned();
    ensure!(
        text(&card, "url")?.ends_with(&token),
        "the link does not carry the token"
    );
    let mut anybody = world.scientist.stranger();
    let seen = anybody.get(&format!("/v1/cards/{token}")).await?;
    ensure!(seen["inForce"] == true, "not in force: {seen}");
    ensure!(
        !seen.to_string().contains("旅成"),
        "the public page shows the whole name"
    );
    let forged = format!(
        "{}{}",
        &token[..token.len() - 2],
        if token.ends_with("AA") { "BB" } else { "AA" }
    );
    let answer = anybody.try_get(&format!("/v1/cards/{forged}")).await?;
    ensure!(
        (400..500).contains(&answer.status),
        "a forged card was answered with {}",
        answer.status
    );
    let mut desk = world
        .demo
        .staff(&world.scientist, "society.approver", CODE)
        .await?;
    let own = format!("/v1/memberships/{}", world.membership_id);
    desk.post(&format!("{own}:suspend"), json!({"reason": "核实中"}))
        .await?;
    let suspended = anybody.get(&format!("/v1/cards/{token}")).await?;
    ensure!(
        suspended["inForce"] == false,
        "a suspended member's card still says in force"
    );
    desk.post(&format!("{own}:reinstate"), json!({})).await?;
    Ok(format!(
        "in force, name shown as {}; forged link refused; suspension seen at once",
        seen["maskedName"]
    ))
}

/// Registers a client of an organisation and gets its token.
async fn client_token(
    world: &World,
    organisation_code: &str,
    organisation_id: &str,
) -> Result<Visitor> {
    let mut administrator = world
        .demo
        .staff(
            &world.scientist,
            "organisation.administrator",
            organisation_code,
        )
        .await?;
    let request = json!({"kind": "MACHINE", "name": format!("会员系统 {}", world.run), "scopes": ["members.verify", "members.read"]});
    let created = administrator
        .post(
            &format!("/v1/organisations/{organisation_id}/clients"),
            request,
        )
        .await?;
    let mut stranger = world.scientist.stranger();
    let token = stranger
        .request(reqwest::Method::POST, "/oauth2/token")
        .basic_auth(
            text(&created["client"], "clientId")?,
            Some(text(&created, "clientSecret")?),
        )
        .form(&[("grant_type", "client_credentials")]);
    let answer = stranger.send(token).await?;
    ensure!(
        answer.status == 200,
        "no token: {} {}",
        answer.status,
        answer.body
    );
    Ok(stranger.with_token(text(&answer.body, "access_token")?))
}

pub async fn machine(world: &mut World) -> Result<String> {
    let mut machine = client_token(world, CODE, &world.organisation_id).await?;
    let base = format!("/v1/organisations/{}/memberships", world.organisation_id);
    let one = machine
        .post(
            &format!("{base}:verify"),
            json!({"query": {"memberNumber": world.member_number}}),
        )
        .await?;
    ensure!(
        one["inForce"] == true && one["personNumber"] == world.person_number,
        "{one}"
    );
    let mut queries: Vec<Value> = (0..999)
        .map(|n| json!({"memberNumber": format!("B20{n:07}X")}))
        .collect();
    queries.push(json!({"personNumber": world.person_number}));
    let many = machine
        .post(&format!("{base}:batchVerify"), json!({"queries": queries}))
        .await?;
    let answers = many["verifications"]
        .as_array()
        .context("no verifications")?;
    ensure!(answers.len() == 1_000, "{} answers", answers.len());
    let in_force = answers
        .iter()
        .filter(|answer| answer["inForce"] == true)
        .count();
    ensure!(
        in_force == 1 && answers[999]["inForce"] == true,
        "{in_force} in force"
    );
    world.machine = Some(machine);
    Ok("one member verified; 1,000 in one call, in order".to_owned())
}

pub async fn foreign_machine(world: &mut World) -> Result<String> {
    let found = world
        .scientist
        .get("/v1/organisations?query=%E4%B8%AD%E5%9B%BD%E6%95%B0%E5%AD%A6%E4%BC%9A")
        .await?;
    let other = text(&found["organisations"][0], "organisationId")?.to_owned();
    let mut stranger = client_token(world, "A-01", &other).await?;
    let base = format!("/v1/organisations/{}/memberships", world.organisation_id);
    let query = json!({"query": {"memberNumber": world.member_number}});
    stranger
        .refused(
            &format!("{base}:verify"),
            query.clone(),
            "PERMISSION_DENIED",
        )
        .await?;
    let list = stranger.try_get(&base).await?;
    ensure!(
        list.status == 403,
        "the list was answered with {}",
        list.status
    );
    let own = format!("/v1/organisations/{other}/memberships:verify");
    let nothing = stranger.post(&own, query).await?;
    ensure!(
        nothing["inForce"] == false && nothing["personNumber"] == "",
        "{nothing}"
    );
    Ok(
        "中国数学会's token: verification and list refused, its own search finds nothing"
            .to_owned(),
    )
}
