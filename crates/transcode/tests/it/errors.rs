//! From gRPC statuses to problems.

use std::{collections::HashMap, time::Duration};

use axum::body::Body;
use http::{HeaderMap, Request};
use problem::Problem;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, LocalizedMessage, StatusExt as _};
use transcode::{Language, Render as _, rendering};

use crate::fixture::{Answered, Library};

fn failing(status: impl Fn() -> Status + Send + Sync + 'static) -> Library {
    Library::answering(move |_| Err(status()))
}

async fn in_language(library: &Library, language: &str) -> Answered {
    let request = Request::get("/v1/books/7").header("accept-language", language);
    library.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_reason_is_shown_in_the_language_that_is_asked_for() {
    let library = failing(|| {
        let metadata = HashMap::from([("permission".to_owned(), "books.edit".to_owned())]);
        let details = ErrorDetails::with_error_info("PERMISSION_DENIED", "platform.cast", metadata);
        Status::with_error_details(
            Code::PermissionDenied,
            "policy 4711 of internal table refused",
            details,
        )
    });
    let english = in_language(&library, "en").await;
    let problem = english.problem();
    assert_eq!(
        (english.status.as_u16(), english.header("content-language")),
        (403, "en")
    );
    assert_eq!(problem["code"], "PERMISSION_DENIED");
    assert_eq!(problem["title"], "You may not do this");
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .contains("the permission books.edit.")
    );
    let chinese = in_language(&library, "fr, zh;q=0.9, en;q=0.2").await;
    assert_eq!(chinese.header("content-language"), "zh-CN");
    assert!(
        chinese.problem()["detail"]
            .as_str()
            .unwrap()
            .contains("（books.edit）")
    );
    for answer in [english, chinese] {
        assert!(!answer.body.contains("4711"));
        assert!(answer.headers.get("www-authenticate").is_none());
    }
}

#[tokio::test]
async fn a_status_without_a_reason_is_mapped_by_its_code_and_says_nothing_of_the_inside() {
    for (code, status, reason) in [
        (Code::InvalidArgument, 400, "INVALID_ARGUMENT"),
        (Code::OutOfRange, 400, "INVALID_ARGUMENT"),
        (Code::Unauthenticated, 401, "UNAUTHENTICATED"),
        (Code::PermissionDenied, 403, "PERMISSION_DENIED"),
        (Code::NotFound, 404, "NOT_FOUND"),
        (Code::AlreadyExists, 409, "CONFLICT"),
        (Code::Aborted, 409, "CONFLICT"),
        (Code::FailedPrecondition, 409, "CONFLICT"),
        (Code::ResourceExhausted, 429, "TOO_MANY_REQUESTS"),
        (Code::Unknown, 500, "INTERNAL"),
        (Code::Internal, 500, "INTERNAL"),
        (Code::DataLoss, 500, "INTERNAL"),
        (Code::Cancelled, 503, "UNAVAILABLE"),
        (Code::Unimplemented, 503, "UNAVAILABLE"),
        (Code::Unavailable, 503, "UNAVAILABLE"),
        (Code::DeadlineExceeded, 504, "DEADLINE_EXCEEDED"),
    ] {
        let answer = in_language(
            &failing(move || Status::new(code, "column s3cret of table accounts")),
            "en",
        )
        .await;
        let problem = answer.problem();
        assert_eq!(
            (answer.status.as_u16(), problem["code"].as_str().unwrap()),
            (status, reason),
            "{code:?}"
        );
        assert!(!answer.body.contains("s3cret"), "{code:?}");
        assert!(
            !answer.body.contains(['{', '}'])
                || !problem["detail"].as_str().unwrap().contains(['{', '}'])
        );
    }
}

#[tokio::test]
async fn an_unknown_reason_or_one_that_does_not_belong_to_the_code_is_not_believed() {
    let unknown = failing(|| {
        let details = ErrorDetails::with_error_info("OF_A_LIBRARY", "elsewhere", HashMap::new());
        Status::with_error_details(Code::NotFound, "", details)
    });
    assert_eq!(
        in_language(&unknown, "en").await.problem()["code"],
        "NOT_FOUND"
    );
    // A bug that puts a caller's reason on an internal error must not blame the caller.
    let internal = failing(|| {
        let details =
            ErrorDetails::with_error_info("INVALID_ARGUMENT", "platform.cast", HashMap::new());
        Status::with_error_details(Code::Internal, "", details)
    });
    assert_eq!(
        in_language(&internal, "en").await.problem()["code"],
        "INTERNAL"
    );
}

