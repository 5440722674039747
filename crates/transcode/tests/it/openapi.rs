//! The document matches the transcoder: it accepts what is described, and nothing else.

use std::{collections::HashSet, sync::LazyLock};

use jsonschema::Validator;
use proptest::prelude::*;
use prost::Message as _;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use transcode::{
    Access, Bindings,
    openapi::{Info, document},
};

use crate::{
    fixture::{Library, POOL, compile},
    json::{canonical, everything, written},
};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
static LIBRARY: LazyLock<Value> =
    LazyLock::new(|| document(&Bindings::new(&POOL).unwrap(), &info()));
static PLATFORM: LazyLock<Value> =
    LazyLock::new(|| document(&Bindings::new(&proto::POOL).unwrap(), &info()));

fn info() -> Info {
    Info {
        title: "Library".into(),
        version: "1.0.0".into(),
        description: "A lending library.".into(),
        server_url: "https://api.example.org".into(),
        openid_connect_url: "https://api.example.org/.well-known/openid-configuration".into(),
        ..Info::default()
    }
}

/// A validator for a schema of a document.
fn validator(document: &Value, schema: &Value) -> Validator {
    let whole = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "allOf": [schema],
        "components": document["components"],
    });
    jsonschema::options()
        .should_validate_formats(true)
        .build(&whole)
        .unwrap()
}

/// (path, method, operation)
fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths.flat_map(|(path, item)| {
        item.as_object()
            .unwrap()
            .iter()
            .map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

fn operation<'d>(document: &'d Value, id: &str) -> &'d Value {
    operations(document)
        .find(|(.., operation)| operation["operationId"] == id)
        .unwrap()
        .2
}

fn parameter<'d>(operation: &'d Value, name: &str) -> &'d Value {
    operation["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .find(|p| p["name"] == name)
        .unwrap_or(&Value::Null)
}

fn body(operation: &Value) -> &Value {
    &operation["requestBody"]["content"]["application/json"]
}

fn schema<'d>(document: &'d Value, name: &str) -> &'d Value {
    &document["components"]["schemas"][name]
}

/// Written to the target directory for public linters: `npx @redocly/cli lint`, `npx @stoplight/spectral-cli lint`.
#[test]
fn the_documents_are_written_down() {
    for (name, document) in [("library", &*LIBRARY), ("platform", &*PLATFORM)] {
        let path = format!("{}/openapi-{name}.json", env!("CARGO_TARGET_TMPDIR"));
        std::fs::write(path, serde_json::to_string_pretty(document).unwrap()).unwrap();
    }
    let again = document(&Bindings::new(&POOL).unwrap(), &info());
    assert_eq!(again.to_string(), LIBRARY.to_string());
}

#[test]
fn every_reference_leads_somewhere_and_every_operation_is_named_once() {
    fn references<'v>(value: &'v Value, into: &mut Vec<&'v str>) {
        match value {
            Value::Object(map) => {
                into.extend(map.get("$ref").and_then(Value::as_str));
                map.values().for_each(|value| references(value, into));
            }
            Value::Array(list) => list.iter().for_each(|value| references(value, into)),
            _ => {}
        }
    }
    for document in [&*LIBRARY, &*PLATFORM] {
        let mut all = Vec::new();
        references(document, &mut all);
        for reference in all {
            assert!(
                document
                    .pointer(&reference[1..])
                    .is_some_and(|target| !target.is_null()),
                "{reference}"
            );
        }
        let mut ids = HashSet::new();
        let tags: HashSet<_> = document["tags"]
            .as_array()
            .unwrap()
            .iter()
            .map(|tag| &tag["name"])
            .collect();
        let mut shapes = HashSet::new();
        for (path, method, operation) in operations(document) {
            assert!(
                ids.insert(operation["operationId"].as_str().unwrap()),
                "{path}"
            );
            assert!(tags.contains(&operation["tags"][0]), "{path}");
            let in_path: HashSet<_> = path
                .split('{')
                .skip(1)
                .map(|rest| rest.split('}').next().unwrap())
                .collect();
            let declared = operation["parameters"].as_array().into_iter().flatten();
            let declared: HashSet<_> = declared
                .filter(|p| p["in"] == "path")
                .map(|p| p["name"].as_str().unwrap())
                .collect();
            assert_eq!(in_path, declared, "{path}");
            let shape = path
                .split('{')
                .map(|part| part.split_once('}').map_or(part, |(_, rest)| rest));
            shapes.insert((shape.collect::<Vec<_>>().join("*"), path, method));
        }
        let distinct: HashSet<_> = shapes
            .iter()
            .map(|(shape, _, method)| (shape, method))
            .collect();
        assert_eq!(distinct.len(), shapes.len());
    }
}

