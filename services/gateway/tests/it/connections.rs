//! Timeouts and limits of connections.

use std::time::{Duration, Instant};

use gateway::connections::Limits;

use crate::world::{LIMITS, LONG, MOST, SHORT, get_request, small};

/// Far beyond a deadline of [`SHORT`], far below one of [`LONG`].
const SOON: Duration = Duration::from_secs(8);

#[tokio::test]
async fn half_a_head_is_not_waited_for() {
    let limits = Limits {
        head: SHORT,
        ..LIMITS
    };
    let world = small(limits, MOST).await;
    for begun in [
        "",
        "GET / HT",
        "GET / HTTP/1.1\r\nHost: cast.example\r\nX-A: b\r\n",
    ] {
        let mut visitor = world.connect().await;
        visitor.say(begun).await;
        assert!(visitor.is_ended_within(SOON).await, "{begun:?}");
    }
    // Single bytes do not extend the deadline.
    let mut drip = world.connect().await;
    let begun = Instant::now();
    drip.say("GET / HTTP/1.1\r\nX-Drip: ").await;
    while !drip.is_ended_within(Duration::from_millis(50)).await {
        let _ = tokio::io::AsyncWriteExt::write_all(&mut drip.0, b"a").await;
        assert!(begun.elapsed() < SOON, "it goes on and on");
    }
}

#[tokio::test]
async fn half_a_second_head_is_not_waited_for_either() {
    let limits = Limits {
        head: SHORT,
        ..LIMITS
    };
    let world = small(limits, MOST).await;
    let mut visitor = world.connect().await;
    visitor.say(&get_request("/", "")).await;
    assert!(visitor.hear().await.ends_with("hello"));
    // Longer than a head may take; an idle connection stays.
    tokio::time::sleep(SHORT * 3).await;
    visitor.say(&get_request("/", "")).await;
    assert!(
        visitor.hear().await.ends_with("hello"),
        "a connection that is idle is not one with half a head"
    );
    visitor.say("GET / HT").await;
    assert!(visitor.is_ended_within(SOON).await);
}

/// The preface of HTTP/2 with its settings, and half a HEADERS frame.
#[tokio::test]
async fn half_a_head_of_http_2_is_not_waited_for() {
    let limits = Limits {
        head: SHORT,
        ..LIMITS
    };
    let world = small(limits, MOST).await;
    for begun in [
        &b"PRI * HTTP/2.0\r\n"[..],
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0\0\0\x20\x01\0\0\0\0\x01\x82",
    ] {
        let mut visitor = world.connect().await;
        tokio::io::AsyncWriteExt::write_all(&mut visitor.0, begun)
            .await
            .unwrap();
        assert!(visitor.is_ended_within(SOON).await, "{begun:?}");
    }
}

#[tokio::test]
async fn an_idle_connection_ends_and_one_with_a_request_under_way_does_not() {
    let limits = Limits {
        idle: SHORT,
        ..LIMITS
    };
    let world = small(limits, MOST).await;
    let mut idle = world.connect().await;
    idle.say(&get_request("/", "")).await;
    assert!(idle.hear().await.ends_with("hello"));
    let mut waiting = world.connect().await;
    waiting.say(&get_request("/never", "")).await;
    let mut stream = world.connect().await;
    stream.say(&get_request("/stream", "")).await;
    assert!(idle.is_ended_within(SOON).await);
    assert!(!waiting.is_ended_within(SHORT * 5).await);
    assert!(!stream.is_ended_within(SHORT * 5).await);
}

#[tokio::test]
async fn an_answer_that_is_not_taken_ends() {
    let limits = Limits {
        stalled: SHORT,
        ..LIMITS
    };
    let world = small(limits, MOST).await;
    let mut visitor = world.connect().await;
    visitor.say(&get_request("/large", "")).await;
    // Reads nothing until the gateway has timed out; then the buffered data arrives, and the end.
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(visitor.is_ended_within(SOON).await);
}

#[tokio::test]
async fn too_many_connections_of_one_address_are_told_so_and_there_is_room_again() {
    let limits = Limits {
        per_address: Some(3),
        ..LIMITS
    };
    let world = small(limits, MOST).await;
    let mut held = Vec::new();
    for _ in 0..3 {
        let mut visitor = world.connect().await;
        visitor.say(&get_request("/", "")).await;
        assert!(visitor.hear().await.ends_with("hello"));
        held.push(visitor);
    }
    let refusal = world
        .ask(&get_request("/", "Accept-Language: en\r\n"))
        .await;
    assert!(refusal.starts_with("HTTP/1.1 503 "), "{refusal}");
    let lower = refusal.to_lowercase();
    for part in [
        "content-type: application/problem+json",
        "retry-after: 5",
        "connection: close",
        "too_many_connections",
    ] {
        assert!(lower.contains(part), "{refusal}");
    }
    held.pop();
    for attempt in 0.. {
        if world.ask(&get_request("/", "")).await.ends_with("hello") {
            break;
        }
        assert!(attempt < 100, "its place is not given to another");
    }
}

#[tokio::test]
async fn many_more_connections_cost_nothing_and_are_closed() {
    let limits = Limits {
        connections: 1,
        ..LIMITS
    };
    let world = small(limits, MOST).await;
    let mut first = world.connect().await;
    first.say(&get_request("/", "")).await;
    assert!(first.hear().await.ends_with("hello"));
    let mut crowd = Vec::new();
    for _ in 0..200 {
        crowd.push(world.connect().await);
    }
    for mut visitor in crowd {
        assert!(visitor.is_ended_within(SOON).await);
    }
    first.say(&get_request("/", "")).await;
    assert!(first.hear().await.ends_with("hello"), "the first goes on");
}

#[tokio::test]
async fn behind_proxies_connections_are_not_counted_by_address() {
    let settings: gateway::settings::Settings =
        serde_json::from_str(r#"{"trusted_proxies": 1, "connections_per_address": 1}"#).unwrap();
    assert_eq!(settings.connection_limits(None).per_address, None);
    let settings: gateway::settings::Settings = serde_json::from_str("{}").unwrap();
    let limits = settings.connection_limits(Some(1_024));
    assert_eq!(limits.per_address, Some(6_000));
    assert_eq!(limits.connections, 1_024 - 128);
    assert!(limits.idle < LONG * 4);
}
