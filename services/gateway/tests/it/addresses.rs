//! Hosts and addresses that do not exist.

use crate::world::{get_request, whole};

#[tokio::test]
async fn a_request_names_exactly_one_host() {
    let world = whole().await;
    for (head, right) in [
        (
            "GET /openapi.json HTTP/1.1\r\nHost: cast.example\r\n\r\n",
            true,
        ),
        ("GET /openapi.json HTTP/1.1\r\n\r\n", false),
        (
            "GET /openapi.json HTTP/1.1\r\nHost: cast.example\r\nHost: cast.example\r\n\r\n",
            false,
        ),
        (
            "GET /openapi.json HTTP/1.1\r\nHost: cast.example\r\nHost: evil.example\r\n\r\n",
            false,
        ),
        ("GET /openapi.json HTTP/1.1\r\nHost: \r\n\r\n", false),
        ("GET /openapi.json HTTP/1.1\r\nHost: a b\r\n\r\n", false),
    ] {
        let answer = world.ask(head).await;
        let expected = if right {
            "HTTP/1.1 200 "
        } else {
            "HTTP/1.1 400 "
        };
        assert!(answer.starts_with(expected), "{head}: {answer}");
        if !right {
            assert!(answer.contains("HOST_INVALID"), "{head}: {answer}");
        }
    }
}

#[tokio::test]
async fn addresses_that_do_not_exist_are_not_found() {
    let world = whole().await;
    let browser = "Accept: text/html,application/xhtml+xml\r\n";
    for path in [
        "/v2/activities",
        "/v1/nope",
        "/oauth2/nope",
        "/api/nope",
        "/.well-known/nope",
        "/nope.js",
    ] {
        for accept in ["", browser] {
            let answer = world.ask(&get_request(path, accept)).await;
            assert!(answer.starts_with("HTTP/1.1 404 "), "{path}: {answer}");
            assert!(
                answer.to_lowercase().contains("application/problem+json"),
                "{path}: {answer}"
            );
        }
    }
    let program = world.ask(&get_request("/no/such/page", "")).await;
    assert!(program.starts_with("HTTP/1.1 404 "), "{program}");
    assert!(program.contains("NOT_FOUND"), "{program}");
    let person = world.ask(&get_request("/no/such/page", browser)).await;
    assert!(person.starts_with("HTTP/1.1 404 "), "{person}");
    let wrong = "POST /openapi.json HTTP/1.1\r\nHost: cast.example\r\nContent-Length: 0\r\n\r\n";
    let wrong = world.ask(wrong).await;
    assert!(wrong.starts_with("HTTP/1.1 405 "), "{wrong}");
    assert!(
        wrong.contains("METHOD_NOT_ALLOWED") && wrong.to_lowercase().contains("allow: get"),
        "{wrong}"
    );
}
