//! Limits of concurrent requests and streams.

use gateway::concurrency::Most;

use crate::world::{LIMITS, MOST, Visitor, World, get_request, small};

async fn opened(world: &World, more: &str) -> Result<Visitor, String> {
    let mut visitor = world.connect().await;
    visitor.say(&get_request("/stream", more)).await;
    let heard = visitor.hear().await;
    if heard.starts_with("HTTP/1.1 200 ") {
        Ok(visitor)
    } else {
        Err(heard)
    }
}

const SESSION: &str = "Cookie: __Host-session=a-secret\r\n";
const OTHER: &str = "Cookie: __Host-session=another\r\n";

#[tokio::test]
async fn one_session_has_few_streams_and_others_have_theirs() {
    let most = Most {
        streams_per_session: 2,
        ..MOST
    };
    let world = small(LIMITS, most).await;
    let mut held = vec![
        opened(&world, SESSION).await.unwrap(),
        opened(&world, SESSION).await.unwrap(),
    ];
    let refusal = opened(&world, SESSION).await.map(|_| ()).unwrap_err();
    assert!(refusal.starts_with("HTTP/1.1 429 "), "{refusal}");
    let lower = refusal.to_lowercase();
    assert!(lower.contains("too_many_streams"), "{refusal}");
    assert!(lower.contains("retry-after: 15"), "{refusal}");
    opened(&world, OTHER).await.unwrap();
    opened(&world, "").await.unwrap();
    assert!(
        world
            .ask(&get_request("/", SESSION))
            .await
            .ends_with("hello"),
        "whatever is no stream goes on"
    );
    held.pop();
    for attempt in 0.. {
        if opened(&world, SESSION).await.is_ok() {
            break;
        }
        assert!(attempt < 100, "a stream that was closed still counts");
    }
}

#[tokio::test]
async fn one_address_has_a_limit_too_whoever_it_says_it_is() {
    let most = Most {
        streams_per_address: 3,
        ..MOST
    };
    let world = small(LIMITS, most).await;
    let mut held = Vec::new();
    for nth in 0..3 {
        let session = format!("Authorization: Bearer token-{nth}\r\n");
        held.push(opened(&world, &session).await.unwrap());
    }
    let refusal = opened(&world, OTHER).await.map(|_| ()).unwrap_err();
    assert!(refusal.contains("TOO_MANY_STREAMS"), "{refusal}");
}

#[tokio::test]
async fn one_address_has_a_limit_of_requests_under_way() {
    let most = Most {
        requests_per_address: 2,
        ..MOST
    };
    let world = small(LIMITS, most).await;
    let mut waiting = Vec::new();
    for _ in 0..2 {
        let mut visitor = world.connect().await;
        visitor.say(&get_request("/never", "")).await;
        waiting.push(visitor);
    }
    let mut refusal = String::new();
    // Both must arrive first.
    for _ in 0..100 {
        refusal = world.ask(&get_request("/", "")).await;
        if refusal.starts_with("HTTP/1.1 429 ") {
            break;
        }
    }
    assert!(refusal.contains("TOO_MANY_REQUESTS"), "{refusal}");
    drop(waiting);
    for attempt in 0.. {
        if world.ask(&get_request("/", "")).await.ends_with("hello") {
            break;
        }
        assert!(attempt < 100, "requests that were given up still count");
    }
}
