//! People find what they had, and what the platform gave to them is recognised.

use serde_json::{Value, json};
use testkit::Platform;

use super::version::Issued;
use crate::visitor::Visitor;

const DEMO_PASSWORD: &str = "wangshang-kexie-2026";
const REVIEWER: &str = "+8619900000002";
const ACTIVITY_DESK: &str = "+8619900000004";
const ADMINISTRATOR: &str = "+8619900000005";
const LEADER: &str = "+8619900000006";
const AUDITOR: &str = "+8619900000009";

/// Checks all of it through the gateway.
pub async fn check(platform: &Platform, issued: &Issued) {
    let society = member(platform, issued).await;
    review_desk(platform, &society).await;
    activity_desk(platform, &society, issued).await;
    administration(platform, &society, issued).await;
    headquarters(platform).await;
}

async fn signed_in(platform: &Platform, address: &str, password: &str) -> Visitor {
    let mut visitor = Visitor::new(platform.gateway_url());
    visitor.sign_in(address, password).await;
    visitor
}

/// All elements of a list, page by page.
async fn all(visitor: &mut Visitor, path: &str, field: &str) -> Vec<Value> {
    let (mut elements, mut token) = (Vec::new(), String::new());
    loop {
        let query = format!("{path}?pageSize=100&pageToken={token}");
        let page = visitor.get(&query).await.ok();
        elements.extend(page[field].as_array().cloned().unwrap_or_default());
        token = page["nextPageToken"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        if token.is_empty() {
            assert!(!elements.is_empty(), "{path}: nothing");
            return elements;
        }
    }
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    let text = value[field].as_str().unwrap_or_default();
    assert!(!text.is_empty(), "no {field} in {value}");
    text
}

/// The member's own pages, and the card. Returns the society's id.
async fn member(platform: &Platform, issued: &Issued) -> String {
    let mut member = signed_in(platform, &issued.address, &issued.password).await;
    let person = member.get("/v1/me/person").await.ok();
    assert_eq!(person["name"], issued.name.as_str());
    assert_eq!(person["personNumber"], issued.person_number.as_str());
    assert_eq!(person["status"], "VERIFIED");
    let memberships = all(&mut member, "/v1/me/memberships", "memberships").await;
    let [membership] = memberships.as_slice() else {
        panic!("{memberships:?}")
    };
    assert_eq!(membership["memberNumber"], issued.member_number.as_str());
    assert_eq!(membership["state"], "ACTIVE");
    for application in all(&mut member, "/v1/me/applications", "applications").await {
        let path = format!("/v1/applications/{}", text(&application, "applicationId"));
        text(&member.get(&path).await.ok()["form"], "employer");
        let history = member.get(&format!("{path}/history")).await.ok();
        assert!(
            history["steps"].as_array().is_some_and(|s| s.len() > 3),
            "{history}"
        );
    }
    all(&mut member, "/v1/me/consents", "consents").await;
    let wards = member.get("/v1/me/wards").await.ok();
    let states: Vec<&Value> = wards["wards"]
        .as_array()
        .unwrap()
        .iter()
        .map(|w| &w["state"])
        .collect();
    assert!(
        states.contains(&&json!("GUARDIANSHIP_STATE_CONFIRMED")),
        "{wards}"
    );
    let registrations = all(&mut member, "/v1/me/registrations", "registrations").await;
    let path = format!(
        "/v1/registrations/{}/ticket",
        text(&registrations[0], "registrationId")
    );
    text(&member.get(&path).await.ok(), "token");
    let mut anybody = Visitor::new(platform.gateway_url());
    let card = anybody
        .get(&format!("/v1/cards/{}", issued.card))
        .await
        .ok();
    assert_eq!(card["inForce"], true, "{card}");
    assert_eq!(card["memberNumber"], issued.member_number.as_str());
    text(membership, "organisationId").to_owned()
}

/// Applications with the names and forms that people agreed to show.
async fn review_desk(platform: &Platform, society: &str) {
    let mut reviewer = signed_in(platform, REVIEWER, DEMO_PASSWORD).await;
    let path = format!("/v1/organisations/{society}/applications");
    let mut forms = 0;
    for application in all(&mut reviewer, &path, "applications").await {
        let path = format!("/v1/applications/{}", text(&application, "applicationId"));
        let application = reviewer.get(&path).await.ok();
        forms += usize::from(
            application["form"]["employer"]
                .as_str()
                .is_some_and(|e| !e.is_empty()),
        );
    }
    assert!(forms > 0, "no form is shown");
}

/// Activities and who registered, and a ticket that has been issued.
async fn activity_desk(platform: &Platform, society: &str, issued: &Issued) {
    let mut desk = signed_in(platform, ACTIVITY_DESK, DEMO_PASSWORD).await;
    let path = format!("/v1/organisations/{society}/activities");
    all(&mut desk, &path, "activities").await;
    let own = format!("/v1/activities/{}", issued.activity_id);
    let path = format!("{own}/registrations");
    let registrations = all(&mut desk, &path, "registrations").await;
    assert!(
        registrations
            .iter()
            .any(|r| r["personName"] == issued.name.as_str()),
        "{registrations:?}"
    );
    // Another time than that of check-in, but a ticket.
    let shown = json!({"ticket": issued.ticket});
    let answer = desk.post(&format!("{own}:checkIn"), shown).await;
    let reason = answer.body["code"].as_str().unwrap_or_default();
    assert!(
        ["CHECK_IN_TOO_EARLY", "CHECK_IN_TOO_LATE"].contains(&reason),
        "{}",
        answer.body
    );
}

/// The member by name, the society's systems and the roles on it.
async fn administration(platform: &Platform, society: &str, issued: &Issued) {
    let mut administrator = signed_in(platform, ADMINISTRATOR, DEMO_PASSWORD).await;
    let society = format!("/v1/organisations/{society}");
    let members = all(
        &mut administrator,
        &format!("{society}/memberships"),
        "memberships",
    )
    .await;
    assert!(members.len() > 2, "{members:?}");
    let found = administrator
        .post(
            &format!("{society}/memberships:search"),
            json!({"query": issued.name}),
        )
        .await
        .ok();
    assert_eq!(
        found["memberships"][0]["memberNumber"],
        issued.member_number.as_str(),
        "{found}"
    );
    all(&mut administrator, &format!("{society}/clients"), "clients").await;
    all(&mut administrator, &format!("{society}/grants"), "grants").await;
}

/// The cockpit and the audit trail.
async fn headquarters(platform: &Platform) {
    let mut leader = signed_in(platform, LEADER, DEMO_PASSWORD).await;
    leader.get("/v1/cockpit/overview").await.ok();
    leader.get("/v1/cockpit/planIndicators").await.ok();
    leader.get("/v1/cockpit/provinces/310000").await.ok();
    let mut auditor = signed_in(platform, AUDITOR, DEMO_PASSWORD).await;
    let records = all(&mut auditor, "/v1/auditRecords", "records").await;
    assert!(records.len() > 100, "{} records", records.len());
}
