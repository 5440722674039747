//! What the journey leaves out: ends, refusals and withdrawals, guardians, and what people keep on their phones.

use anyhow::{Context as _, Result};
use platform::{Addresses, workspace};
use serde::Serialize;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use journey::{
    demo,
    visitor::{Visitor, text},
};

const SOCIETY: &str = "B-20";
const PASSWORD: &str = "Stored-2026-Kexie";

/// Names and identity numbers with an area code that was never assigned (119901). The last two are children.
const PEOPLE: [(&str, &str, &str); 6] = [
    ("member", "存会员", "119901199101017013"),
    ("suspended", "存暂停", "119901199102027029"),
    ("resigned", "存退会", "119901199103037034"),
    ("refused", "存拒绝", "11990119910404704X"),
    ("ward", "存小一", "119901202305057054"),
    ("awaiting", "存小二", "11990120230606706X"),
];

/// What the platform gave to a member, and must recognise for good.
#[derive(Serialize)]
pub struct Issued {
    address: String,
    password: &'static str,
    name: &'static str,
    person_number: String,
    member_number: String,
    /// In the QR code of the member card.
    card: String,
    /// In the QR code of the ticket for an activity in a year.
    ticket: String,
    activity_id: String,
}

struct Scene {
    organisation_id: String,
    reviewer: Visitor,
    approver: Visitor,
    activity_desk: Visitor,
    administrator: Visitor,
}

/// Writes it, on a platform that has no other users.
pub async fn write(addresses: &Addresses) -> Result<Issued> {
    let anybody = Visitor::new(&addresses.gateway_url, &addresses.mailbox)?;
    let accounts = demo::Accounts::read(&workspace().join("seeds"))?;
    let staff = async |role: &str| accounts.staff(&anybody, role, SOCIETY).await;
    let found = anybody
        .stranger()
        .get(&format!("/v1/organisations?query={SOCIETY}"))
        .await?;
    let mut scene = Scene {
        organisation_id: text(&found["organisations"][0], "organisationId")?.to_owned(),
        reviewer: staff("society.reviewer").await?,
        approver: staff("society.approver").await?,
        activity_desk: staff("society.activity_desk").await?,
        administrator: staff("organisation.administrator").await?,
    };
    let mut people = Vec::new();
    for (who, name, number) in PEOPLE {
        people.push(person(&anybody, who, name, number).await?);
    }
    let [member, suspended, resigned, refused, ward, awaiting] = people.as_mut_slice() else {
        anyhow::bail!("a person is missing");
    };
    let membership = memberships(&mut scene, member, suspended, resigned).await?;
    applications(&mut scene, refused, resigned).await?;
    guardians(member, ward, awaiting).await?;
    let (activity_id, ticket) = activities(&mut scene, member, refused).await?;
    access(&mut scene, refused).await?;
    let shown = member
        .get(&format!("/v1/memberships/{membership}/card"))
        .await?;
    let membership = member.get(&format!("/v1/memberships/{membership}")).await?;
    Ok(Issued {
        address: address(PEOPLE[0].0),
        password: PASSWORD,
        name: PEOPLE[0].1,
        person_number: text(&membership, "personNumber")?.to_owned(),
        member_number: text(&membership, "memberNumber")?.to_owned(),
        card: text(&shown, "token")?.to_owned(),
        ticket,
        activity_id,
    })
}

fn address(who: &str) -> String {
    format!("{who}@stored.example")
}

/// Signs a person up and verifies the name.
async fn person(anybody: &Visitor, who: &str, name: &str, number: &str) -> Result<Visitor> {
    let mut person = anybody.stranger();
    person.sign_up(&address(who), PASSWORD, name).await?;
    let proof = json!({"name": name, "residentIdNumber": number, "consent": true});
    person.post("/v1/me/person:verify", proof).await?;
    Ok(person)
}

