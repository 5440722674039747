//! Grants that end on a day, who held what on which day, people who leave, and grants from before the rules of today.

use identity::grants::{end, separation};
use proto_identity::v1::{self as wire, Account};
use time::{Duration, macros::format_description};
use tonic::Status;
use uuid::Uuid;

use crate::{
    grants::{give, listed, revoke},
    world::{Browser, World, fields, reason, refused},
};

/// The day so many days from now, in China.
fn day(world: &World, days: i64) -> String {
    let day = kit::clock::business_date(world.clock.now() + Duration::days(days));
    day.format(format_description!("[year]-[month]-[day]"))
        .unwrap()
}

async fn give_until(
    by: &Browser,
    to: &Account,
    on: Uuid,
    last_day: String,
) -> Result<wire::Grant, Status> {
    let message = wire::CreateGrantRequest {
        organisation_id: on.to_string(),
        role: "society.reviewer".into(),
        person_number: to.person_number.clone(),
        request_id: String::new(),
        last_day,
    };
    let answer = by.grants().create_grant(by.signed(message).await?).await;
    answer.map(tonic::Response::into_inner)
}

async fn extend(by: &Browser, grant_id: &str, last_day: String) -> Result<wire::Grant, Status> {
    let message = wire::UpdateGrantRequest {
        grant_id: grant_id.to_owned(),
        last_day,
        request_id: String::new(),
    };
    let answer = by.grants().update_grant(by.signed(message).await?).await;
    answer.map(tonic::Response::into_inner)
}