#[test]
fn examples_are_what_they_are_examples_of() {
    for document in [&*LIBRARY, &*PLATFORM] {
        let check = |schema: &Value, example: &Value, what: &str| {
            let validator = validator(document, schema);
            let errors: Vec<_> = validator
                .iter_errors(example)
                .map(|e| format!("{} at {}", e, e.instance_path))
                .collect();
            assert!(errors.is_empty(), "{what}: {errors:?}");
        };
        for (_, _, operation) in operations(document) {
            let id = operation["operationId"].as_str().unwrap();
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                check(
                    &parameter["schema"],
                    &parameter["example"],
                    &format!("{id} {}", parameter["name"]),
                );
            }
            let sent = &operation["requestBody"]["content"]["application/json"];
            if !sent.is_null() {
                check(&sent["schema"], &sent["example"], id);
            }
            let success = &operation["responses"]["200"]["content"]["application/json"];
            if !success.is_null() {
                check(&success["schema"], &success["example"], id);
            }
        }
        for (name, response) in document["components"]["responses"].as_object().unwrap() {
            let content = &response["content"]["application/problem+json"];
            check(&content["schema"], &content["example"], name);
        }
    }
}

#[tokio::test]
async fn an_example_request_is_understood() {
    for (document, library) in [
        (&*LIBRARY, Library::echo()),
        (&*PLATFORM, Library::over(&proto::POOL)),
    ] {
        for (path, method, operation) in operations(document) {
            let text = |parameter: &Value| -> String {
                let example = &parameter["example"];
                let text = example
                    .as_str()
                    .map_or_else(|| example.to_string(), str::to_owned);
                text.bytes().map(|byte| format!("%{byte:02X}")).collect()
            };
            let (mut path, mut query) = (path.to_owned(), Vec::new());
            let mut request = http::Request::builder().method(method.to_uppercase().as_str());
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let name = parameter["name"].as_str().unwrap();
                match parameter["in"].as_str().unwrap() {
                    "path" => path = path.replace(&format!("{{{name}}}"), &text(parameter)),
                    "header" => {
                        request = request.header(name, parameter["example"].as_str().unwrap())
                    }
                    _ => match parameter["example"].as_array() {
                        Some(list) => query.extend(list.iter().map(|v| {
                            format!("{name}={}", v.as_str().map_or(v.to_string(), str::to_owned))
                        })),
                        None => query.push(format!("{name}={}", text(parameter))),
                    },
                }
            }
            // Mutually exclusive parameters cannot be sent together.
            query.retain(|pair| !pair.starts_with("muchDeeper.right"));
            let body = match &body(operation)["example"] {
                Value::Null => String::new(),
                example => example.to_string(),
            };
            request = request
                .uri(format!("{path}?{}", query.join("&")))
                .header("content-type", "application/json");
            library.send(request.body(body.into()).unwrap()).await;
            let called = library.called().map(|call| call.method);
            let id = operation["operationId"].as_str().unwrap();
            assert!(
                called.is_some_and(|method| id.split('_').nth(1) == Some(&method)),
                "{id}"
            );
        }
    }
}

