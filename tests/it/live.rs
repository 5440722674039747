//! Live streams as in a browser.

use std::time::Duration;

use futures::StreamExt as _;
use reqwest::{Client, header};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn an_open_stream_ends_soon_after_its_session_does() {
    let platform = testkit::platform().await;
    let url = |path: &str| format!("{}{path}", platform.gateway_url());
    let client = Client::new();
    let leader = json!({"address": "+8619900000006", "password": "wangshang-kexie-2026"});
    let signed_in = client
        .post(url("/v1/sessions"))
        .json(&leader)
        .send()
        .await
        .unwrap();
    let cookie = signed_in.headers()[header::SET_COOKIE].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();

    let open = client
        .get(url("/v1/cockpit/overview:watch"))
        .header(header::COOKIE, &cookie)
        .header(header::ACCEPT, "text/event-stream");
    let mut screen = open.send().await.unwrap().bytes_stream();
    assert!(
        screen.next().await.unwrap().is_ok(),
        "the overview comes at once"
    );
    // It outlives several checks of a live session.
    let early = tokio::time::timeout(Duration::from_secs(7), async {
        while screen.next().await.is_some() {}
    });
    assert!(
        early.await.is_err(),
        "the stream ended while its session stood"
    );

    let out = client
        .delete(url("/v1/sessions/current"))
        .header(header::COOKIE, &cookie);
    assert!(out.send().await.unwrap().status().is_success());
    let rest = tokio::time::timeout(Duration::from_secs(15), async {
        while screen.next().await.is_some() {}
    });
    assert!(rest.await.is_ok(), "the stream goes on without a session");
    platform.stop().await.unwrap();
}
