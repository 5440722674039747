//! What a method gets besides its message, and leaves besides its answer.

use proto_cockpit::v1::{ListMetricsRequest, ListMetricsResponse, cockpit_client::CockpitClient};
use proto_eventlog::v1::{ReplayQuarantinedRequest, event_log_client::EventLogClient};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::world::{Served, grant, person_claims, reason, served, with_token};

/// An analyst asks, with this cookie.
async fn ask(
    served: &Served,
    analyst: Uuid,
    cookie: Option<&'static str>,
) -> Result<Response<ListMetricsResponse>, Status> {
    let token = served.issuer.sign(&person_claims(analyst, &served.clock));
    let mut request = with_token(ListMetricsRequest::default(), &token);
    if let Some(cookie) = cookie {
        let value = cookie.parse().unwrap();
        request.metadata_mut().insert("x-cast-device", value);
    }
    CockpitClient::new(served.channel.clone())
        .list_metrics(request)
        .await
}

/// Actor, action, subject and outcome of every record.
async fn records(served: &Served) -> Vec<[String; 4]> {
    let rows: Vec<(String, String, String, String)> = sqlx::query_as(
        "select actor, action, subject, outcome from audit.records order by record_id",
    )
    .fetch_all(served.db.pool())
    .await
    .unwrap();
    rows.into_iter().map(<[String; 4]>::from).collect()
}

#[tokio::test]
async fn metadata_comes_in_with_a_call_and_goes_out_with_its_answer_alone() {
    let served = served().await;
    let analyst = Uuid::now_v7();
    grant(&served.db, analyst, "society.analyst", served.tree.society).await;
    let answer = ask(&served, analyst, Some("cookie")).await.unwrap();
    let sent = answer.metadata().get("x-cast-session").unwrap();
    assert_eq!(sent, "cookie");
    let refusal = ask(&served, analyst, Some("wrong")).await.unwrap_err();
    assert_eq!(reason(&refusal), "INVALID_ARGUMENT");
    assert!(refusal.metadata().get("x-cast-session").is_none());
}

#[tokio::test]
async fn a_refusal_by_the_method_is_kept_and_a_field_that_is_wrong_is_not() {
    let served = served().await;
    let analyst = Uuid::now_v7();
    grant(&served.db, analyst, "society.analyst", served.tree.society).await;
    ask(&served, analyst, Some("cookie")).await.unwrap();
    ask(&served, analyst, Some("wrong")).await.unwrap_err();
    assert_eq!(records(&served).await, Vec::<[String; 4]>::new());
    let refusal = ask(&served, analyst, None).await.unwrap_err();
    assert_eq!(reason(&refusal), "NOT_FOUND");
    let record = [
        format!("person:{analyst}").as_str(),
        "cast.cockpit.v1.Cockpit/ListMetrics",
        "metric:all",
        "NOT_FOUND",
    ]
    .map(str::to_owned);
    assert_eq!(records(&served).await, [record]);
}

#[tokio::test]
async fn a_record_names_the_actor_for_whom_a_service_speaks() {
    let served = served().await;
    let mut request = Request::new(ReplayQuarantinedRequest::default());
    let token = served.internal.token().unwrap();
    request.metadata_mut().insert("x-cast-internal", token);
    EventLogClient::new(served.channel.clone())
        .replay_quarantined(request)
        .await
        .unwrap();
    let record = [
        "anonymous",
        "cast.eventlog.v1.EventLog/ReplayQuarantined",
        "quarantine:all",
        "ok",
    ]
    .map(str::to_owned);
    assert_eq!(records(&served).await, [record]);
}