#[test]
fn operations_say_who_may_call_them_and_how_they_fail() {
    for (document, bindings) in [
        (&*LIBRARY, Bindings::new(&POOL)),
        (&*PLATFORM, Bindings::new(&proto::POOL)),
    ] {
        let bindings = bindings.unwrap();
        assert_eq!(operations(document).count(), bindings.iter().count());
        for (binding, (.., operation)) in bindings.iter().map(|binding| {
            let id = format!(
                "{}_{}",
                binding.method().parent_service().name(),
                binding.method().name()
            );
            (
                binding,
                operations(document)
                    .find(|(.., o)| o["operationId"] == id.as_str())
                    .unwrap(),
            )
        }) {
            let open = operation["security"]
                .as_array()
                .unwrap()
                .contains(&json!({}));
            assert_eq!(open, *binding.access() == Access::Public);
            assert_eq!(operation["responses"].get("401").is_none(), open);
            match binding.access() {
                Access::Permission(permission) => {
                    assert_eq!(operation["x-permission"], permission.as_str());
                    assert!(
                        operation["description"]
                            .as_str()
                            .unwrap()
                            .contains(permission.as_str())
                    );
                }
                _ => assert!(operation.get("x-permission").is_none()),
            }
            let body = !operation["requestBody"].is_null();
            // Raw content may be of any type.
            let json = body && !operation["requestBody"]["content"]["application/json"].is_null();
            for (status, expected) in [("413", body), ("415", json), ("408", body)] {
                assert_eq!(
                    operation["responses"].get(status).is_some(),
                    expected,
                    "{status}"
                );
            }
            for status in ["400", "404", "429", "500", "503", "504", "default"] {
                assert!(operation["responses"].get(status).is_some(), "{status}");
            }
        }
    }
    assert!(
        operation(&LIBRARY, "Books_LendBook")["responses"]
            .get("412")
            .is_some()
    );
    assert!(
        operation(&LIBRARY, "Books_SearchBooks")["responses"]
            .get("412")
            .is_none()
    );
}

#[test]
fn comments_become_documentation() {
    let get = operation(&LIBRARY, "Books_GetBook");
    assert_eq!(get["summary"], "Returns one book");
    let description = get["description"].as_str().unwrap();
    assert!(
        description.contains("e.g. Loans of the past") && description.contains("\n\nAnswers 404")
    );
    assert!(description.ends_with("Open to everybody."));
    assert_eq!(
        LIBRARY["tags"][0],
        json!({ "name": "Books", "description": "Books and who has them." })
    );
    assert_eq!(
        schema(&LIBRARY, "Book")["properties"]["priceCents"]["description"],
        "In fen."
    );
    let states = schema(&LIBRARY, "BookState")["description"]
        .as_str()
        .unwrap();
    assert_eq!(
        states,
        "How a book is doing.\n\n- `AVAILABLE`: On its shelf.\n- `LENT`: With a reader."
    );
}

#[test]
fn field_behaviour_and_rules_become_keywords() {
    let (out, input) = (schema(&LIBRARY, "Book"), schema(&LIBRARY, "BookInput"));
    assert_eq!(input["additionalProperties"], false);
    assert!(out.get("additionalProperties").is_none());
    assert_eq!(input["required"], json!(["title"]));
    let required = out["required"].as_array().unwrap();
    assert!(required.contains(&json!("authors")) && !required.contains(&json!("createdAt")));
    assert_eq!(out["properties"]["id"]["readOnly"], true);
    assert_eq!(input["properties"]["donorNote"]["writeOnly"], true);
    assert_eq!(input["properties"]["donorNote"]["x-sensitive"], true);
    let said = input["properties"]["donorNote"]["description"].as_str();
    assert!(
        said.is_some_and(|said| said.contains("Line breaks are kept")),
        "{said:?}"
    );
    assert!(
        out["properties"].get("donorNote").is_none()
            && input["properties"].get("createdAt").is_none()
    );
    let title = &input["properties"]["title"];
    assert_eq!(
        (&title["minLength"], &title["maxLength"]),
        (&json!(1), &json!(200))
    );
    // Responses are not subject to request rules: an old record may have an empty field.
    assert!(out["properties"]["title"].get("minLength").is_none());
    assert_eq!(input["properties"]["authors"]["maxItems"], 5);
    assert_eq!(input["properties"]["authors"]["items"]["minLength"], 1);
    let donor_note = validator(&LIBRARY, &input["properties"]["donorNote"]);
    assert!(donor_note.is_valid(&json!("a\nb")) && !donor_note.is_valid(&json!("a\0b")));
    let price = &input["properties"]["priceCents"];
    assert_eq!(
        (&price["minimum"], &price["maximum"]),
        (&json!(0), &json!(10000000))
    );
    assert_eq!(input["properties"]["labels"]["maxProperties"], 10);
    assert!(
        input["properties"]["shelf"]["description"]
            .as_str()
            .unwrap()
            .contains("Cannot be changed later")
    );
    let create = operation(&LIBRARY, "Books_CreateBook");
    assert_eq!(body(create)["example"]["title"], "格物致知");
    assert_eq!(
        parameter(create, "shelf")["schema"]["pattern"],
        "^[a-z]{1,10}$"
    );
}

