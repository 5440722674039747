//! The local copies of grants and organisations, and the decisions based on them.

use eventlog::{ApplyError, Event, Handler as _};
use kit::access::{
    Caller, Copies, Origin, PersonCaller, organisation, organisations, put_organisation, store,
};
use prost::Name;
use proto_identity::v1::{GrantGiven, GrantRevoked};
use proto_membership::v1::{
    OrganisationEstablished,
    organisation::{Kind, SubjectClass},
};
use time::macros::datetime;
use uuid::Uuid;

use crate::world::{self, Tree, grant};

fn event<M: Name>(source: &str, aggregate_id: Uuid, message: &M) -> Event {
    Event {
        position: 1,
        id: Uuid::now_v7(),
        source: source.to_owned(),
        aggregate: "A".to_owned(),
        aggregate_id,
        event_type: M::NAME.to_owned(),
        payload: message.encode_to_vec().into(),
        occurred_at: datetime!(2026-01-01 00:00 UTC),
        traceparent: None,
    }
}

fn person(person_id: Uuid) -> Caller {
    Caller::Person(PersonCaller {
        person_id,
        account_id: Uuid::nil(),
        session_id: None,
        person_number: String::new(),
        name: None,
        verified: true,
        grants: Vec::new(),
        origin: Origin::default(),
        subject_check: Default::default(),
    })
}

#[tokio::test]
async fn grants_and_organisations_follow_the_events() {
    let database = world::database().await;
    let mut conn = database.pool.acquire().await.unwrap();
    let [grant_id, person_id, society] = [(); 3].map(|()| Uuid::now_v7());
    let given = GrantGiven {
        person_id: person_id.to_string(),
        role: "society.reviewer".into(),
        organisation_id: society.to_string(),
    };
    Copies
        .apply(&mut conn, &event("identity", grant_id, &given))
        .await
        .unwrap();
    assert!(
        store::grants_of(&mut conn, person_id)
            .await
            .unwrap()
            .is_empty(),
        "the organisation is not known yet"
    );
    let established = OrganisationEstablished {
        code: "B-20".into(),
        name: "中国计算机学会".into(),
        kind: Kind::NationalSociety.into(),
        subject_class: SubjectClass::Engineering.into(),
        path: format!("/{society}/"),
        ..Default::default()
    };
    Copies
        .apply(&mut conn, &event("membership", society, &established))
        .await
        .unwrap();
    let known = organisation(&mut conn, society).await.unwrap().unwrap();
    assert_eq!(
        (known.kind.as_str(), known.subject_class.as_str()),
        ("NATIONAL_SOCIETY", "ENGINEERING")
    );
    assert_eq!(
        store::grants_of(&mut conn, person_id).await.unwrap().len(),
        1
    );

    // The same events from a source that does not own these facts are ignored.
    let revoked = GrantRevoked {
        person_id: given.person_id.clone(),
        ..Default::default()
    };
    Copies
        .apply(&mut conn, &event("events", grant_id, &revoked))
        .await
        .unwrap();
    assert_eq!(
        store::grants_of(&mut conn, person_id).await.unwrap().len(),
        1
    );
    Copies
        .apply(&mut conn, &event("identity", grant_id, &revoked))
        .await
        .unwrap();
    assert!(
        store::grants_of(&mut conn, person_id)
            .await
            .unwrap()
            .is_empty()
    );

    let broken = GrantGiven {
        person_id: "no id".into(),
        ..Default::default()
    };
    let error = Copies
        .apply(&mut conn, &event("identity", grant_id, &broken))
        .await
        .unwrap_err();
    assert!(matches!(error, ApplyError::Poison(_)), "{error}");
}

#[tokio::test]
async fn a_grant_reaches_its_organisation_and_everything_below() {
    let database = world::database().await;
    let db = world::db(&database);
    let tree = Tree::plant(&db).await;
    let someone = Uuid::now_v7();
    grant(&db, someone, "society.reviewer", tree.society).await;
    grant(&db, someone, "society.reviewer", tree.branch).await;
    let caller = person(someone);
    let mut conn = db.read().await.unwrap();
    for (organisation, permission, expected) in [
        (tree.society, "applications.review", true),
        (tree.branch, "applications.review", true),
        (tree.headquarters, "applications.review", false),
        (tree.other, "applications.review", false),
        (Uuid::now_v7(), "applications.review", false),
        (tree.society, "applications.approve", false),
    ] {
        assert_eq!(
            caller
                .holds(&mut conn, permission, organisation)
                .await
                .unwrap(),
            expected,
            "{permission}"
        );
        assert_eq!(
            caller
                .require(&mut conn, permission, organisation)
                .await
                .is_ok(),
            expected
        );
    }
    let reach = caller
        .reach(&mut conn, "applications.review")
        .await
        .unwrap();
    assert_eq!(
        reach,
        [format!("/{}/{}/", tree.headquarters, tree.society)],
        "the branch lies inside"
    );
    assert!(
        caller
            .reach(&mut conn, "audit.read")
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        person(Uuid::now_v7())
            .reach(&mut conn, "applications.review")
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_refusal_does_not_tell_whether_the_organisation_exists() {
    let database = world::database().await;
    let db = world::db(&database);
    let tree = Tree::plant(&db).await;
    let someone = Uuid::now_v7();
    grant(&db, someone, "society.reviewer", tree.society).await;
    let mut conn = db.read().await.unwrap();
    let mut told = Vec::new();
    for organisation in [tree.other, Uuid::now_v7()] {
        let problem = person(someone)
            .require(&mut conn, "members.read", organisation)
            .await
            .unwrap_err();
        let status = tonic::Status::from(problem);
        told.push((
            status.code(),
            status.message().to_owned(),
            status.details().to_vec(),
        ));
    }
    assert_eq!(told[0], told[1]);
}

#[tokio::test]
async fn an_organisation_that_moves_takes_everything_below_along() {
    let database = world::database().await;
    let db = world::db(&database);
    let tree = Tree::plant(&db).await;
    let mut tx = db.begin().await.unwrap();
    let moved = world::organisation(tree.society, &[tree.headquarters, tree.other]);
    put_organisation(&mut tx, &moved).await.unwrap();
    put_organisation(&mut tx, &moved).await.unwrap();
    tx.commit().await.unwrap();
    let mut conn = db.read().await.unwrap();
    let found = organisations(&mut conn, &[tree.branch, tree.society, Uuid::now_v7()])
        .await
        .unwrap();
    assert_eq!(found.len(), 2);
    let branch = found
        .iter()
        .find(|o| o.organisation_id == tree.branch)
        .unwrap();
    assert_eq!(
        branch.path,
        format!(
            "/{}/{}/{}/{}/",
            tree.headquarters, tree.other, tree.society, tree.branch
        )
    );

    let someone = Uuid::now_v7();
    grant(&db, someone, "society.reviewer", tree.other).await;
    assert!(
        person(someone)
            .holds(&mut conn, "members.read", tree.branch)
            .await
            .unwrap()
    );
}
