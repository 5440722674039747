use transcode::{Access, BindingError, Bindings};

use crate::fixture::{POOL, compile};

/// A contract with one service `S` and these methods; `Q` is the request, `A` the answer.
fn contract(methods: &str) -> Result<Bindings, BindingError> {
    Bindings::new(&compile(&format!(
        r#"syntax = "proto3"; package t;
        import "google/api/annotations.proto"; import "google/protobuf/any.proto"; import "google/protobuf/struct.proto";
        import "cast/options/v1/access.proto";
        message Inner {{ string id = 1; repeated string ids = 2; }}
        message Loop {{ Loop again = 1; }}
        message Q {{ string id = 1; Inner inner = 2; repeated string ids = 3; }}
        message R {{ string id = 1; Loop again = 2; }}
        message M {{ repeated Inner inners = 1; }}
        message F {{ google.protobuf.Struct free = 1; }}
        message Y {{ google.protobuf.Any any = 1; }}
        message A {{ string id = 1; }}
        service S {{ {methods} }}"#
    )))
}

const OPEN: &str = "option (cast.options.v1.access) = {public: true};";

fn one(request: &str, rule: &str) -> Result<Bindings, BindingError> {
    contract(&format!(
        "rpc Do({request}) returns (A) {{ option (google.api.http) = {{{rule}}}; {OPEN} }}"
    ))
}

#[test]
fn every_exposed_method_is_bound_and_internal_ones_are_not() {
    let bindings = Bindings::new(&POOL).unwrap();
    let names: Vec<_> = bindings
        .iter()
        .map(|b| (b.method().name().to_owned(), b.http_method().as_str()))
        .collect();
    assert!(names.contains(&("GetBook".into(), "GET")) && names.contains(&("List".into(), "PUT")));
    assert!(!names.iter().any(|(name, _)| name == "CountBooks"));
    assert!(
        bindings
            .find(&http::Method::GET, "/v1/books:count")
            .is_none()
    );
    let edit = bindings.find(&http::Method::DELETE, "/v1/books/1").unwrap();
    assert_eq!(*edit.access(), Access::Permission("books.edit".into()));
}

#[test]
fn the_contract_of_the_platform_can_be_offered() {
    Bindings::new(&proto::POOL).unwrap();
}

#[test]
fn an_exposed_method_without_an_access_rule_stops_the_start() {
    let missing =
        contract(r#"rpc Do(Q) returns (A) { option (google.api.http) = {get: "/v1/a"}; }"#);
    assert_eq!(
        missing.unwrap_err(),
        BindingError::NoAccess {
            method: "t.S.Do".into()
        }
    );
    let empty = contract(
        r#"rpc Do(Q) returns (A) { option (google.api.http) = {get: "/v1/a"}; option (cast.options.v1.access) = {}; }"#,
    );
    assert_eq!(
        empty.unwrap_err(),
        BindingError::NoAccess {
            method: "t.S.Do".into()
        }
    );
    let not_exposed = contract("rpc Do(Q) returns (A);").unwrap();
    assert_eq!(not_exposed.iter().count(), 0);
}

#[test]
fn two_methods_cannot_share_a_route() {
    let two = |a: &str, b: &str| {
        contract(&format!(
            r#"rpc One(Q) returns (A) {{ option (google.api.http) = {{{a}}}; {OPEN} }}
               rpc Two(Q) returns (A) {{ option (google.api.http) = {{{b}}}; {OPEN} }}"#
        ))
    };
    let same_shape = two(r#"get: "/v1/{id}""#, r#"get: "/v1/{inner.id}""#);
    assert!(matches!(same_shape, Err(BindingError::Conflict { .. })));
    assert!(matches!(
        two(r#"get: "/v1/{id=**}""#, r#"get: "/v1/**""#),
        Err(BindingError::Conflict { .. })
    ));
    assert!(matches!(
        two(r#"get: "/v1/a:b""#, r#"get: "/v1/a:b""#),
        Err(BindingError::Conflict { .. })
    ));
    assert!(two(r#"get: "/v1/{id}""#, r#"post: "/v1/{id}" body: "*""#).is_ok());
    assert!(two(r#"get: "/v1/{id}""#, r#"get: "/v1/a""#).is_ok());
    assert!(two(r#"get: "/v1/{id}""#, r#"get: "/v1/{id}:b""#).is_ok());
}

#[test]
fn a_rule_may_only_name_fields_that_can_take_what_it_gives_them() {
    let field = |rule: &str| match one("Q", rule) {
        Err(BindingError::Field { field, .. }) => field,
        other => panic!("{rule}: {other:?}"),
    };
    assert_eq!(field(r#"get: "/v1/{nothing}""#), "nothing");
    assert_eq!(field(r#"get: "/v1/{inner.nothing}""#), "inner.nothing");
    assert_eq!(field(r#"get: "/v1/{inner}""#), "inner");
    assert_eq!(field(r#"get: "/v1/{ids}""#), "ids");
    assert_eq!(field(r#"get: "/v1/{id.more}""#), "id.more");
    assert_eq!(field(r#"post: "/v1/a" body: "nothing""#), "nothing");
    assert_eq!(field(r#"post: "/v1/a" body: "inner.id""#), "inner.id");
    assert_eq!(field(r#"get: "/v1/a" response_body: "nothing""#), "nothing");
}

#[test]
fn rules_that_make_no_sense_over_http_stop_the_start() {
    assert!(matches!(
        one("Q", r#"get: "/v1/{id}/{id}""#),
        Err(BindingError::Template { .. })
    ));
    assert!(matches!(
        one("Q", r#"get: "v1/a""#),
        Err(BindingError::Template { .. })
    ));
    assert!(matches!(
        one("Q", r#"get: "/v1/a" body: "*""#),
        Err(BindingError::BodyNotAllowed { .. })
    ));
    assert!(matches!(
        one("Q", r#"delete: "/v1/a" body: "*""#),
        Err(BindingError::BodyNotAllowed { .. })
    ));
    assert!(matches!(
        one("Q", r#"custom: {kind: "*" path: "/v1/a"}"#),
        Err(BindingError::NoPattern { .. })
    ));
    assert!(matches!(
        one("Q", r#"custom: {kind: "HEAD" path: "/v1/a"}"#),
        Err(BindingError::NoPattern { .. })
    ));
    assert!(one("Q", r#"custom: {kind: "PURGE" path: "/v1/a"}"#).is_ok());
    assert_eq!(
        one("Q", r#"body: "*""#).unwrap_err(),
        BindingError::NoPattern {
            method: "t.S.Do".into()
        }
    );
    assert!(matches!(
        one("Y", r#"post: "/v1/a" body: "*""#),
        Err(BindingError::Any)
    ));
    let streaming = contract(&format!(
        r#"rpc Do(stream Q) returns (A) {{ option (google.api.http) = {{post: "/v1/a" body: "*"}}; {OPEN} }}"#
    ));
    assert!(matches!(
        streaming,
        Err(BindingError::ClientStreaming { .. })
    ));
}

#[test]
fn a_field_that_nothing_can_fill_stops_the_start() {
    let field = |request: &str| match one(request, r#"get: "/v1/a""#) {
        Err(BindingError::NoQueryForm { field, .. }) => field,
        other => panic!("{request}: {other:?}"),
    };
    assert_eq!(field("R"), "again.again");
    assert_eq!(field("M"), "inners");
    assert_eq!(field("F"), "free");
    assert!(one("M", r#"post: "/v1/a" body: "inners""#).is_ok());
}