#[test]
fn a_field_that_null_clears_says_so() {
    let given = &schema(&LIBRARY, "EverythingInput")["properties"];
    assert_eq!(given["until"]["type"], json!(["string", "null"]));
    assert_eq!(given["until"]["format"], "date-time");
    assert_eq!(given["away"]["anyOf"][1], json!({"type": "null"}));
    assert_eq!(given["at"]["type"], "string");
    let shown = &schema(&LIBRARY, "Everything")["properties"];
    assert_eq!(shown["until"]["type"], "string");
}

#[test]
fn what_travels_in_path_or_header_is_not_asked_for_in_the_body() {
    let lend = operation(&LIBRARY, "Books_LendBook");
    let body = schema(&LIBRARY, "LendBookRequest");
    let fields: Vec<_> = body["properties"].as_object().unwrap().keys().collect();
    assert_eq!(fields, ["readerId", "period", "fromState"]);
    assert_eq!(body["required"], json!(["fromState"]));
    assert_eq!(
        body["properties"]["fromState"]["enum"],
        json!(["AVAILABLE", "LENT"])
    );
    assert_eq!(lend["requestBody"]["required"], true);
    assert_eq!(parameter(lend, "Idempotency-Key")["required"], false);
    assert_eq!(parameter(lend, "If-Match")["in"], "header");
    assert_eq!(parameter(lend, "bookId")["schema"]["format"], "uuid");
    let create = operation(&LIBRARY, "Books_CreateBook");
    assert_eq!(parameter(create, "Idempotency-Key")["required"], true);
    assert_eq!(
        parameter(create, "Idempotency-Key")["schema"]["format"],
        "uuid"
    );
    assert!(parameter(create, "requestId").is_null());
    // A new resource has no version to match; for an existing one it is in the header.
    assert!(parameter(create, "If-Match").is_null());
    assert!(
        schema(&LIBRARY, "BookInput")["properties"]
            .get("etag")
            .is_some()
    );
    let updated = &self::body(operation(&LIBRARY, "Books_UpdateBook"))["schema"]["$ref"];
    let updated = LIBRARY.pointer(&updated.as_str().unwrap()[1..]).unwrap();
    assert!(
        updated["properties"].get("etag").is_none() && updated["properties"].get("title").is_some()
    );
    let update = operation(&LIBRARY, "Books_UpdateBook");
    assert_eq!(
        (
            &parameter(update, "If-Match")["required"],
            &parameter(update, "updateMask")["in"]
        ),
        (&json!(false), &json!("query"))
    );
    let search = operation(&LIBRARY, "Books_SearchBooks");
    assert_eq!(search["requestBody"]["required"], false);
    let listed = &search["responses"]["200"]["content"]["application/json"]["schema"];
    assert_eq!(
        (&listed["type"], &listed["items"]["$ref"]),
        (&json!("array"), &json!("#/components/schemas/Book"))
    );
}

#[test]
fn paths_are_written_as_openapi_can_say_them() {
    let paths: HashSet<_> = operations(&LIBRARY)
        .map(|(path, method, _)| (path, method))
        .collect();
    for expected in [
        ("/v1/books/{bookId}:lend", "post"),
        // One path item per shape, whatever the name of the variable.
        ("/v1/books/{bookId}", "patch"),
        ("/v1/readers/{readerId}/loans/{loanId}", "get"),
        ("/v1/scans/{name}", "get"),
        ("/v1/shelves/{shelf}/books/{bookId}", "get"),
    ] {
        assert!(paths.contains(&expected), "{expected:?} in {paths:?}");
    }
    assert_eq!(
        operation(&LIBRARY, "Books_GetBook_2")["summary"],
        "Returns one book"
    );
}

