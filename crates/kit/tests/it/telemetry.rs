//! Telemetry of the service. It is global to the process, so a single test covers it.

use kit::telemetry;
use proto_identity::v1::{ListMyGrantsRequest, ListRolesRequest, grants_client::GrantsClient};
use proto_membership::v1::{ListDivisionsRequest, divisions_client::DivisionsClient};
use tonic::Request;
use tracing::Instrument as _;
use uuid::Uuid;

use crate::world::{self, person_claims, served, with_token};

#[tokio::test]
async fn calls_are_traced_from_caller_to_method_and_counted() {
    let telemetry = world::telemetry();
    let again = telemetry::init("kit-test", &world::settings());
    assert!(again.is_err(), "once is enough");
    let served = served().await;
    let token = served
        .issuer
        .sign(&person_claims(Uuid::now_v7(), &served.clock));

    let mut request = with_token(ListRolesRequest {}, &token);
    let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    request
        .metadata_mut()
        .insert("traceparent", traceparent.parse().unwrap());
    let answer = GrantsClient::new(served.channel.clone())
        .list_roles(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        answer.roles[0].title_en, "4bf92f3577b34da6a3ce929d0e0e4736",
        "the caller's trace goes on"
    );

    let (ours, theirs) = async {
        let mut client =
            GrantsClient::with_interceptor(served.channel.clone(), served.internal.interceptor());
        let answer = client
            .list_roles(with_token(ListRolesRequest {}, &token))
            .await
            .unwrap()
            .into_inner();
        (
            telemetry::current_trace_id(),
            answer.roles[0].title_en.clone(),
        )
    }
    .instrument(tracing::info_span!("caller"))
    .await;
    assert_eq!(
        (ours.len(), &ours),
        (32, &theirs),
        "the interceptor passes our trace on"
    );

    let mut divisions = DivisionsClient::new(served.channel.clone());
    let mut slow = Request::new(ListDivisionsRequest {
        parent_code: "100000".to_owned(),
    });
    slow.metadata_mut()
        .insert("grpc-timeout", "1S".parse().unwrap());
    assert!(divisions.list_divisions(slow).await.is_err());
    assert!(
        GrantsClient::new(served.channel.clone())
            .list_my_grants(with_token(ListMyGrantsRequest {}, &token))
            .await
            .is_err()
    );
    assert!(
        GrantsClient::new(served.channel.clone())
            .list_roles(ListRolesRequest {})
            .await
            .is_err()
    );

    let text = telemetry.scrape().unwrap();
    let counted = |method: &str, code: u32, times: u32| {
        let line = text.lines().find(|line| {
            line.starts_with("rpc_server_duration_seconds_count")
                && line.contains(&format!(r#"rpc_method="{method}""#))
                && line.contains(&format!(r#"rpc_grpc_status_code="{code}""#))
        });
        // Other tests of this process make calls as well.
        let found = line.and_then(|line| line.rsplit(' ').next()?.parse::<u32>().ok());
        assert!(
            found.is_some_and(|found| found >= times),
            "{method} {code}: {line:?}\n{text}"
        );
    };
    counted("ListRoles", 0, 2);
    counted("ListRoles", 16, 1);
    counted("ListDivisions", 4, 1);
    counted("ListMyGrants", 13, 1);
    assert!(text.contains("rpc_server_active_requests"), "{text}");
    assert!(
        text.contains("db_client_connection_wait_time_seconds_count"),
        "{text}"
    );
}
