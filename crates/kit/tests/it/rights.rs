//! Rights on the organisation that a method is about.

use std::sync::atomic::Ordering;

use kit::access::{Caller, Origin};
use proto_cockpit::v1::{QueryMetricRequest, cockpit_client::CockpitClient};
use proto_identity::v1::{DeleteGrantRequest, ListGrantsRequest, grants_client::GrantsClient};
use tonic::{Response, Status};
use uuid::Uuid;

use crate::{
    methods::{HIDDEN, UNASKED},
    world::{Served, grant, list_grants, person_claims, reason, served, with_token},
};

/// Revokes a grant.
async fn take(served: &Served, id: Uuid, token: &str) -> Result<Response<()>, Status> {
    let request = DeleteGrantRequest {
        grant_id: id.to_string(),
    };
    GrantsClient::new(served.channel.clone())
        .delete_grant(with_token(request, token))
        .await
}

#[tokio::test]
async fn where_a_permission_is_held_that_reaches_an_organisation() {
    let served = served().await;
    let (above, at, both) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let role = "organisation.administrator";
    grant(&served.db, above, role, served.tree.headquarters).await;
    grant(&served.db, at, role, served.tree.society).await;
    for organisation in [served.tree.headquarters, served.tree.society] {
        grant(&served.db, both, role, organisation).await;
    }
    let mut conn = served.db.read().await.unwrap();
    let system = |organisation_id, scope: &str| {
        Caller::Client(kit::access::ClientCaller {
            client_id: Uuid::now_v7(),
            organisation_id,
            scopes: vec![scope.to_owned()],
            organisation_path: None,
            origin: Origin::default(),
        })
    };
    let person = |person_id| {
        Caller::Person(kit::access::PersonCaller {
            person_id,
            account_id: Uuid::now_v7(),
            session_id: None,
            person_number: String::new(),
            name: None,
            verified: true,
            grants: Vec::new(),
            origin: Origin::default(),
            subject_check: Default::default(),
        })
    };
    use kit::access::Reach::{FromAbove, There};
    for (caller, held) in [
        (person(above), Some(FromAbove)),
        (person(at), Some(There)),
        (person(both), Some(There)),
        (person(Uuid::now_v7()), None),
        (
            system(served.tree.headquarters, "members.read"),
            Some(FromAbove),
        ),
        (system(served.tree.society, "members.read"), Some(There)),
        (system(served.tree.society, "members.verify"), None),
        (system(served.tree.branch, "members.read"), None),
        (Caller::Anonymous(Origin::default()), None),
    ] {
        let got = caller.held(&mut conn, "members.read", served.tree.society);
        assert_eq!(got.await.unwrap(), held, "{caller:?}");
    }
}

#[tokio::test]
async fn a_permission_reaches_the_organisation_that_the_request_names_or_nothing_happens() {
    let served = served().await;
    let (_, token) = served.administrator(served.tree.society).await;
    let list = async |on: Uuid| {
        GrantsClient::new(served.channel.clone())
            .list_grants(with_token(list_grants(on), &token))
            .await
    };
    let held = async |on| list(on).await.unwrap().into_inner().grants[0].clone();
    assert_eq!(held(served.tree.society).await.organisation_name, "There");
    assert_eq!(
        held(served.tree.branch).await.organisation_name,
        "FromAbove"
    );
    assert_eq!(served.methods.reached.load(Ordering::SeqCst), 2);
    // The same refusal whether or not it exists.
    for on in [served.tree.headquarters, served.tree.other, Uuid::now_v7()] {
        let status = list(on).await.unwrap_err();
        assert_eq!(reason(&status), "PERMISSION_DENIED");
    }
    assert_eq!(served.methods.reached.load(Ordering::SeqCst), 2);
    let refused: Vec<(String, String, String)> = sqlx::query_as(
        "select action, subject, outcome from audit.records order by occurred_at, record_id",
    )
    .fetch_all(served.db.pool())
    .await
    .unwrap();
    assert_eq!(refused.len(), 3);
    assert_eq!(
        refused[0],
        (
            "cast.identity.v1.Grants/ListGrants".to_owned(),
            format!("organisation:{}", served.tree.headquarters),
            "PERMISSION_DENIED".to_owned()
        )
    );
}

#[tokio::test]
async fn a_method_that_does_not_ask_for_the_right_changes_nothing_and_answers_nothing() {
    let served = served().await;
    let (_, token) = served.administrator(served.tree.society).await;
    let status = take(&served, UNASKED, &token).await.unwrap_err();
    assert_eq!(reason(&status), "INTERNAL");
    assert_eq!(served.work_done().await, 0);
    take(&served, Uuid::now_v7(), &token).await.unwrap();
    assert_eq!(served.work_done().await, 1);
    let status = CockpitClient::new(served.channel.clone())
        .query_metric(with_token(
            QueryMetricRequest {
                metric: "memberships".to_owned(),
                ..Default::default()
            },
            &token,
        ))
        .await
        .unwrap_err();
    assert_eq!(reason(&status), "INTERNAL");
}

#[tokio::test]
async fn a_hidden_record_is_found_by_those_alone_who_hold_the_right() {
    let served = served().await;
    let (_, at) = served.administrator(served.tree.society).await;
    let (_, elsewhere) = served.administrator(served.tree.other).await;
    let status = take(&served, HIDDEN, &elsewhere).await.unwrap_err();
    assert_eq!(reason(&status), "NOT_FOUND");
    let status = take(&served, Uuid::now_v7(), &elsewhere).await.unwrap_err();
    assert_eq!(
        reason(&status),
        "PERMISSION_DENIED",
        "this one is not hidden"
    );
    assert_eq!(served.work_done().await, 0);
    take(&served, HIDDEN, &at).await.unwrap();
    assert_eq!(served.work_done().await, 1);
}

#[tokio::test]
async fn a_page_token_is_good_for_the_same_request_of_the_same_caller() {
    let served = served().await;
    let roles = [
        "organisation.administrator",
        "society.reviewer",
        "society.approver",
        "society.analyst",
    ];
    let [first, second] = [Uuid::now_v7(), Uuid::now_v7()];
    for role in roles {
        for someone in [first, second] {
            grant(&served.db, someone, role, served.tree.society).await;
        }
    }
    let list = async |who: Uuid, on: Uuid, size: i32, token: &str| {
        let bearer = served.issuer.sign(&person_claims(who, &served.clock));
        let request = ListGrantsRequest {
            organisation_id: on.to_string(),
            page_size: size,
            page_token: token.to_owned(),
            ..Default::default()
        };
        GrantsClient::new(served.channel.clone())
            .list_grants(with_token(request, &bearer))
            .await
            .map(tonic::Response::into_inner)
    };
    let (society, branch) = (served.tree.society, served.tree.branch);
    let page = list(first, society, 3, "").await.unwrap();
    let token = page.next_page_token;
    assert_eq!(page.grants.len(), 3);
    // The page size is not part of the list's identity.
    let rest = list(first, society, 50, &token).await.unwrap();
    assert_eq!((rest.grants.len(), rest.next_page_token.as_str()), (1, ""));
    for (who, on) in [(second, society), (first, branch)] {
        let status = list(who, on, 3, &token).await.unwrap_err();
        assert_eq!(reason(&status), "PAGE_TOKEN_INVALID");
    }
}