#[test]
fn a_stream_is_described_as_events_and_as_lines() {
    let content = &operation(&LIBRARY, "Books_WatchBooks")["responses"]["200"]["content"];
    for media_type in ["text/event-stream", "application/x-ndjson"] {
        assert_eq!(
            content[media_type]["x-item-schema"]["$ref"],
            "#/components/schemas/BookEvent"
        );
    }
}

#[test]
fn routes_that_are_no_rpc_are_merged_in() {
    let path = json!({ "get": { "operationId": "token" } });
    let shared = json!({ "put": { "operationId": "upload" } });
    let additional_paths =
        serde_json::Map::from_iter([("/oauth2/token".into(), path), ("/v1/books".into(), shared)]);
    let document = document(
        &Bindings::new(&POOL).unwrap(),
        &Info {
            additional_paths,
            ..info()
        },
    );
    assert_eq!(
        document["paths"]["/oauth2/token"]["get"]["operationId"],
        "token"
    );
    assert_eq!(
        document["paths"]["/v1/books"]["put"]["operationId"],
        "upload"
    );
    assert_eq!(
        document["paths"]["/v1/books"]["get"]["operationId"],
        "Books_ListBooks"
    );
}

#[test]
fn names_that_two_packages_share_are_kept_apart_and_patterns_are_portable() {
    let mut pool = compile(
        r#"syntax = "proto3"; package cast.one.v1;
        import "google/api/annotations.proto"; import "cast/options/v1/access.proto"; import "buf/validate/validate.proto";
        message Thing { string name = 1 [(buf.validate.field).string.pattern = "^\\p{Han}{2,4}$"]; Thing child = 2; }
        service Things { rpc Make(Thing) returns (Thing) {
            option (google.api.http) = {post: "/v1/one" body: "*"}; option (cast.options.v1.access) = {public: true}; } }"#,
    );
    let two = compile(
        r#"syntax = "proto3"; package cast.two.v1;
        import "google/api/annotations.proto"; import "cast/options/v1/access.proto";
        message Thing { int32 size = 1; }
        service Things { rpc Make(Thing) returns (Thing) {
            option (google.api.http) = {post: "/v1/two" body: "*"}; option (cast.options.v1.access) = {public: true}; } }"#,
    );
    let file = two.get_file_by_name("test.proto").unwrap();
    let mut bytes = file.encode_to_vec();
    // The name is the first field of the file and as long as the new one (dependencies are in the pool already).
    let at = bytes.windows(10).position(|w| w == b"test.proto").unwrap();
    bytes[at..at + 10].copy_from_slice(b"two2.proto");
    pool.decode_file_descriptor_proto(bytes.as_slice()).unwrap();

    let document = document(&Bindings::new(&pool).unwrap(), &info());
    let names: Vec<_> = document["components"]["schemas"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    assert_eq!(
        names,
        [
            "OneThing",
            "OneThingInput",
            "Problem",
            "TwoThing",
            "TwoThingInput"
        ]
    );
    let ids: Vec<_> = operations(&document)
        .map(|(.., o)| o["operationId"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids, ["cast_one_v1_Things_Make", "cast_two_v1_Things_Make"]);
    let pattern =
        document["components"]["schemas"]["OneThingInput"]["properties"]["name"]["pattern"]
            .as_str()
            .unwrap();
    assert!(
        !pattern.contains("\\p") && pattern.ends_with("{2,4}$"),
        "{pattern}"
    );
    let name = validator(&document, &json!({ "type": "string", "pattern": pattern }));
    assert!(
        name.is_valid(&json!("科协"))
            && !name.is_valid(&json!("ab"))
            && !name.is_valid(&json!("科"))
    );
}

static RESPONSE: LazyLock<Validator> = LazyLock::new(|| {
    validator(
        &LIBRARY,
        &operation(&LIBRARY, "Echo_Say")["responses"]["200"]["content"]["application/json"]["schema"],
    )
});
static REQUEST: LazyLock<Validator> =
    LazyLock::new(|| validator(&LIBRARY, &body(operation(&LIBRARY, "Echo_Say"))["schema"]));

/// All positions in a JSON value, as pointers.
fn places(value: &Value, at: String, into: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                let key = key.replace('~', "~0").replace('/', "~1");
                places(inner, format!("{at}/{key}"), into);
            }
        }
        Value::Array(list) => list
            .iter()
            .enumerate()
            .for_each(|(i, inner)| places(inner, format!("{at}/{i}"), into)),
        _ => {}
    }
    into.push(at);
}