#[tokio::test]
async fn violations_carry_the_names_the_client_used() {
    let library = failing(|| {
        let violation = |field: &str| FieldViolation::new(field, "is too long");
        let mut localized = violation("filter.created_after");
        localized.localized_message = Some(LocalizedMessage::new("zh-CN", "太晚"));
        let mut known = violation("page_size");
        known.reason = "PAGE_TOKEN_INVALID".to_owned();
        let mut details = ErrorDetails::with_bad_request(vec![
            violation("book.credit_hours"),
            violation("book.labels[some_key].first_name"),
            localized,
            known,
        ]);
        details.set_error_info("INVALID_ARGUMENT", "platform.cast", HashMap::new());
        Status::with_error_details(Code::InvalidArgument, "", details)
    });
    let fields = |answer: &Answered| -> Vec<(String, String)> {
        let problem = answer.problem();
        let list = problem["violations"].as_array().unwrap().clone();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        list.iter()
            .map(|v| (text(&v["field"]), text(&v["description"])))
            .collect()
    };
    let long = "is too long".to_owned();
    let queried = in_language(&library, "en").await;
    assert_eq!(
        fields(&queried),
        [
            ("book.creditHours".to_owned(), long.clone()),
            ("book.labels[some_key].firstName".to_owned(), long.clone()),
            ("filter.createdAfter".to_owned(), long.clone()),
            (
                "pageSize".to_owned(),
                "The page token is not valid".to_owned()
            ),
        ]
    );
    assert_eq!(fields(&in_language(&library, "zh").await)[2].1, "太晚");
    // If the body is the book, paths are relative to it.
    let updated = library.json("PATCH", "/v1/books/7", "{}").await;
    assert_eq!(fields(&updated)[0].0, "creditHours");
    assert_eq!(fields(&updated)[2].0, "filter.createdAfter");
}

#[tokio::test]
async fn retry_and_sign_in_are_told_by_header() {
    let busy = failing(|| {
        let mut details = ErrorDetails::with_retry_info(Some(Duration::from_millis(2_100)));
        details.set_error_info("TOO_MANY_REQUESTS", "platform.cast", HashMap::new());
        Status::with_error_details(Code::ResourceExhausted, "", details)
    });
    let answer = in_language(&busy, "en").await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("retry-after")),
        (429, "3")
    );
    assert_eq!(answer.problem()["detail"], "Wait 3 seconds and try again.");
    let anonymous = in_language(&failing(|| Status::unauthenticated("no token")), "en").await;
    assert_eq!(
        (
            anonymous.status.as_u16(),
            anonymous.header("www-authenticate")
        ),
        (401, "Bearer")
    );
}

#[tokio::test]
async fn a_problem_names_the_trace_it_belongs_to() {
    let library = failing(|| Status::internal(""));
    let send = async |traceparent: &str| {
        let request = Request::get("/v1/books/7").header("traceparent", traceparent);
        library
            .send(request.body(Body::empty()).unwrap())
            .await
            .problem()
    };
    let id = "0123456789abcdef0123456789abcdef";
    assert_eq!(
        send(&format!("00-{id}-0123456789abcdef-01")).await["trace_id"],
        id
    );
    for bad in [
        "00-0-0-00",
        "<script>",
        "00-00000000000000000000000000000000-0123456789abcdef-01",
    ] {
        assert!(send(bad).await.get("trace_id").is_none(), "{bad}");
    }
}

#[test]
fn the_language_is_negotiated() {
    let negotiate = |value: &str| {
        let mut headers = HeaderMap::new();
        headers.insert("accept-language", value.parse().unwrap());
        Language::negotiate(&headers)
    };
    assert_eq!(Language::negotiate(&HeaderMap::new()), Language::Chinese);
    for english in [
        "en",
        "EN-us",
        "en, zh;q=0.9",
        "fr, en;q=0.1",
        "zh;q=0, en",
        "zh;q=0.2, *;q=0.5, en;q=0.4",
        "zh;q=0, *",
    ] {
        assert_eq!(negotiate(english), Language::English, "{english}");
    }
    for chinese in [
        "zh",
        "zh-Hans-CN",
        "de",
        "*",
        "en;q=0",
        "en;q=0.5, zh;q=0.8",
        "zh, en",
        "",
        ";;q=,",
        "en;q=zero",
    ] {
        assert_eq!(negotiate(chinese), Language::Chinese, "{chinese}");
    }
}

#[tokio::test]
async fn a_reason_can_be_rendered_without_a_status() {
    let problem = Problem::of(&proto::reasons::BODY_TOO_LARGE)
        .with("limit_bytes", 5)
        .field("a", ("is large", "太大"));
    let response = problem.to_response(Language::English, None);
    let answer = Answered::read(response).await;
    assert_eq!(
        answer.problem()["detail"],
        "Send at most 5 bytes, or split the request."
    );
    assert_eq!(answer.refusal().2, "a");
    // A sentence for programs has no Chinese; it is shown all the same.
    let problem = Problem::invalid("a", "is large");
    let answer = Answered::read(problem.to_response(Language::Chinese, None)).await;
    assert_eq!(answer.problem()["violations"][0]["description"], "is large");
    let status =
        rendering::of_status(&Status::not_found("x")).to_response(Language::Chinese, Some("t"));
    assert_eq!(Answered::read(status).await.problem()["trace_id"], "t");
}