async fn told(world: &World, account: &Account) -> Vec<String> {
    let id: Uuid = account.person_id.parse().unwrap();
    sqlx::query_scalar("select template from notices where person_id = $1 order by notice_id")
        .bind(id)
        .fetch_all(world.pool())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_grant_ends_when_its_last_day_has_passed_and_the_holder_is_told_before() {
    let world = World::new().await;
    let (administrator, own) = world
        .staff(1, "organisation.administrator", world.society)
        .await;
    let (_, account) = world.verified(2).await;
    let yesterday = give_until(&administrator, &account, world.society, day(&world, -1)).await;
    assert_eq!(reason(&yesterday.unwrap_err()), "GRANT_LAST_DAY");
    let nonsense = give_until(&administrator, &account, world.society, "2026-02-30".into()).await;
    assert_eq!(fields(&nonsense.unwrap_err()), ["last_day"]);
    let until = day(&world, 20);
    let grant = give_until(&administrator, &account, world.society, until.clone())
        .await
        .unwrap();
    assert_eq!(grant.last_day, until);
    let run = async || end::once(&world.db, world.clock.now()).await.unwrap();
    run().await;
    assert_eq!(told(&world, &account).await, ["role_given"]);
    world.wait(Duration::days(6));
    run().await;
    run().await;
    assert_eq!(
        told(&world, &account).await,
        ["role_given", "role_ends_soon"]
    );
    // On the last day it is in force.
    world.wait(Duration::days(14));
    run().await;
    assert_eq!(world.count("select count(*) from access.grants").await, 2);
    world.wait(Duration::days(1));
    let administrator = world.again(administrator).await;
    // Two replicas at once end it once.
    tokio::join!(run(), run());
    assert_eq!(world.count("select count(*) from access.grants").await, 1);
    assert_eq!(
        told(&world, &account).await,
        ["role_given", "role_ends_soon", "role_ended"]
    );
    let events = world.events().await;
    let ended = events.iter().filter(|event| *event == "GrantRevoked");
    assert_eq!(ended.count(), 1);
    assert_eq!(world.records("service:identity", "ok").await, 1);

    // An extended one stays; no one extends their own.
    let until = day(&world, 0);
    let grant = give_until(&administrator, &account, world.society, until)
        .await
        .unwrap();
    let longer = extend(&administrator, &grant.grant_id, String::new())
        .await
        .unwrap();
    assert_eq!(longer.last_day, "");
    world.wait(Duration::days(2));
    run().await;
    assert_eq!(world.count("select count(*) from access.grants").await, 2);
    let id: Uuid = own.person_id.parse().unwrap();
    let mine: Uuid = sqlx::query_scalar("select grant_id from access.grants where person_id = $1")
        .bind(id)
        .fetch_one(world.pool())
        .await
        .unwrap();
    let administrator = world.again(administrator).await;
    let refusal = extend(&administrator, &mine.to_string(), String::new()).await;
    assert_eq!(refused(refusal), "OWN_AFFAIRS");
}

#[tokio::test]
async fn who_held_what_is_known_for_every_day() {
    let world = World::new().await;
    let (security, _) = world
        .staff(1, "platform.security", world.headquarters)
        .await;
    let (_, account) = world.verified(2).await;
    let role = "organisation.administrator";
    let list = |organisation_id: Uuid, below, on_day: String| wire::ListGrantsRequest {
        organisation_id: organisation_id.to_string(),
        below,
        on_day,
        role: role.into(),
        ..Default::default()
    };
    let (cast, society) = (world.headquarters, world.society);
    let before = day(&world, -1);
    let first = day(&world, 0);
    let grant = give(&security, &account, role, society).await.unwrap();
    world.wait(Duration::days(3));
    let security = world.again(security).await;
    revoke(&security, &grant.grant_id).await.unwrap();
    let last = day(&world, 0);
    let after = day(&world, 1);
    world.wait(Duration::days(3));
    let security = world.again(security).await;
    for (on_day, expected) in [(before, 0), (first, 1), (last, 1), (after, 0)] {
        let found = listed(&security, list(cast, true, on_day.clone())).await;
        assert_eq!(found.len(), expected, "{on_day}");
        for grant in found {
            assert!(grant.ended_at.is_some() && grant.masked_name.ends_with('*'));
            assert_eq!(grant.organisation_id, society.to_string());
        }
    }
    assert!(
        listed(&security, list(cast, true, String::new()))
            .await
            .is_empty()
    );
    assert!(
        listed(&security, list(cast, false, String::new()))
            .await
            .is_empty()
    );
    // The version before removes rows without a word; the history knows when.
    let id: Uuid = account.person_id.parse().unwrap();
    world.hold(id, role, society).await;
    world
        .execute("delete from access.grants where role = 'organisation.administrator'")
        .await;
    let left = "select count(*) from grant_history where role = 'organisation.administrator' and ended_at is null";
    assert_eq!(world.count(left).await, 0);
}

#[tokio::test]
async fn who_leaves_loses_all_that_the_organisation_has_given() {
    let world = World::new().await;
    let (administrator, _) = world
        .staff(1, "organisation.administrator", world.society)
        .await;
    let (leaving, account) = world.verified(2).await;
    let id: Uuid = account.person_id.parse().unwrap();
    for role in ["society.reviewer", "society.analyst"] {
        give(&administrator, &account, role, world.society)
            .await
            .unwrap();
    }
    world
        .hold(id, "society.reviewer", world.other_society)
        .await;
    world.hold(id, "society.emperor", world.society).await;
    let leave = async |by: &Browser, about: &Account| {
        let message = wire::RevokeGrantsOfPersonRequest {
            organisation_id: world.society.to_string(),
            person_number: about.person_number.clone(),
            request_id: String::new(),
        };
        let request = by.signed(message).await?;
        let answer = by.grants().revoke_grants_of_person(request).await;
        answer.map(tonic::Response::into_inner)
    };
    assert_eq!(
        refused(leave(&leaving, &account).await),
        "PERMISSION_DENIED"
    );
    let answer = leave(&administrator, &account).await.unwrap();
    assert_eq!((answer.revoked, answer.remaining.len()), (3, 0));
    let left = "select count(*) from access.grants where role like 'society.%'";
    assert_eq!(
        world.count(left).await,
        1,
        "what another society gave stays"
    );
    let again = leave(&administrator, &account).await.unwrap();
    assert_eq!(again.revoked, 0);
    // Those of the platform remain, and are named.
    let cast = world.headquarters;
    let (security, _) = world.staff(3, "platform.security", cast).await;
    let (_, auditor) = world.staff(4, "platform.audit", cast).await;
    let message = wire::RevokeGrantsOfPersonRequest {
        organisation_id: cast.to_string(),
        person_number: auditor.person_number.clone(),
        request_id: String::new(),
    };
    let request = security.signed(message).await.unwrap();
    let answer = security.grants().revoke_grants_of_person(request).await;
    let answer = answer.unwrap().into_inner();
    assert_eq!(answer.revoked, 0);
    assert_eq!(answer.remaining[0].role, "platform.audit");
}

#[tokio::test]
async fn grants_from_before_are_separated_and_what_remains_is_found() {
    let world = World::new().await;
    let cast = world.headquarters;
    let (_, former) = world.staff(1, "organisation.administrator", cast).await;
    let (_, both) = world.staff(2, "platform.audit", cast).await;
    let (_, fine) = world.staff(3, "platform.system", cast).await;
    let id: Uuid = both.person_id.parse().unwrap();
    world
        .hold(id, "organisation.administrator", world.society)
        .await;
    let now = world.clock.now();
    // Two replicas start at once.
    let (one, other) = tokio::join!(
        separation::settle(&world.db, now),
        separation::settle(&world.db, now)
    );
    other.unwrap();
    let found = one.unwrap();
    assert_eq!(
        found.len(),
        2,
        "both grants of the one who holds two: {found:?}"
    );
    let roles: Vec<String> = sqlx::query_scalar(
        "select role from access.grants where person_id in ($1, $2) order by role",
    )
    .bind(former.person_id.parse::<Uuid>().unwrap())
    .bind(fine.person_id.parse::<Uuid>().unwrap())
    .fetch_all(world.pool())
    .await
    .unwrap();
    assert_eq!(roles, ["headquarters.administrator", "platform.system"]);
    assert_eq!(told(&world, &former).await, ["role_ended", "role_given"]);
}
