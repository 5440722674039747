//! The other layers of the server.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use kit::client::Channel;
use proto_cockpit::v1::{WatchOverviewRequest, cockpit_client::CockpitClient};
use proto_identity::v1::{ListGrantsRequest, ListMyGrantsRequest, grants_client::GrantsClient};
use proto_membership::v1::{ListDivisionsRequest, divisions_client::DivisionsClient};
use tonic::{Code, Request, client::Grpc, codec::Codec, codegen::http::uri::PathAndQuery};
use tonic_types::StatusExt as _;
use uuid::Uuid;

use crate::world::{grant, person_claims, reason, served, served_with, with_token};

#[tokio::test]
async fn a_request_beyond_the_limits_of_the_contract_reaches_no_method() {
    let served = served().await;
    let mut divisions = DivisionsClient::new(served.channel.clone());
    let bad = ListDivisionsRequest {
        parent_code: "北京".to_owned(),
    };
    let status = divisions.list_divisions(bad).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::InvalidArgument, "INVALID_ARGUMENT")
    );
    let details = status.get_error_details();
    assert_eq!(
        details.bad_request().unwrap().field_violations[0].field,
        "parent_code"
    );
    assert!(!format!("{status:?}").contains("北京"));
    assert_eq!(served.methods.reached.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn who_may_not_call_is_told_so_before_the_content_is_looked_at() {
    let served = served().await;
    let mut grants = GrantsClient::new(served.channel.clone());
    let bad = ListGrantsRequest {
        organisation_id: "not an id".to_owned(),
        ..Default::default()
    };
    assert_eq!(
        grants.list_grants(bad).await.unwrap_err().code(),
        Code::Unauthenticated
    );
}

#[tokio::test]
async fn a_request_that_is_too_large_is_refused() {
    let served = served().await;
    let mut divisions = DivisionsClient::new(served.channel.clone());
    let large = ListDivisionsRequest {
        parent_code: "1".repeat(4 * 1024 * 1024 + 1),
    };
    let status = divisions.list_divisions(large).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::InvalidArgument, "BODY_TOO_LARGE")
    );
}

/// Sends bytes as they are.
async fn raw(channel: Channel, path: &'static str, body: Request<Vec<u8>>) -> tonic::Status {
    #[derive(Default)]
    struct Raw;
    impl Codec for Raw {
        type Encode = Vec<u8>;
        type Decode = Vec<u8>;
        type Encoder = Self;
        type Decoder = Self;
        fn encoder(&mut self) -> Self {
            Self
        }
        fn decoder(&mut self) -> Self {
            Self
        }
    }
    impl tonic::codec::Encoder for Raw {
        type Item = Vec<u8>;
        type Error = tonic::Status;
        fn encode(
            &mut self,
            item: Vec<u8>,
            to: &mut tonic::codec::EncodeBuf<'_>,
        ) -> Result<(), tonic::Status> {
            bytes::BufMut::put_slice(to, &item);
            Ok(())
        }
    }
    impl tonic::codec::Decoder for Raw {
        type Item = Vec<u8>;
        type Error = tonic::Status;
        fn decode(
            &mut self,
            _: &mut tonic::codec::DecodeBuf<'_>,
        ) -> Result<Option<Vec<u8>>, tonic::Status> {
            Ok(Some(Vec::new()))
        }
    }
    let mut client = Grpc::new(channel);
    client.ready().await.unwrap();
    client
        .unary(body, PathAndQuery::from_static(path), Raw)
        .await
        .unwrap_err()
}

#[tokio::test]
async fn what_is_no_message_or_no_method_is_refused_with_four_hundred() {
    let served = served().await;
    let path = "/cast.membership.v1.Divisions/ListDivisions";
    let status = raw(
        served.channel.clone(),
        path,
        Request::new(vec![0x0a, 0xff, 1]),
    )
    .await;
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::InvalidArgument, "MALFORMED_REQUEST")
    );
    let status = raw(
        served.channel.clone(),
        path,
        Request::new(vec![0x0a, 1, 0xff]),
    )
    .await;
    let details = status.get_error_details();
    assert_eq!(
        details.bad_request().unwrap().field_violations[0].field,
        "parent_code",
        "malformed UTF-8"
    );
    for nothing in [
        "/cast.membership.v1.Divisions/Nothing",
        "/cast.membership.v1.Cards/GetMyCard",
        "/x",
        "/",
    ] {
        assert_eq!(
            raw(served.channel.clone(), nothing, Request::new(Vec::new()))
                .await
                .code(),
            Code::Unimplemented,
            "{nothing}"
        );
    }

    let someone = Uuid::now_v7();
    grant(
        &served.db,
        someone,
        "headquarters.leader",
        served.tree.headquarters,
    )
    .await;
    let token = served.issuer.sign(&person_claims(someone, &served.clock));
    let stream = "/cast.cockpit.v1.Cockpit/WatchOverview";
    let status = raw(
        served.channel.clone(),
        stream,
        with_token(vec![0x0a, 0xff, 1], &token),
    )
    .await;
    assert_eq!(
        reason(&status),
        "MALFORMED_REQUEST",
        "methods that answer with a stream too"
    );
    assert_eq!(served.methods.reached.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_panic_ends_one_call_and_tells_nothing() {
    let served = served().await;
    let mut grants = GrantsClient::new(served.channel.clone());
    let token = served
        .issuer
        .sign(&person_claims(Uuid::now_v7(), &served.clock));
    let status = grants
        .list_my_grants(with_token(ListMyGrantsRequest {}, &token))
        .await
        .unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::Internal, "INTERNAL")
    );
    assert!(!format!("{status:?}").contains("a bug"));
    let mut divisions = DivisionsClient::new(served.channel.clone());
    assert!(
        divisions
            .list_divisions(ListDivisionsRequest::default())
            .await
            .is_ok(),
        "the service goes on"
    );
}

