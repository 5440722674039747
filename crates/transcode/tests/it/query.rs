//! Query parameters and path variables.

use proptest::prelude::*;
use prost_reflect::DynamicMessage;
use serde_json::{Value as Json, json};
use tokio::runtime::Runtime;

use crate::fixture::{Library, message, refused};

fn canonical(message: &DynamicMessage) -> Json {
    serde_json::to_value(message).unwrap()
}

async fn asked(query: &str) -> Json {
    let library = Library::echo();
    let answer = library.get(&format!("/v1/echo?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.body);
    canonical(&message("Question", &library.called().unwrap().request))
}

async fn wrong(query: &str) -> String {
    let library = Library::echo();
    let (status, code, field) = library.get(&format!("/v1/echo?{query}")).await.refusal();
    assert_eq!(
        (status, code.as_str()),
        (400, "INVALID_ARGUMENT"),
        "{query}"
    );
    assert!(library.called().is_none());
    field
}

#[tokio::test]
async fn every_kind_of_value_can_be_a_parameter() {
    assert_eq!(
        asked(
            "someText=a&i32=-3&i64=-9223372036854775808&u64=18446744073709551615&f64=1.5e3&f32=0.5&yesNo=true\
             &someBytes=%2B%2F8%3D&colour=RED&colours=GREEN&colours=RED&numbers=1&numbers=300&at=2026-05-30T09:00:00%2B08:00\
             &takes=1.5s&mask=someText,muchDeeper.someText&boxedNumber=7&boxedText=&maybeText="
        )
        .await,
        json!({
            "someText": "a", "i32": -3, "i64": "-9223372036854775808", "u64": "18446744073709551615", "f64": 1500.0,
            "f32": 0.5, "yesNo": true, "someBytes": "+/8=", "colour": "RED", "colours": ["GREEN", "RED"],
            "numbers": [1, 300], "at": "2026-05-30T01:00:00Z", "takes": "1.500s",
            "mask": "someText,muchDeeper.someText", "boxedNumber": "7", "boxedText": "", "maybeText": "",
        })
    );
}

#[tokio::test]
async fn nested_fields_are_written_with_dots_in_either_spelling() {
    let expected = json!({ "muchDeeper": { "someText": "a", "left": "b" } });
    for query in [
        "muchDeeper.someText=a&muchDeeper.left=b",
        "much_deeper.some_text=a&much_deeper.left=b",
        "muchDeeper.some_text=a&much_deeper.left=b",
    ] {
        assert_eq!(asked(query).await, expected, "{query}");
    }
    let library = Library::echo();
    library
        .get("/v1/books?filter.state=LENT&filter.tags=a&filter.tags=b&pageSize=5")
        .await;
    let request = canonical(&message(
        "ListBooksRequest",
        &library.called().unwrap().request,
    ));
    assert_eq!(
        request,
        json!({ "pageSize": 5, "filter": { "state": "LENT", "tags": ["a", "b"] } })
    );
}

#[tokio::test]
async fn a_parameter_is_decoded_like_a_form() {
    assert_eq!(
        asked("someText=a+b%20c%2B%E5%AD%A6").await,
        json!({ "someText": "a b c+学" })
    );
    assert_eq!(asked("some%54ext=x&&").await, json!({ "someText": "x" }));
    assert_eq!(asked("someText=a=b").await, json!({ "someText": "a=b" }));
    assert_eq!(wrong("someText=%zz").await, "someText");
    assert_eq!(wrong("someText=%E5%AD").await, "someText");
    assert_eq!(wrong("someText=%00").await, "someText");
}

#[tokio::test]
async fn what_is_no_parameter_or_does_not_fit_is_named() {
    for (query, field) in [
        ("nothing=1", "nothing"),
        ("muchDeeper=1", "muchDeeper"),
        ("muchDeeper.nothing=1", "muchDeeper.nothing"),
        ("i32=a", "i32"),
        ("i32=", "i32"),
        ("i32=1.5", "i32"),
        ("i32=%2B1", "i32"),
        ("i32=2147483648", "i32"),
        ("u64=-1", "u64"),
        ("f64=NaN", "f64"),
        ("f64=1e999", "f64"),
        ("f32=1e39", "f32"),
        ("yesNo=TRUE", "yesNo"),
        ("yesNo", "yesNo"),
        ("colour=1", "colour"),
        ("colour=red", "colour"),
        ("at=2026-05-30", "at"),
        ("takes=1", "takes"),
        ("i32=1&i32=2", "i32"),
        ("i32=1&i_32=2", "i_32"),
        ("muchDeeper.left=a&muchDeeper.right=b", "muchDeeper.right"),
    ] {
        assert_eq!(wrong(query).await, field, "{query}");
    }
}

#[tokio::test]
async fn all_wrong_parameters_are_named_at_once() {
    let answer = Library::echo()
        .get("/v1/echo?a=1&i32=x&someText=ok")
        .await
        .problem();
    let fields: Vec<_> = answer["violations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v["field"].clone())
        .collect();
    assert_eq!(fields, ["a", "i32"]);
}

#[tokio::test]
async fn a_body_that_takes_all_fields_leaves_no_parameters() {
    let library = Library::echo();
    let answer = library
        .json("POST", "/v1/books/1:lend?readerId=2", "{}")
        .await;
    assert_eq!(
        answer.refusal(),
        refused(400, "INVALID_ARGUMENT", "readerId")
    );
    let answer = library
        .json("PATCH", "/v1/books/1?book.title=x", "{}")
        .await;
    assert_eq!(
        answer.refusal(),
        refused(400, "INVALID_ARGUMENT", "book.title")
    );
    assert_eq!(
        library
            .json("PATCH", "/v1/books/1?updateMask=title", "{}")
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn path_variables_are_decoded_and_fill_their_fields() {
    let name = async |path: &str| {
        let library = Library::echo();
        let answer = library.get(path).await;
        answer.json()["name"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    assert_eq!(
        name("/v1/readers/a%2Fb/loans/%E5%AD%A6").await,
        "readers/a%2Fb/loans/学"
    );
    assert_eq!(name("/v1/scans/a/b%20c/d").await, "a/b c/d");
    assert_eq!(name("/v1/scans").await, "");
    let library = Library::echo();
    library.get("/v1/books/a%2Fb%3Alend").await;
    assert_eq!(
        canonical(&message(
            "GetBookRequest",
            &library.called().unwrap().request
        )),
        json!({ "bookId": "a/b:lend" })
    );
    for path in ["/v1/books/%zz", "/v1/books/%F0%9F", "/v1/books/%00"] {
        assert_eq!(
            library.get(path).await.refusal(),
            refused(400, "INVALID_ARGUMENT", "bookId"),
            "{path}"
        );
    }
    assert_eq!(
        library.json("PUT", "/v1/echo/BLUE/1", "[]").await.refusal(),
        refused(400, "INVALID_ARGUMENT", "colour")
    );
    assert_eq!(
        library.json("PUT", "/v1/echo/RED/x", "[]").await.refusal(),
        refused(400, "INVALID_ARGUMENT", "number")
    );
}

#[tokio::test]
async fn a_body_may_repeat_what_the_path_says_but_not_contradict_it() {
    let library = Library::echo();
    let same = library
        .json("POST", "/v1/books/7:lend", r#"{"bookId":"7"}"#)
        .await;
    assert_eq!(same.status, 200);
    let other = library
        .json("POST", "/v1/books/7:lend", r#"{"bookId":"8"}"#)
        .await;
    assert_eq!(other.refusal(), refused(400, "INVALID_ARGUMENT", "bookId"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_query_string_is_refused_or_understood(raw in "[a-zA-Z0-9%&=+._~!$'()*,;:@/?-]{0,40}") {
        let answer = Runtime::new().unwrap().block_on(Library::echo().get(&format!("/v1/echo?{raw}")));
        if answer.status != 200 {
            prop_assert_eq!(answer.refusal().0, 400);
        }
    }

    #[test]
    fn any_path_is_refused_or_understood(raw in "[a-zA-Z0-9%&=+._~!$'()*,;:@/-]{0,40}") {
        let answer = Runtime::new().unwrap().block_on(Library::echo().get(&format!("/v1/{raw}")));
        if answer.status != 200 {
            prop_assert!([400, 404, 405].contains(&answer.refusal().0));
        }
    }

    #[test]
    fn text_survives_percent_encoding_in_path_and_query(text in any::<String>()) {
        let text = text.replace('\0', "");
        let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let library = Library::echo();
        let answer = Runtime::new().unwrap().block_on(library.get(&format!("/v1/echo?someText={encoded}")));
        prop_assert_eq!(&answer.json()["someText"], &Json::from(text.as_str()));
        if !text.is_empty() {
            Runtime::new().unwrap().block_on(library.get(&format!("/v1/books/{encoded}")));
            let request = message("GetBookRequest", &library.called().unwrap().request);
            prop_assert_eq!(&canonical(&request)["bookId"], &Json::from(text.as_str()));
        }
    }
}
