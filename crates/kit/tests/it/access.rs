//! The access layer in front of a running service.

use std::sync::atomic::Ordering;

use kit::access::{Origin, internal};
use proto_cockpit::v1::{WatchOverviewRequest, cockpit_client::CockpitClient};
use proto_eventlog::v1::{GetHeadRequest, event_log_client::EventLogClient};
use proto_identity::v1::{
    CreateGrantRequest, DeleteGrantRequest, ListRolesRequest, grants_client::GrantsClient,
};
use proto_membership::v1::{ListDivisionsRequest, divisions_client::DivisionsClient};
use tonic::{Code, Request};
use uuid::Uuid;

use crate::world::{
    Issuer, client_claims, grant, list_grants, person_claims, reason, served, with_token,
};

#[tokio::test]
async fn a_public_method_is_open_and_an_authenticated_one_wants_a_person() {
    let served = served().await;
    let mut divisions = DivisionsClient::new(served.channel.clone());
    assert!(
        divisions
            .list_divisions(ListDivisionsRequest::default())
            .await
            .is_ok()
    );

    let mut grants = GrantsClient::new(served.channel.clone());
    let status = grants.list_roles(ListRolesRequest {}).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::Unauthenticated, "UNAUTHENTICATED")
    );

    let someone = Uuid::now_v7();
    let token = served.issuer.sign(&person_claims(someone, &served.clock));
    let answer = grants
        .list_roles(with_token(ListRolesRequest {}, &token))
        .await
        .unwrap()
        .into_inner();
    assert!(
        answer.roles[0]
            .role
            .starts_with(&format!("person:{someone} from 127.0.0.1")),
        "{}",
        answer.roles[0].role
    );

    let machine = served.issuer.sign(&client_claims(
        someone,
        served.tree.society,
        "members.read",
        &served.clock,
    ));
    let status = grants
        .list_roles(with_token(ListRolesRequest {}, &machine))
        .await
        .unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::PermissionDenied, "PERSON_REQUIRED")
    );
}

#[tokio::test]
async fn a_permission_is_held_by_a_grant_or_by_a_scope() {
    let served = served().await;
    let mut grants = GrantsClient::new(served.channel.clone());
    let someone = Uuid::now_v7();
    let token = served.issuer.sign(&person_claims(someone, &served.clock));
    let status = grants
        .list_grants(with_token(list_grants(served.tree.branch), &token))
        .await
        .unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::PermissionDenied, "PERMISSION_DENIED")
    );

    let given = grant(
        &served.db,
        someone,
        "organisation.administrator",
        served.tree.branch,
    )
    .await;
    let answer = grants
        .list_grants(with_token(list_grants(served.tree.branch), &token))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        answer.grants[0].role, "organisation.administrator",
        "the method sees the grants"
    );

    let mut tx = served.db.begin().await.unwrap();
    kit::access::remove_grant(&mut tx, given).await.unwrap();
    tx.commit().await.unwrap();
    assert!(
        grants
            .list_grants(with_token(list_grants(served.tree.branch), &token))
            .await
            .is_err(),
        "revoked at once, same token"
    );

    let sign = |scope, organisation| {
        served.issuer.sign(&client_claims(
            Uuid::now_v7(),
            organisation,
            scope,
            &served.clock,
        ))
    };
    let call = async |token: String| {
        GrantsClient::new(served.channel.clone())
            .list_grants(with_token(list_grants(served.tree.branch), &token))
            .await
    };
    assert!(
        call(sign("members.read grants.manage", served.tree.society))
            .await
            .is_ok()
    );
    assert!(
        call(sign("members.read", served.tree.society))
            .await
            .is_err()
    );
    assert!(
        call(sign("grants.manage", Uuid::now_v7())).await.is_err(),
        "an organisation that does not exist"
    );
}