#[tokio::test]
async fn the_deadline_of_the_caller_is_honoured() {
    let served = served().await;
    let mut divisions = DivisionsClient::new(served.channel.clone());
    let mut request = Request::new(ListDivisionsRequest {
        parent_code: "100000".to_owned(),
    });
    request
        .metadata_mut()
        .insert("grpc-timeout", "1S".parse().unwrap());
    let started = Instant::now();
    let status = divisions.list_divisions(request).await.unwrap_err();
    assert!(
        started.elapsed() < Duration::from_secs(4),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::DeadlineExceeded, "DEADLINE_EXCEEDED")
    );
}

#[tokio::test]
async fn a_stream_ends_at_its_deadline() {
    let served = served().await;
    let someone = Uuid::now_v7();
    grant(
        &served.db,
        someone,
        "headquarters.leader",
        served.tree.headquarters,
    )
    .await;
    let token = served.issuer.sign(&person_claims(someone, &served.clock));
    let mut request = with_token(WatchOverviewRequest::default(), &token);
    request
        .metadata_mut()
        .insert("grpc-timeout", "1S".parse().unwrap());
    let mut stream = CockpitClient::new(served.channel.clone())
        .watch_overview(request)
        .await
        .unwrap()
        .into_inner();
    for _ in 0..3 {
        assert!(stream.message().await.unwrap().is_some());
    }
    assert_eq!(
        stream.message().await.unwrap_err().code(),
        Code::DeadlineExceeded
    );
}

#[tokio::test]
async fn health_is_open_and_reflection_is_ours_in_production() {
    use tonic_health::pb::{
        HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
    };
    use tonic_reflection::pb::v1::{
        ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
        server_reflection_request::MessageRequest,
    };
    let ask = || {
        let message_request = Some(MessageRequest::ListServices(String::new()));
        tokio_stream::once(ServerReflectionRequest {
            host: String::new(),
            message_request,
        })
    };
    for open in [true, false] {
        let served = served_with(open).await;
        let request = HealthCheckRequest {
            service: "cast.identity.v1.Grants".to_owned(),
        };
        let health = HealthClient::new(served.channel.clone())
            .check(request)
            .await
            .unwrap()
            .into_inner();
        assert_eq!(health.status(), ServingStatus::Serving);

        let anybody = ServerReflectionClient::new(served.channel.clone())
            .server_reflection_info(ask())
            .await;
        assert_eq!(anybody.is_ok(), open);
        let ours = ServerReflectionClient::with_interceptor(
            served.channel.clone(),
            served.internal.interceptor(),
        )
        .server_reflection_info(ask())
        .await;
        assert!(
            ours.unwrap()
                .into_inner()
                .message()
                .await
                .unwrap()
                .is_some()
        );
    }
}

#[tokio::test]
async fn an_open_stream_does_not_hold_up_the_stop() {
    let served = served().await;
    let someone = Uuid::now_v7();
    grant(
        &served.db,
        someone,
        "headquarters.leader",
        served.tree.headquarters,
    )
    .await;
    let token = served.issuer.sign(&person_claims(someone, &served.clock));
    let request = with_token(WatchOverviewRequest::default(), &token);
    let mut stream = CockpitClient::new(served.channel.clone())
        .watch_overview(request)
        .await
        .unwrap()
        .into_inner();
    for _ in 0..3 {
        assert!(stream.message().await.unwrap().is_some());
    }
    served.stop.cancel();
    let end = tokio::time::timeout(Duration::from_secs(2), stream.message()).await;
    let status = end.expect("the stream ends soon").unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::Unavailable, "UNAVAILABLE"),
        "it is worth coming back"
    );
}
