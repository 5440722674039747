//! The demo accounts.

use identity::seed;
use kit::access::{Organisation, put_organisation};
use proto_identity::v1 as wire;

use crate::world::{World, refused, seeds};

const DEMO_PASSWORD: &str = "wangshang-kexie-2026";

#[tokio::test]
async fn demo_accounts_sign_in_and_hold_their_roles_and_seeding_again_changes_nothing() {
    let world = World::new().await;
    seed::load(&world.seeder(), &seeds()).await.unwrap();
    let events = world.events().await;
    let count = |name: &str| events.iter().filter(|event| *event == name).count();
    assert_eq!(
        (
            count("PersonRegistered"),
            count("PersonVerified"),
            count("GrantGiven")
        ),
        (14, 14, 13)
    );
    seed::load(&world.seeder(), &seeds()).await.unwrap();
    assert_eq!(world.events().await, events);

    for number in 1..=14 {
        let mut browser = world.browser();
        browser
            .sign_in(&format!("199{number:08}"), DEMO_PASSWORD)
            .await
            .unwrap();
        assert!(browser.me().await.unwrap().verified);
    }
    let mut reviewer = world.browser();
    reviewer
        .sign_in("+8619900000002", DEMO_PASSWORD)
        .await
        .unwrap();
    let request = reviewer.signed(wire::ListMyGrantsRequest {}).await.unwrap();
    let grants = reviewer
        .grants()
        .list_my_grants(request)
        .await
        .unwrap()
        .into_inner()
        .grants;
    assert_eq!(
        (grants.len(), grants[0].role.as_str()),
        (1, "society.reviewer")
    );
    assert_eq!(reviewer.person().await.name, "李初审");
}

#[tokio::test]
async fn a_grant_that_is_missing_is_added_and_works_once_the_organisation_is_known() {
    let world = World::new().await;
    seed::load(&world.seeder(), &seeds()).await.unwrap();
    world
        .execute("delete from access.grants where role = 'organisation.administrator'")
        .await;
    seed::load(&world.seeder(), &seeds()).await.unwrap();
    let mut administrator = world.browser();
    administrator
        .sign_in("+8619900000005", DEMO_PASSWORD)
        .await
        .unwrap();
    let society = "01a20048-8e7c-71f4-98f2-6de4f2f2dc3b";
    let list = async || {
        let message = wire::ListGrantsRequest {
            organisation_id: society.to_owned(),
            ..Default::default()
        };
        let request = administrator.signed(message).await.unwrap();
        administrator.grants().list_grants(request).await
    };
    assert_eq!(
        refused(list().await),
        "PERMISSION_DENIED",
        "the organisation's event has not come yet"
    );
    let organisation = Organisation {
        organisation_id: society.parse().unwrap(),
        parent_id: Some(world.headquarters),
        code: "B-20".into(),
        name: "中国计算机学会".into(),
        kind: "NATIONAL_SOCIETY".into(),
        division_code: String::new(),
        subject_class: "ENGINEERING".into(),
        path: format!("/{}/{society}/", world.headquarters),
    };
    put_organisation(&mut world.pool().acquire().await.unwrap(), &organisation)
        .await
        .unwrap();
    assert_eq!(list().await.unwrap().into_inner().grants.len(), 6);
}

#[tokio::test]
async fn made_up_people_are_entered_once_and_sign_in() {
    let world = World::new().await;
    let verify = async || {
        let mut conn = world.db.read().await.unwrap();
        eventlog::verify(&mut conn).await.unwrap()
    };
    seed::scale::load(&world.seeder(), &seeds(), 1_000)
        .await
        .unwrap();
    // Everybody is registered; 14 of 20 are members and verified, and 3 of the other 6.
    assert_eq!(verify().await, 1_000 + 850);
    seed::scale::load(&world.seeder(), &seeds(), 1_000)
        .await
        .unwrap();
    assert_eq!(verify().await, 1_850, "again: nothing is added");
    // Two at once, to a greater scale.
    let folder = seeds();
    let seeder = world.seeder();
    let (one, other) = tokio::join!(
        seed::scale::load(&seeder, &folder, 3_000),
        seed::scale::load(&seeder, &folder, 3_000)
    );
    one.and(other).unwrap();
    assert_eq!(verify().await, 3 * 1_850);

    for ordinal in [0, 19, 2_999] {
        let mut browser = world.browser();
        browser
            .sign_in(&synthetic::address(ordinal), DEMO_PASSWORD)
            .await
            .unwrap();
        let account = browser.me().await.unwrap();
        assert!(!account.display_name.is_empty(), "{ordinal}");
        assert_eq!(account.masked_addresses.len(), 1, "{ordinal}");
        let person = browser.person().await;
        let verified = ordinal > 0;
        assert_eq!(!person.name.is_empty(), verified, "{ordinal}");
    }
}