#[tokio::test]
async fn a_bad_token_is_refused_even_where_none_is_needed_and_reaches_no_method() {
    let served = served().await;
    let mut divisions = DivisionsClient::new(served.channel.clone());
    let good = served
        .issuer
        .sign(&person_claims(Uuid::now_v7(), &served.clock));
    let mut neither = person_claims(Uuid::now_v7(), &served.clock);
    neither.account_id = None;
    let mut both = person_claims(Uuid::now_v7(), &served.clock);
    both.organisation_id = Some(served.tree.society);
    let mut borrowed = client_claims(
        Uuid::now_v7(),
        served.tree.society,
        "members.read",
        &served.clock,
    );
    borrowed.client_id = Uuid::now_v7().to_string();
    for value in [
        "Bearer nonsense".to_owned(),
        format!("Basic {good}"),
        good.clone(),
        format!(
            "Bearer {}",
            Issuer::new("2026-a").sign(&person_claims(Uuid::now_v7(), &served.clock))
        ),
        format!("Bearer {}", served.issuer.sign(&neither)),
        format!("Bearer {}", served.issuer.sign(&both)),
        format!("Bearer {}", served.issuer.sign(&borrowed)),
    ] {
        let mut request = Request::new(ListDivisionsRequest::default());
        request
            .metadata_mut()
            .insert("authorization", value.parse().unwrap());
        let status = divisions.list_divisions(request).await.unwrap_err();
        assert_eq!(
            (status.code(), reason(&status).as_str()),
            (Code::Unauthenticated, "TOKEN_INVALID"),
            "{value}"
        );
    }
    let mut twice = with_token(ListDivisionsRequest::default(), &good);
    twice
        .metadata_mut()
        .append("authorization", format!("Bearer {good}").parse().unwrap());
    assert_eq!(
        reason(&divisions.list_divisions(twice).await.unwrap_err()),
        "TOKEN_INVALID"
    );
    assert_eq!(served.methods.reached.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn internal_methods_are_for_our_services_alone() {
    let served = served().await;
    let administrator = Uuid::now_v7();
    grant(
        &served.db,
        administrator,
        "organisation.administrator",
        served.tree.headquarters,
    )
    .await;
    let token = served
        .issuer
        .sign(&person_claims(administrator, &served.clock));
    let mut open = EventLogClient::new(served.channel.clone());
    for request in [
        Request::new(GetHeadRequest {}),
        with_token(GetHeadRequest {}, &token),
    ] {
        let status = open.get_head(request).await.unwrap_err();
        assert_eq!(status.code(), Code::PermissionDenied);
    }
    let mut forged = Request::new(GetHeadRequest {});
    forged.metadata_mut().insert(
        internal::HEADER,
        "eyJhbGciOiJub25lIn0.e30.".parse().unwrap(),
    );
    assert_eq!(
        reason(&open.get_head(forged).await.unwrap_err()),
        "SERVICE_CREDENTIAL_REFUSED"
    );

    let mut ours =
        EventLogClient::with_interceptor(served.channel.clone(), served.internal.interceptor());
    assert_eq!(
        ours.get_head(GetHeadRequest {})
            .await
            .unwrap()
            .into_inner()
            .head,
        7
    );
}

#[tokio::test]
async fn an_internal_token_vouches_for_the_origin_and_gives_no_rights_of_its_own() {
    let served = served().await;
    let someone = Uuid::now_v7();
    let token = served.issuer.sign(&person_claims(someone, &served.clock));
    let origin = Origin {
        address: "203.0.113.9".parse().ok(),
        user_agent: Some("微信 8.0".to_owned()),
        trace_id: String::new(),
        received_at: None,
    };
    let told = async |request: Request<ListRolesRequest>, trusted: bool| {
        let internal = served.internal.clone();
        let mut client = GrantsClient::new(served.channel.clone());
        let mut request = request;
        if trusted {
            request
                .metadata_mut()
                .insert(internal::HEADER, internal.token().unwrap());
        }
        origin.write(request.metadata_mut());
        client
            .list_roles(request)
            .await
            .map(|answer| answer.into_inner().roles[0].role.clone())
    };
    let believed = told(with_token(ListRolesRequest {}, &token), true)
        .await
        .unwrap();
    assert_eq!(
        believed,
        format!("person:{someone} from 203.0.113.9 with ?? 8.0")
    );
    let unbelieved = told(with_token(ListRolesRequest {}, &token), false)
        .await
        .unwrap();
    assert_eq!(unbelieved, format!("person:{someone} from 127.0.0.1 with "));
    let status = told(Request::new(ListRolesRequest {}), true)
        .await
        .unwrap_err();
    assert_eq!(
        status.code(),
        Code::Unauthenticated,
        "the gateway's visitor is a visitor"
    );
}

#[tokio::test]
async fn a_stream_is_guarded_like_any_other_method() {
    let served = served().await;
    let mut cockpit = CockpitClient::new(served.channel.clone());
    assert_eq!(
        cockpit
            .watch_overview(WatchOverviewRequest::default())
            .await
            .unwrap_err()
            .code(),
        Code::Unauthenticated
    );
    let someone = Uuid::now_v7();
    let token = served.issuer.sign(&person_claims(someone, &served.clock));
    let status = cockpit
        .watch_overview(with_token(WatchOverviewRequest::default(), &token))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);
    grant(
        &served.db,
        someone,
        "headquarters.leader",
        served.tree.headquarters,
    )
    .await;
    let answer = cockpit
        .watch_overview(with_token(WatchOverviewRequest::default(), &token))
        .await
        .unwrap();
    assert!(answer.into_inner().message().await.unwrap().is_some());
}

#[tokio::test]
async fn staff_whom_the_request_names_are_refused_before_the_method_runs() {
    let served = served().await;
    let someone = Uuid::now_v7();
    grant(
        &served.db,
        someone,
        "organisation.administrator",
        served.tree.society,
    )
    .await;
    let claims = person_claims(someone, &served.clock);
    let number = claims.person_number.clone().unwrap();
    let token = served.issuer.sign(&claims);
    let give = async |number: &str, token: &str| {
        let request = CreateGrantRequest {
            organisation_id: served.tree.society.to_string(),
            role: "society.reviewer".to_owned(),
            person_number: number.to_owned(),
            ..Default::default()
        };
        GrantsClient::new(served.channel.clone())
            .create_grant(with_token(request, token))
            .await
    };
    let status = give(&number, &token).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::PermissionDenied, "OWN_AFFAIRS")
    );
    assert_eq!(served.methods.reached.load(Ordering::SeqCst), 0);
    give("1101080000000019", &token).await.unwrap();
    // A client is not a person.
    let machine = served.issuer.sign(&client_claims(
        someone,
        served.tree.society,
        "grants.manage",
        &served.clock,
    ));
    give(&number, &machine).await.unwrap();
    assert_eq!(served.methods.reached.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_method_that_looks_people_up_refuses_the_caller_and_cannot_forget_to_ask() {
    let served = served().await;
    let (someone, token) = served.administrator(served.tree.society).await;
    let take = async |about: Uuid, token: &str| {
        let request = DeleteGrantRequest {
            grant_id: about.to_string(),
        };
        GrantsClient::new(served.channel.clone())
            .delete_grant(with_token(request, token))
            .await
    };
    take(Uuid::now_v7(), &token).await.unwrap();
    let status = take(someone, &token).await.unwrap_err();
    assert_eq!(reason(&status), "OWN_AFFAIRS");
    let status = take(Uuid::nil(), &token).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::Internal, "INTERNAL"),
        "it answered without having asked"
    );
    let machine = served.issuer.sign(&client_claims(
        Uuid::now_v7(),
        served.tree.society,
        "grants.manage",
        &served.clock,
    ));
    take(Uuid::nil(), &machine).await.unwrap();
}
