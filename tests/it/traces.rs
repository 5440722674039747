//! One trace from the request to the projection, as a collector receives it.

use reqwest::Method;
use serde_json::json;
use sqlx::{Connection as _, PgConnection};
use testkit::Service;

use crate::{
    collector::{Collector, Span},
    visitor::Visitor,
};

// Kinds of spans, as OTLP numbers them.
const SERVER: i32 = 2;
const PRODUCER: i32 = 4;
const CONSUMER: i32 = 5;

const THEIR_TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const THEIR_SPAN: &str = "00f067aa0ba902b7";

#[tokio::test(flavor = "multi_thread")]
async fn one_trace_runs_from_the_request_through_the_outbox_to_the_cockpit() {
    let collector = Collector::start().await;
    let platform = testkit::platform_with(&collector.environment()).await;
    let mut visitor = Visitor::new(platform.gateway_url());
    let form = visitor
        .sign_up_form(&platform, "trace@journey.example")
        .await;
    let request = visitor
        .request(Method::POST, "/v1/accounts")
        .header("traceparent", format!("00-{THEIR_TRACE}-{THEIR_SPAN}-01"))
        .header("tracestate", "stranger=1")
        .json(&form);
    visitor.send(request).await.ok();

    // The gateway begins a trace of its own, with a link to the caller's.
    let door = collector
        .one("the span of the gateway", |span| {
            span.service == "gateway" && span.name == "POST /v1/accounts"
        })
        .await;
    assert_eq!((door.kind, door.parent_id.as_str()), (SERVER, ""));
    assert_ne!(door.trace_id, THEIR_TRACE);
    let theirs = (THEIR_TRACE.to_owned(), THEIR_SPAN.to_owned());
    assert_eq!(door.links, [theirs]);
    assert_eq!(door.attributes["http.route"], "/v1/accounts");
    assert_eq!(door.attributes["http.response.status_code"], "200");

    let of_the_trace = |span: &Span| span.trace_id == door.trace_id;
    let method = collector
        .one("the span of the method", |span| {
            of_the_trace(span) && span.name == "cast.identity.v1.Accounts/CreateAccount"
        })
        .await;
    assert_eq!(
        (method.service.as_str(), method.kind, &method.parent_id),
        ("identity", SERVER, &door.span_id)
    );
    assert_eq!(method.attributes["rpc.grpc.status_code"], "0");

    // The outbox row carries the context of the method through the log …
    let url = platform.database_url(Service::Identity).unwrap();
    let mut identity = PgConnection::connect(url).await.unwrap();
    let traceparent: String = sqlx::query_scalar(
        "select traceparent from eventlog.event_log where event_type = 'PersonRegistered' order by position desc limit 1",
    )
    .fetch_one(&mut identity)
    .await
    .unwrap();
    let (trace_id, span_id) = (&door.trace_id, &method.span_id);
    assert_eq!(traceparent, format!("00-{trace_id}-{span_id}-01"));

    // … to the relay that publishes it and the consumer that applies it.
    let subject = "cast.identity.v1.Person.PersonRegistered";
    let published = collector
        .one("the span of the relay", |span| {
            of_the_trace(span) && span.name == format!("publish {subject}")
        })
        .await;
    assert_eq!(
        (
            published.service.as_str(),
            published.kind,
            &published.parent_id
        ),
        ("identity", PRODUCER, span_id)
    );
    let applied = collector
        .one("the span of the projection", |span| {
            let group = span.attributes.get("messaging.consumer.group.name");
            of_the_trace(span)
                && span.name == format!("apply {subject}")
                && group.is_some_and(|group| group == "cockpit.facts")
        })
        .await;
    assert_eq!(
        (applied.service.as_str(), applied.kind, &applied.parent_id),
        ("cockpit", CONSUMER, span_id)
    );
    for span in [&published, &applied] {
        assert_eq!(span.attributes["messaging.destination.name"], subject);
        assert_eq!(
            span.attributes["messaging.message.id"],
            published.attributes["messaging.message.id"]
        );
    }

    // A refusal contains its trace id.
    let refused = visitor
        .post(
            "/v1/codes",
            json!({"purpose": "SIGN_UP", "address": "none"}),
        )
        .await;
    assert_eq!(refused.status, 400);
    let refused = refused.body["trace_id"].as_str().unwrap().to_owned();
    collector
        .one("the span of the refusal", |span| {
            span.service == "gateway" && span.trace_id == refused
        })
        .await;

    // Periodic work begins no trace.
    let by_the_clock: Vec<Span> = (collector.spans().into_iter())
        .filter(|span| span.parent_id.is_empty() && span.service != "gateway")
        .filter(|span| !span.name.starts_with("cast.identity.v1.SignOn/"))
        .collect();
    assert!(by_the_clock.is_empty(), "{by_the_clock:#?}");
    platform.stop().await.unwrap();
}
