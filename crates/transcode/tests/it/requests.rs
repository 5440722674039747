//! Methods, bodies and headers.

use std::{convert::Infallible, time::Duration};

use axum::body::Body;
use bytes::Bytes;
use futures::StreamExt as _;
use http::Request;
use prost::Message as _;
use serde_json::json;
use tonic::metadata::MetadataMap;
use transcode::{Bindings, Limits, Transcoder};

use crate::fixture::{Answered, Library, POOL, from_json, message, refused};

fn request_id_of(library: &Library) -> String {
    let request = message("LendBookRequest", &library.called().unwrap().request);
    request
        .get_field_by_name("request_id")
        .unwrap()
        .as_str()
        .unwrap()
        .to_owned()
}

async fn lend(library: &Library, headers: &[(&str, &str)], body: &str) -> Answered {
    let mut request = Request::post("/v1/books/7:lend").header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    library
        .send(request.body(Body::from(body.to_owned())).unwrap())
        .await
}

#[tokio::test]
async fn unknown_paths_and_methods_are_told_apart() {
    let library = Library::echo();
    assert_eq!(
        library.get("/v1/nothing").await.refusal(),
        refused(404, "NOT_FOUND", "")
    );
    assert_eq!(
        library.get("/v1/books/").await.refusal(),
        refused(404, "NOT_FOUND", "")
    );
    assert_eq!(
        library.get("/v1//books").await.refusal(),
        refused(404, "NOT_FOUND", "")
    );
    assert_eq!(
        library.get("/").await.refusal(),
        refused(404, "NOT_FOUND", "")
    );
    let other = library.json("POST", "/v1/books/7", "{}").await;
    assert_eq!(other.refusal(), refused(405, "METHOD_NOT_ALLOWED", ""));
    assert_eq!(other.header("allow"), "GET, PATCH, DELETE, HEAD, OPTIONS");
    let verb = library.get("/v1/books/7:lend").await;
    assert_eq!(
        (verb.status.as_u16(), verb.header("allow")),
        (405, "POST, OPTIONS")
    );
    let options = library.json("OPTIONS", "/v1/books:search", "").await;
    assert_eq!(
        (options.status.as_u16(), options.header("allow")),
        (204, "POST, OPTIONS")
    );
    assert!(library.called().is_none());
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let library = Library::answering(|_| {
        Ok(from_json("Book", &json!({ "title": "T", "etag": "e" }))
            .encode_to_vec()
            .into())
    });
    let get = library.get("/v1/books/7").await;
    let head = library.json("HEAD", "/v1/books/7", "").await;
    assert_eq!(
        (
            head.status.as_u16(),
            head.body.as_str(),
            head.header("etag")
        ),
        (200, "", "\"e\"")
    );
    assert_eq!(head.header("content-length"), get.body.len().to_string());
    let missing = library.json("HEAD", "/v1/nothing", "").await;
    assert_eq!((missing.status.as_u16(), missing.body.as_str()), (404, ""));
}

#[tokio::test]
async fn an_empty_body_is_an_empty_message() {
    let library = Library::echo();
    let request = Request::post("/v1/books/7:lend")
        .body(Body::empty())
        .unwrap();
    assert_eq!(library.send(request).await.status, 200);
    let request = message("LendBookRequest", &library.called().unwrap().request);
    assert_eq!(
        serde_json::to_value(&request).unwrap(),
        json!({ "bookId": "7" })
    );
}

#[tokio::test]
async fn a_body_where_none_is_taken_is_refused() {
    let library = Library::echo();
    for (method, path) in [("GET", "/v1/books/7"), ("DELETE", "/v1/books/7")] {
        let answer = library.json(method, path, "{}").await;
        assert_eq!(
            answer.refusal(),
            refused(400, "MALFORMED_REQUEST", ""),
            "{method}"
        );
    }
    assert!(library.called().is_none());
}

#[tokio::test]
async fn a_body_must_be_declared_as_json() {
    let library = Library::echo();
    let send = async |content_type: Option<&str>| {
        let mut request = Request::post("/v1/books/7:lend");
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        library.send(request.body(Body::from("{}")).unwrap()).await
    };
    for refused_type in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("application/json; charset=gbk"),
    ] {
        assert_eq!(
            send(refused_type).await.refusal(),
            refused(415, "UNSUPPORTED_MEDIA_TYPE", ""),
            "{refused_type:?}"
        );
    }
    for taken in [
        "application/json",
        "Application/JSON; charset=UTF-8",
        "application/json;charset=\"utf-8\";x=y",
    ] {
        assert_eq!(send(Some(taken)).await.status, 200, "{taken}");
    }
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_while_it_is_read() {
    let library = Library::echo();
    let announced = library.json("POST", "/v1/echo", &"x".repeat(100_001)).await;
    assert_eq!(announced.refusal(), refused(413, "BODY_TOO_LARGE", ""));
    assert!(
        announced.json()["detail"]
            .as_str()
            .unwrap()
            .contains("100000")
    );
    // Without a declared length it must stop at the limit: this body is endless.
    let endless =
        futures::stream::repeat_with(|| Ok::<_, Infallible>(Bytes::from_static(&[b' '; 1000])));
    let request = Request::post("/v1/echo").header("content-type", "application/json");
    let answer = library
        .send(request.body(Body::from_stream(endless)).unwrap())
        .await;
    assert_eq!(answer.refusal(), refused(413, "BODY_TOO_LARGE", ""));
    let full = format!("{{\"someText\":\"{}\"}}", "x".repeat(100_000 - 15));
    assert_eq!(
        (
            full.len(),
            library
                .json("POST", "/v1/echo", &full)
                .await
                .status
                .as_u16()
        ),
        (100_000, 200)
    );
}