fn odd_values() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!(null),
        json!(true),
        json!(0),
        json!(5),
        json!(-1),
        json!(1.5),
        json!(1e300),
        json!(4294967295u32),
        json!(2147483648u32),
        json!(""),
        json!("x"),
        json!("5"),
        json!("-7"),
        json!("1.0"),
        json!("RED"),
        json!("true"),
        json!("2026-05-30T01:00:00Z"),
        json!("2026-05-30"),
        json!("3s"),
        json!("3.5s"),
        json!("AAA="),
        json!("AA"),
        json!("a,b"),
        json!("a b"),
        json!([]),
        json!({}),
        json!([1]),
        json!(["x"]),
        json!({ "a": 1 }),
        json!({ "1": {} }),
        json!({ "textValue": "x" }),
        json!([null]),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn whatever_a_service_answers_fits_the_documented_schema(message in everything(0)) {
        let answer = written(&message.0.encode_to_vec()).json();
        let errors: Vec<_> = RESPONSE.iter_errors(&answer).map(|e| format!("{} at {}", e, e.instance_path)).collect();
        prop_assert!(errors.is_empty(), "{:?}", errors);
    }

    #[test]
    fn what_the_document_allows_is_accepted_and_what_it_forbids_is_refused(
        message in everything(0), at in any::<prop::sample::Index>(), odd in odd_values(), extra in prop::option::of("[a-z]{1,3}")
    ) {
        let mut request = canonical(&message.0);
        let mut all = Vec::new();
        places(&request, String::new(), &mut all);
        let at = at.get(&all).clone();
        match (extra, request.pointer_mut(&at).unwrap()) {
            (Some(name), Value::Object(map)) => drop(map.insert(name, odd)),
            (_, place) => *place = odd,
        }
        let valid = REQUEST.is_valid(&request);
        let answer = RUNTIME.block_on(Library::echo().json("POST", "/v1/echo", &request.to_string()));
        prop_assert_eq!(answer.status == 200, valid, "{} at {}: {}", request, at, answer.body);
    }
}

/// For an external fuzzer: `cargo test -p transcode --test it serve -- --ignored`, then `schemathesis run
/// http://127.0.0.1:8787/openapi.json`. Responses are the examples of the document.
#[tokio::test]
#[ignore = "serves until it is stopped"]
async fn serve_the_library_to_a_fuzzer() {
    let library: &'static Library = Box::leak(Box::new(Library::answering(|call| {
        let (_, _, operation) = operations(&LIBRARY)
            .find(|(.., o)| {
                o["operationId"].as_str().unwrap().split('_').nth(1) == Some(&call.method)
            })
            .unwrap();
        let method = POOL
            .services()
            .flat_map(|s| s.methods().collect::<Vec<_>>())
            .find(|m| m.name() == call.method);
        let example = &operation["responses"]["200"]["content"]["application/json"]["example"];
        let whole = match example {
            Value::Array(list) if call.method == "SearchBooks" => json!({ "books": list }),
            Value::Array(list) => json!({ "inners": list }),
            Value::Null => json!({}),
            object => object.clone(),
        };
        Ok(
            prost_reflect::DynamicMessage::deserialize(method.unwrap().output(), whole)
                .unwrap()
                .encode_to_vec()
                .into(),
        )
    })));
    let app = axum::Router::new()
        .route(
            "/openapi.json",
            axum::routing::get(|| async { LIBRARY.to_string() }),
        )
        .fallback(|request: axum::extract::Request| {
            library.transcoder.handle(request, Default::default())
        });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8787")
        .await
        .unwrap();
    axum::serve(listener, app).await.unwrap();
}