/// Hands in an application and returns its path.
async fn apply(scene: &Scene, person: &mut Visitor, category: &str) -> Result<String> {
    let form = json!({
        "employer": "存档研究所", "position": "研究员", "education": "MASTER",
        "researchField": "数据库", "statement": "愿意参加活动。", "divisionCode": "310104",
    });
    let draft = person
        .post(
            &format!("/v1/organisations/{}/applications", scene.organisation_id),
            json!({"category": category, "form": form, "requestId": "stored-1"}),
        )
        .await?;
    let path = format!("/v1/applications/{}", text(&draft, "applicationId")?);
    person
        .post(&format!("{path}:submit"), json!({"consent": true}))
        .await?;
    Ok(path)
}

/// Admits a person and returns the membership's id.
async fn admit(scene: &mut Scene, person: &mut Visitor, category: &str) -> Result<String> {
    let path = apply(scene, person, category).await?;
    scene
        .reviewer
        .post(&format!("{path}:passFirstReview"), json!({}))
        .await?;
    let approved = scene
        .approver
        .post(&format!("{path}:approve"), json!({}))
        .await?;
    Ok(text(&approved, "membershipId")?.to_owned())
}

/// A membership in force, a suspended one and one that has ended, whose consent is withdrawn. Returns the first.
async fn memberships(
    scene: &mut Scene,
    member: &mut Visitor,
    suspended: &mut Visitor,
    resigned: &mut Visitor,
) -> Result<String> {
    let in_force = admit(scene, member, "SENIOR").await?;
    let membership = admit(scene, suspended, "STUDENT").await?;
    scene
        .approver
        .post(
            &format!("/v1/memberships/{membership}:suspend"),
            json!({"reason": "会费未缴", "ground": "DUES_UNPAID"}),
        )
        .await?;
    let membership = admit(scene, resigned, "ORDINARY").await?;
    resigned
        .post(
            &format!("/v1/memberships/{membership}:resign"),
            json!({"requestId": "stored-2"}),
        )
        .await?;
    let consents = resigned.get("/v1/me/consents").await?;
    let consent = text(&consents["consents"][0], "consentId")?;
    resigned
        .post(&format!("/v1/me/consents/{consent}:withdraw"), json!({}))
        .await?;
    Ok(in_force)
}

/// A rejected application, one that waits for the final review, a withdrawn one and a draft.
async fn applications(
    scene: &mut Scene,
    refused: &mut Visitor,
    resigned: &mut Visitor,
) -> Result<()> {
    let path = apply(scene, refused, "ORDINARY").await?;
    scene
        .reviewer
        .post(&format!("{path}:passFirstReview"), json!({}))
        .await?;
    scene
        .approver
        .post(&format!("{path}:reject"), json!({"reason": "材料不符。"}))
        .await?;
    let own = format!("/v1/organisations/{}/applications", scene.organisation_id);
    let draft = refused.post(&own, json!({"category": "STUDENT"})).await?;
    let draft = text(&draft, "applicationId")?;
    refused
        .post(&format!("/v1/applications/{draft}:withdraw"), json!({}))
        .await?;
    refused.post(&own, json!({"category": "STUDENT"})).await?;
    let form = json!({
        "employer": "存档研究所", "education": "DOCTOR", "researchField": "网络", "divisionCode": "440304",
    });
    let again = resigned
        .post(&own, json!({"category": "SENIOR", "form": form}))
        .await?;
    let path = format!("/v1/applications/{}", text(&again, "applicationId")?);
    resigned
        .post(&format!("{path}:submit"), json!({"consent": true}))
        .await?;
    scene
        .reviewer
        .post(&format!("{path}:passFirstReview"), json!({}))
        .await?;
    Ok(())
}

/// A child whose guardian has confirmed, and one who has refused one guardian's request and waits with a new code.
async fn guardians(
    guardian: &mut Visitor,
    ward: &mut Visitor,
    awaiting: &mut Visitor,
) -> Result<()> {
    let claimed = claim(guardian, ward).await?;
    guardian
        .post(
            &format!("/v1/me/wards/{claimed}:confirm"),
            json!({"consent": true}),
        )
        .await?;
    let claimed = claim(guardian, awaiting).await?;
    guardian
        .post(&format!("/v1/me/wards/{claimed}:refuse"), json!({}))
        .await?;
    awaiting.post("/v1/me/guardian-codes", json!({})).await?;
    Ok(())
}