#[tokio::test(start_paused = true)]
async fn a_body_that_dawdles_or_breaks_off_is_refused() {
    let library = Library::echo();
    let begun = futures::stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"{"))]);
    let silent = begun.chain(futures::stream::pending());
    let request = Request::post("/v1/echo").header("content-type", "application/json");
    let answer = library
        .send(request.body(Body::from_stream(silent)).unwrap())
        .await;
    assert_eq!(answer.refusal(), refused(408, "REQUEST_TIMEOUT", ""));
    let broken = futures::stream::iter([
        Ok(Bytes::from_static(b"{")),
        Err(std::io::Error::other("reset by peer")),
    ]);
    let request = Request::post("/v1/echo").header("content-type", "application/json");
    let answer = library
        .send(request.body(Body::from_stream(broken)).unwrap())
        .await;
    assert_eq!(answer.refusal(), refused(400, "MALFORMED_REQUEST", ""));
    assert!(library.called().is_none());
}

#[tokio::test]
async fn an_idempotency_key_is_the_request_id() {
    let library = Library::echo();
    lend(&library, &[("idempotency-key", "k1")], "{}").await;
    assert_eq!(request_id_of(&library), "k1");
    lend(
        &library,
        &[("idempotency-key", "k1")],
        r#"{"requestId":"k1"}"#,
    )
    .await;
    assert_eq!(request_id_of(&library), "k1");
    lend(
        &library,
        &[("idempotency-key", "k1")],
        r#"{"requestId":""}"#,
    )
    .await;
    assert_eq!(request_id_of(&library), "k1");
    lend(&library, &[], r#"{"requestId":"k2"}"#).await;
    assert_eq!(request_id_of(&library), "k2");
    for headers in [
        &[("idempotency-key", "k1")][..],
        &[("idempotency-key", "k1"), ("idempotency-key", "k2")],
    ] {
        let answer = lend(&library, headers, r#"{"requestId":"k2"}"#).await;
        assert_eq!(answer.status, 400);
        assert_eq!(answer.refusal().2.to_lowercase(), "idempotency-key");
    }
    // Without such a field the header is ignored.
    let request = Request::get("/v1/books/7")
        .header("idempotency-key", "k1")
        .body(Body::empty())
        .unwrap();
    assert_eq!(library.send(request).await.status, 200);
}

#[tokio::test]
async fn if_match_is_the_etag() {
    let library = Library::echo();
    let etag = || {
        let request = message("LendBookRequest", &library.called().unwrap().request);
        request
            .get_field_by_name("etag")
            .unwrap()
            .as_str()
            .unwrap()
            .to_owned()
    };
    for (header, taken) in [("\"e1\"", "e1"), ("\"a,b\"", "a,b"), ("*", "*")] {
        assert_eq!(
            lend(&library, &[("if-match", header)], "{}").await.status,
            200
        );
        assert_eq!(etag(), taken, "{header}");
    }
    for header in [
        "\"e1\", \"e2\"",
        "W/",
        "W/e1",
        "\"e1",
        "\"\"",
        "e1",
        "\"a b\"",
    ] {
        let answer = lend(&library, &[("if-match", header)], "{}").await;
        assert_eq!(
            answer.refusal(),
            refused(400, "INVALID_ARGUMENT", "If-Match"),
            "{header}"
        );
    }
    // A weak tag is well-formed and matches nothing.
    let answer = lend(&library, &[("if-match", "W/\"e1\"")], "{}").await;
    assert_eq!(answer.refusal(), refused(412, "ETAG_MISMATCH", ""));
    let answer = lend(&library, &[("if-match", "\"e1\"")], r#"{"etag":"e2"}"#).await;
    assert_eq!(
        answer.refusal(),
        refused(400, "INVALID_ARGUMENT", "If-Match")
    );

    // An update has it inside the resource, a deletion among the parameters.
    let send = async |method: &str, path: &str, body: &str| {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/json");
        library
            .send(
                request
                    .header("if-match", "\"e1\"")
                    .body(Body::from(body.to_owned()))
                    .unwrap(),
            )
            .await
    };
    send("PATCH", "/v1/books/7", r#"{"title":"T"}"#).await;
    let request = message("UpdateBookRequest", &library.called().unwrap().request);
    let expected = json!({ "book": { "id": "7", "title": "T", "etag": "e1" } });
    assert_eq!(serde_json::to_value(&request).unwrap(), expected);
    send("DELETE", "/v1/books/7", "").await;
    let request = message("DeleteBookRequest", &library.called().unwrap().request);
    assert_eq!(
        serde_json::to_value(&request).unwrap(),
        json!({ "bookId": "7", "etag": "e1" })
    );
}

#[tokio::test]
async fn an_etag_of_the_answer_becomes_a_header() {
    let book = |etag: &str| {
        let bytes = Bytes::from(from_json("Book", &json!({ "etag": etag })).encode_to_vec());
        Library::answering(move |_| Ok(bytes.clone()))
    };
    assert_eq!(book("e1").get("/v1/books/7").await.header("etag"), "\"e1\"");
    assert_eq!(book("").get("/v1/books/7").await.header("etag"), "");
    assert_eq!(book("a\"b").get("/v1/books/7").await.header("etag"), "");
}

#[tokio::test]
async fn only_chosen_headers_travel_on_and_the_gateway_has_the_last_word() {
    let library = Library::echo();
    let request = Request::get("/v1/books/7")
        .header("authorization", "Bearer client")
        .header("accept-language", "en")
        .header(
            "traceparent",
            "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01",
        )
        .header("cookie", "__Host-session=secret")
        .header("x-internal-caller", "root")
        .header("grpc-timeout", "1n")
        .body(Body::empty())
        .unwrap();
    library.send(request).await;
    let metadata = library.called().unwrap().metadata;
    assert_eq!(metadata.get("authorization").unwrap(), "Bearer client");
    assert_eq!(metadata.get("accept-language").unwrap(), "en");
    assert!(metadata.contains_key("traceparent"));
    assert!(!metadata.contains_key("cookie") && !metadata.contains_key("x-internal-caller"));
    assert_eq!(metadata.get("grpc-timeout").unwrap(), "30000m");

    let mut added = MetadataMap::new();
    added.insert("authorization", "Bearer session".parse().unwrap());
    added.insert("x-client-address", "192.0.2.1".parse().unwrap());
    let request = Request::get("/v1/books/7")
        .header("authorization", "Bearer client")
        .body(Body::empty())
        .unwrap();
    library.transcoder.handle(request, added).await;
    let metadata = library.called().unwrap().metadata;
    let tokens: Vec<_> = metadata.get_all("authorization").iter().collect();
    assert_eq!(tokens, ["Bearer session"]);
    assert_eq!(metadata.get("x-client-address").unwrap(), "192.0.2.1");
}

#[tokio::test]
async fn it_serves_as_the_fallback_of_a_router() {
    let library: &'static Library = Box::leak(Box::new(Library::echo()));
    let app = axum::Router::new()
        .route("/health", axum::routing::get(|| async { "well" }))
        .fallback(move |request: axum::extract::Request| {
            library.transcoder.handle(request, MetadataMap::new())
        });
    let call = async |path: &str| {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = tower::ServiceExt::oneshot(app.clone(), request)
            .await
            .unwrap();
        Answered::read(response).await
    };
    assert_eq!(call("/health").await.body, "well");
    assert_eq!(call("/v1/echo?i32=5").await.json()["i32"], 5);
    assert_eq!(
        call("/nothing").await.refusal(),
        refused(404, "NOT_FOUND", "")
    );
}

#[tokio::test(start_paused = true)]
async fn a_service_that_does_not_answer_in_time_is_given_up() {
    struct Silent;
    #[async_trait::async_trait]
    impl transcode::Backend for Silent {
        async fn unary(
            &self,
            _: &prost_reflect::MethodDescriptor,
            _: MetadataMap,
            _: Bytes,
        ) -> Result<(MetadataMap, Bytes), tonic::Status> {
            std::future::pending().await
        }
        async fn server_streaming(
            &self,
            _: &prost_reflect::MethodDescriptor,
            _: MetadataMap,
            _: Bytes,
        ) -> Result<(MetadataMap, transcode::MessageStream), tonic::Status> {
            std::future::pending().await
        }
    }
    let limits = Limits {
        call_timeout: Duration::from_secs(5),
        ..Limits::default()
    };
    let transcoder = Transcoder::new(Bindings::new(&POOL).unwrap(), Silent, limits);
    for path in ["/v1/books/7", "/v1/books:watch"] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let answer = Answered::read(transcoder.handle(request, MetadataMap::new()).await).await;
        assert_eq!(
            answer.refusal(),
            refused(504, "DEADLINE_EXCEEDED", ""),
            "{path}"
        );
    }
}