/// Gives a child's code to the guardian, and returns the guardianship.
async fn claim(guardian: &mut Visitor, child: &mut Visitor) -> Result<String> {
    let code = child.post("/v1/me/guardian-codes", json!({})).await?;
    let claimed = guardian
        .post("/v1/me/wards", json!({"code": text(&code, "code")?}))
        .await?;
    Ok(text(&claimed, "guardianshipId")?.to_owned())
}

/// An activity in a year with a seat taken and one given back, a cancelled activity and a draft. Returns the first, and
/// the ticket for it.
async fn activities(
    scene: &mut Scene,
    member: &mut Visitor,
    other: &mut Visitor,
) -> Result<(String, String)> {
    let path = format!("/v1/organisations/{}/activities", scene.organisation_id);
    let mut own = Vec::new();
    for (title, kind) in [
        ("存档学术年会", "ACADEMIC_MEETING"),
        ("存档科普日", "POPULAR_SCIENCE"),
        ("存档培训班", "TRAINING"),
    ] {
        let draft = scene
            .activity_desk
            .post(&path, activity(title, kind)?)
            .await?;
        own.push(text(&draft, "activityId")?.to_owned());
    }
    for id in &own[..2] {
        scene
            .activity_desk
            .post(&format!("/v1/activities/{id}:publish"), json!({}))
            .await?;
    }
    let register = |id: &str| format!("/v1/activities/{id}/registrations");
    let whence = |request: &str| json!({"divisionCode": "310104", "requestId": request});
    let registration = member.post(&register(&own[0]), whence("stored-3")).await?;
    let registration = text(&registration, "registrationId")?;
    let ticket = member
        .get(&format!("/v1/registrations/{registration}/ticket"))
        .await?;
    let given_back = other.post(&register(&own[0]), whence("stored-3")).await?;
    let given_back = text(&given_back, "registrationId")?;
    other
        .post(&format!("/v1/registrations/{given_back}:cancel"), json!({}))
        .await?;
    other.post(&register(&own[1]), whence("stored-4")).await?;
    scene
        .activity_desk
        .post(
            &format!("/v1/activities/{}:cancel", own[1]),
            json!({"reason": "场地停用"}),
        )
        .await?;
    Ok((own[0].clone(), text(&ticket, "token")?.to_owned()))
}

fn activity(title: &str, kind: &str) -> Result<Value> {
    let at = |hours| -> Result<String> {
        let begin = OffsetDateTime::now_utc() + Duration::days(365);
        Ok((begin + Duration::hours(hours)).format(&Rfc3339)?)
    };
    Ok(json!({
        "title": title, "description": "一年以后。", "kind": kind, "startsAt": at(0)?, "endsAt": at(8)?,
        "registrationClosesAt": at(-24)?, "divisionCode": "310104", "place": "会议中心", "capacity": 50,
        "creditMinutes": 240,
    }))
}

/// A grant that was revoked and one that stands, and a client that was given a new secret and disabled.
async fn access(scene: &mut Scene, person: &mut Visitor) -> Result<()> {
    let me = person.get("/v1/me/person").await?;
    let number = text(&me, "personNumber")?;
    let path = format!("/v1/organisations/{}", scene.organisation_id);
    for (role, revoked) in [("society.reviewer", true), ("society.analyst", false)] {
        let grant = scene
            .administrator
            .post(
                &format!("{path}/grants"),
                json!({"role": role, "personNumber": number}),
            )
            .await
            .context(role)?;
        if revoked {
            let grant = text(&grant, "grantId")?;
            scene
                .administrator
                .delete(&format!("/v1/grants/{grant}"))
                .await?;
        }
    }
    let client = scene
        .administrator
        .post(
            &format!("{path}/clients"),
            json!({"kind": "MACHINE", "name": "存档系统", "scopes": ["members.verify"]}),
        )
        .await?;
    let client = text(&client["client"], "clientId")?;
    for change in ["rotateSecret", "disable"] {
        scene
            .administrator
            .post(&format!("/v1/clients/{client}:{change}"), json!({}))
            .await?;
    }
    Ok(())
}
