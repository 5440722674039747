#![allow(clippy::unwrap_used, clippy::panic)]

use std::{fs, sync::LazyLock};

use proptest::prelude::*;
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor};
use time::macros::datetime;

use super::*;
use crate::{access::Policy, clock::Clock, errors::Problem};

/// The rules, with what they let pass and what they refuse, as JSON of the field `f`.
const RULES: &[(&str, &[&str], &[&str])] = &[
    (
        "string f = 1 [(buf.validate.field).string.min_len = 2];",
        &[r#""ab""#, r#""科协""#],
        &[r#""""#, r#""科""#],
    ),
    (
        "string f = 1 [(buf.validate.field).string.max_len = 2];",
        &[r#""""#, r#""科协""#],
        &[r#""abc""#],
    ),
    (
        "string f = 1 [(buf.validate.field).string.len = 2];",
        &[r#""科协""#],
        &[r#""a""#, r#""abc""#],
    ),
    (
        "string f = 1 [(buf.validate.field).string.max_bytes = 3];",
        &[r#""科""#],
        &[r#""科协""#],
    ),
    (
        "string f = 1 [(buf.validate.field).string.min_bytes = 3];",
        &[r#""科""#],
        &[r#""ab""#],
    ),
    (
        "string f = 1 [(buf.validate.field).string.len_bytes = 3];",
        &[r#""科""#],
        &[r#""ab""#, r#""科协""#],
    ),
    (
        r#"string f = 1 [(buf.validate.field).string.pattern = "^([0-9]{6})?$"];"#,
        &[r#""""#, r#""110000""#],
        &[r#""11000""#, r#""110000\n""#, r#""１１００００""#],
    ),
    (
        r#"string f = 1 [(buf.validate.field).string.prefix = "https://"];"#,
        &[r#""https://a""#],
        &[r#""http://a""#],
    ),
    (
        r#"string f = 1 [(buf.validate.field).string.suffix = ".cn"];"#,
        &[r#""a.cn""#],
        &[r#""a.cn ""#],
    ),
    (
        r#"string f = 1 [(buf.validate.field).string.contains = "@"];"#,
        &[r#""a@b""#],
        &[r#""ab""#],
    ),
    (
        r#"string f = 1 [(buf.validate.field).string.not_contains = "@"];"#,
        &[r#""ab""#],
        &[r#""a@b""#],
    ),
    (
        r#"string f = 1 [(buf.validate.field).string.const = "code"];"#,
        &[r#""code""#],
        &[r#""token""#, r#""""#],
    ),
    (
        r#"string f = 1 [(buf.validate.field).string = {in: ["M", "F"]}];"#,
        &[r#""M""#, r#""F""#],
        &[r#""m""#, r#""""#],
    ),
    (
        r#"string f = 1 [(buf.validate.field).string = {not_in: ["root"]}];"#,
        &[r#""user""#],
        &[r#""root""#],
    ),
    (
        "string f = 1 [(buf.validate.field).string.uuid = true];",
        &[r#""0190a0c0-0000-7000-8000-000000000000""#],
        &[
            r#""""#,
            r#""0190a0c0000070008000000000000000""#,
            r#""0190a0c0-0000-7000-8000-00000000000g""#,
        ],
    ),
    (
        "string f = 1 [(buf.validate.field).string.email = true];",
        &[r#""li.wei+1@example.org.cn""#],
        &[
            r#""""#,
            r#""li.wei""#,
            r#""a@b@c""#,
            r#""a@-b.cn""#,
            r#""李@example.cn""#,
        ],
    ),
    (
        "string f = 1 [(buf.validate.field).string.uri = true];",
        &[r#""https://example.cn/a?b#c""#],
        &[r#""/a""#, r#""""#],
    ),
    (
        "string f = 1 [(buf.validate.field) = {ignore: IGNORE_IF_ZERO_VALUE string: {uuid: true}}];",
        &[r#""""#, r#""0190a0c0-0000-7000-8000-000000000000""#],
        &[r#""x""#],
    ),
    (
        "optional string f = 1 [(buf.validate.field).string.min_len = 1];",
        &["null", r#""a""#],
        &[r#""""#],
    ),
    (
        "optional string f = 1 [(buf.validate.field) = {required: true}];",
        &[r#""""#, r#""a""#],
        &["null"],
    ),
    (
        "string f = 1 [(buf.validate.field).required = true];",
        &[r#""a""#],
        &[r#""""#, "null"],
    ),
    (
        "string f = 1 [(google.api.field_behavior) = REQUIRED];",
        &[r#""a""#],
        &[r#""""#, "null"],
    ),
    (
        "int32 f = 1 [(google.api.field_behavior) = REQUIRED];",
        &["1", "-1"],
        &["0", "null"],
    ),
    (
        "bool f = 1 [(google.api.field_behavior) = REQUIRED];",
        &["true", "false"],
        &[],
    ),
    (
        "E f = 1 [(google.api.field_behavior) = REQUIRED];",
        &["1"],
        &["0", "null"],
    ),
    (
        "repeated string f = 1 [(google.api.field_behavior) = REQUIRED];",
        &[r#"["a"]"#],
        &["[]"],
    ),
    (
        "N f = 1 [(google.api.field_behavior) = REQUIRED];",
        &[r#"{"n":1}"#],
        &["null"],
    ),
    (
        "N f = 1 [(buf.validate.field).required = true];",
        &[r#"{"n":1}"#],
        &["null"],
    ),
    (
        "string f = 1 [(google.api.field_behavior) = OUTPUT_ONLY, (buf.validate.field).string.min_len = 5];",
        &[r#""""#, r#""a""#],
        &[],
    ),
    (
        "int32 f = 1 [(buf.validate.field).int32 = {gte: 0 lte: 200}];",
        &["0", "200"],
        &["-1", "201"],
    ),
    (
        "int64 f = 1 [(buf.validate.field).int64 = {gt: 0 lt: 10}];",
        &["1", "9"],
        &["0", "10", r#""9223372036854775807""#],
    ),
    (
        "uint32 f = 1 [(buf.validate.field).uint32.lte = 3];",
        &["0", "3"],
        &["4"],
    ),
    (
        "uint64 f = 1 [(buf.validate.field).uint64.lt = 3];",
        &["2"],
        &["3", r#""18446744073709551615""#],
    ),
    (
        "sint32 f = 1 [(buf.validate.field).sint32.gte = -1];",
        &["-1"],
        &["-2"],
    ),
    (
        "fixed64 f = 1 [(buf.validate.field).fixed64.gt = 1];",
        &["2"],
        &["1"],
    ),
    (
        "int32 f = 1 [(buf.validate.field).int32 = {in: [1, 3]}];",
        &["1", "3"],
        &["2"],
    ),
    (
        "int32 f = 1 [(buf.validate.field).int32 = {not_in: [2]}];",
        &["1"],
        &["2"],
    ),
    (
        "int32 f = 1 [(buf.validate.field).int32.const = 7];",
        &["7"],
        &["0"],
    ),
    (
        "double f = 1 [(buf.validate.field).double = {gte: -180 lte: 180}];",
        &["-180", "180"],
        &["180.1", r#""NaN""#, r#""Infinity""#],
    ),
    (
        "float f = 1 [(buf.validate.field).float = {gt: 0 lt: 1}];",
        &["0.5"],
        &["0", "1"],
    ),
    (
        "double f = 1 [(buf.validate.field).double.finite = true];",
        &["1"],
        &[r#""NaN""#, r#""-Infinity""#],
    ),
    (
        "bool f = 1 [(buf.validate.field).bool.const = true];",
        &["true"],
        &["false", "null"],
    ),
    (
        "E f = 1 [(buf.validate.field).enum.defined_only = true];",
        &["0", "2"],
        &["3", "-1"],
    ),
    (
        "E f = 1 [(buf.validate.field).enum = {defined_only: true not_in: [0, 1]}];",
        &["2"],
        &["0", "1", "9"],
    ),
    (
        "E f = 1 [(buf.validate.field).enum = {in: [1]}];",
        &["1"],
        &["0", "2"],
    ),
    (
        "E f = 1 [(buf.validate.field).enum.const = 2];",
        &["2"],
        &["1"],
    ),
    (
        "bytes f = 1 [(buf.validate.field).bytes = {min_len: 1 max_len: 2}];",
        &[r#""AA==""#],
        &[r#""""#, r#""AAAA""#],
    ),
    (
        "bytes f = 1 [(buf.validate.field).bytes.len = 1];",
        &[r#""AA==""#],
        &[r#""AAA=""#],
    ),
    (
        "repeated string f = 1 [(buf.validate.field).repeated = {min_items: 1 max_items: 2}];",
        &[r#"["a"]"#],
        &["[]", r#"["a","b","c"]"#],
    ),
    (
        "repeated string f = 1 [(buf.validate.field).repeated.unique = true];",
        &["[]", r#"["a","b"]"#],
        &[r#"["a","b","a"]"#],
    ),
    (
        "repeated int32 f = 1 [(buf.validate.field).repeated.unique = true];",
        &["[1,2]"],
        &["[1,1]"],
    ),
    (
        "repeated string f = 1 [(buf.validate.field).repeated.items.string.max_len = 1];",
        &["[]", r#"["a"]"#],
        &[r#"["a","bc"]"#],
    ),
    (
        "repeated E f = 1 [(buf.validate.field).repeated.items.enum.defined_only = true];",
        &["[1]"],
        &["[1,9]"],
    ),
    (
        "map<string, int32> f = 1 [(buf.validate.field).map = {min_pairs: 1 max_pairs: 1}];",
        &[r#"{"a":1}"#],
        &["{}", r#"{"a":1,"b":2}"#],
    ),
    (
        "map<string, int32> f = 1 [(buf.validate.field).map.keys.string.max_len = 1];",
        &[r#"{"a":1}"#],
        &[r#"{"ab":1}"#],
    ),
    (
        "map<string, int32> f = 1 [(buf.validate.field).map.values.int32.gt = 0];",
        &[r#"{"a":1}"#],
        &[r#"{"a":0}"#],
    ),
    (
        "google.protobuf.Timestamp f = 1;",
        &["null", r#""2026-01-01T00:00:00Z""#],
        &[],
    ),
    (
        "google.protobuf.Timestamp f = 1 [(buf.validate.field).timestamp.lt_now = true];",
        &[r#""2025-12-31T23:59:59Z""#],
        &[r#""2026-01-01T00:00:00Z""#],
    ),
    (
        "google.protobuf.Timestamp f = 1 [(buf.validate.field).timestamp.gt_now = true];",
        &[r#""2026-01-01T00:00:01Z""#],
        &[r#""2026-01-01T00:00:00Z""#],
    ),
    (
        "google.protobuf.Timestamp f = 1 [(buf.validate.field).timestamp.within = {seconds: 60}];",
        &[r#""2025-12-31T23:59:00Z""#],
        &[r#""2026-01-01T00:01:01Z""#],
    ),
    (
        "google.protobuf.Timestamp f = 1 [(buf.validate.field).timestamp.gte = {seconds: 0}];",
        &[r#""1970-01-01T00:00:00Z""#],
        &[r#""1969-12-31T23:59:59Z""#],
    ),
    (
        "google.protobuf.Duration f = 1 [(buf.validate.field).duration = {gt: {} lte: {seconds: 3600}}];",
        &[r#""3600s""#],
        &[r#""0s""#, r#""3600.000000001s""#],
    ),
];

fn compile(messages: &str) -> DescriptorPool {
    let dir = std::env::temp_dir().join(format!("kit-validation-{}", uuid::Uuid::now_v7()));
    fs::create_dir(&dir).unwrap();
    let file = format!(
        r#"syntax = "proto3"; package t;
           import "buf/validate/validate.proto"; import "google/api/field_behavior.proto";
           import "google/protobuf/timestamp.proto"; import "google/protobuf/duration.proto";
           enum E {{ E_UNSPECIFIED = 0; ONE = 1; TWO = 2; }}
           message N {{ int32 n = 1; }}
           {messages}"#
    );
    fs::write(dir.join("t.proto"), file).unwrap();
    let includes = [
        dir.clone(),
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../proto").into(),
    ];
    let mut compiler = protox::Compiler::new(includes).unwrap();
    compiler
        .include_imports(true)
        .open_files(["t.proto"])
        .unwrap();
    let encoded = compiler.encode_file_descriptor_set();
    fs::remove_dir_all(&dir).unwrap();
    DescriptorPool::decode(encoded.as_slice()).unwrap()
}

fn validator(inputs: &[MessageDescriptor]) -> Result<Validator, PlanError> {
    Validator::of(inputs, Clock::fixed(datetime!(2026-01-01 00:00 UTC)))
}

fn single(message: &str) -> (Validator, MessageDescriptor) {
    let message = compile(message).get_message_by_name("t.M").unwrap();
    (validator(std::slice::from_ref(&message)).unwrap(), message)
}

fn json(of: &MessageDescriptor, text: &str) -> DynamicMessage {
    DynamicMessage::deserialize(of.clone(), &mut serde_json::Deserializer::from_str(text))
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn found(validator: &Validator, of: &MessageDescriptor, text: &str) -> Vec<(String, String)> {
    validator
        .check(&json(of, text))
        .into_iter()
        .map(|v| (v.field, v.description))
        .collect()
}

#[test]
fn every_rule_lets_pass_and_refuses_what_it_should() {
    let messages: String = RULES
        .iter()
        .enumerate()
        .map(|(at, (field, ..))| format!("message M{at} {{ {field} }}\n"))
        .collect();
    let pool = compile(&messages);
    for (at, (rule, good, bad)) in RULES.iter().enumerate() {
        let message = pool.get_message_by_name(&format!("t.M{at}")).unwrap();
        let validator = validator(std::slice::from_ref(&message)).unwrap();
        for value in *good {
            let found = found(&validator, &message, &format!(r#"{{"f":{value}}}"#));
            assert!(found.is_empty(), "{rule}\n{value}: {found:?}");
        }
        for value in *bad {
            let found = found(&validator, &message, &format!(r#"{{"f":{value}}}"#));
            let [(field, description)] = found.as_slice() else {
                panic!("{rule}\n{value}: {found:?}")
            };
            assert!(field.starts_with('f'), "{rule}: {field}");
            assert!(
                description.ends_with('.') && description.contains(['.', ';', ',']),
                "{rule}: {description}"
            );
        }
    }
}

#[test]
fn violations_name_the_path_of_the_field() {
    let (validator, message) = single(
        r#"message M {
             Inner one = 1; repeated Inner many = 2; map<string, Inner> by_name = 3; repeated string texts = 4;
             message Inner { string code = 1 [(buf.validate.field).string.max_len = 1]; Inner deeper = 2; }
             oneof choice { option (buf.validate.oneof).required = true; string a = 5; string b = 6; }
           }"#,
    );
    let fields = |text| {
        found(&validator, &message, text)
            .into_iter()
            .map(|(field, _)| field)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        fields(r#"{"a":"","one":{"deeper":{"code":"ab"}}}"#),
        ["one.deeper.code"]
    );
    assert_eq!(
        fields(r#"{"a":"","many":[{},{"code":"ab"},{"code":"cd"}]}"#),
        ["many[1].code", "many[2].code"]
    );
    assert_eq!(
        fields(r#"{"a":"","byName":{"李四":{"code":"ab"}}}"#),
        ["by_name[].code"],
        "keys are not shown"
    );
    assert_eq!(
        fields(r#"{"a":"","texts":["a","b\u0000"],"one":{"code":"\u0000"}}"#),
        ["one.code", "texts[1]"]
    );
    assert_eq!(fields("{}"), ["choice"]);
}

#[test]
fn what_was_sent_is_never_repeated() {
    let (validator, message) = single(
        "message M { string f = 1 [(buf.validate.field).string = {max_len: 3 pattern: \"^x\"}]; }",
    );
    let found = found(&validator, &message, r#"{"f":"13800138000"}"#);
    assert!(!format!("{found:?}").contains("13800138000"), "{found:?}");
}

#[test]
fn a_million_mistakes_become_few_violations() {
    let (validator, message) = single(
        "message M { repeated string f = 1 [(buf.validate.field).repeated.items.string.max_len = 1]; }",
    );
    let text = format!(r#"{{"f":[{}"ab"]}}"#, r#""ab","#.repeat(10_000));
    assert_eq!(found(&validator, &message, &text).len(), 20);
}

#[test]
fn moments_and_durations_out_of_range_are_violations() {
    let (validator, message) =
        single("message M { google.protobuf.Timestamp t = 1; google.protobuf.Duration d = 2; }");
    let check = |field: &str, seconds: i64, nanos: i32| {
        let mut whole = DynamicMessage::new(message.clone());
        let kind = message.get_field_by_name(field).unwrap().kind();
        let mut inner = DynamicMessage::new(kind.as_message().unwrap().clone());
        inner.set_field_by_name("seconds", prost_reflect::Value::I64(seconds));
        inner.set_field_by_name("nanos", prost_reflect::Value::I32(nanos));
        whole.set_field_by_name(field, prost_reflect::Value::Message(inner));
        validator.check(&whole).len()
    };
    assert_eq!(check("t", 253_402_300_799, 999_999_999), 0);
    for (seconds, nanos) in [
        (253_402_300_800, 0),
        (i64::MIN, 0),
        (0, -1),
        (0, 1_000_000_000),
    ] {
        assert_eq!(check("t", seconds, nanos), 1, "{seconds} {nanos}");
    }
    assert_eq!(check("d", -1, -1), 0);
    for (seconds, nanos) in [(1, -1), (-1, 1), (315_576_000_001, 0), (0, 1_000_000_000)] {
        assert_eq!(check("d", seconds, nanos), 1, "{seconds} {nanos}");
    }
}

#[test]
fn a_rule_that_nobody_would_check_is_refused() {
    for (field, rule) in [
        (
            "string f = 1 [(buf.validate.field).string.ip = true];",
            "string.ip",
        ),
        (
            "string f = 1 [(buf.validate.field).ignore = IGNORE_ALWAYS];",
            "IGNORE_ALWAYS",
        ),
        (
            r#"string f = 1 [(buf.validate.field).cel = {id: "x" expression: "true"}];"#,
            "cel",
        ),
        (
            "repeated string f = 1 [(buf.validate.field).repeated.items.string.hostname = true];",
            "string.hostname",
        ),
        (
            "bytes f = 1 [(buf.validate.field).bytes.ipv4 = true];",
            "bytes.ipv4",
        ),
    ] {
        let message = compile(&format!("message M {{ {field} }}"))
            .get_message_by_name("t.M")
            .unwrap();
        let error = validator(&[message]).unwrap_err();
        assert_eq!(
            error,
            PlanError::Unsupported {
                field: "t.M.f".to_owned(),
                rule: rule.to_owned()
            }
        );
    }
    let broken = r#"message M { string f = 1 [(buf.validate.field).string.pattern = "["]; }"#;
    let error = validator(&[compile(broken).get_message_by_name("t.M").unwrap()]).unwrap_err();
    assert_eq!(
        error,
        PlanError::Malformed {
            field: "t.M.f".to_owned(),
            rule: "string.pattern".to_owned()
        }
    );
}

#[test]
fn malformed_text_is_named_with_its_field() {
    let (validator, message) =
        single("message M { int64 n = 1; M inner = 2; repeated string names = 3; }");
    // n = 1, inner { names: [0xff] }
    let encoded = [0x08, 1, 0x12, 3, 0x1a, 1, 0xff];
    let problem = validator.message(&message, &encoded).unwrap_err();
    assert_eq!(problem.violations()[0].0, "inner.names");
    let problem = validator.message(&message, &[0x12, 9, 1]).unwrap_err();
    assert_eq!(problem.reason().code, "MALFORMED_REQUEST");
}

/// Every method of the contract.
static CONTRACT: LazyLock<(Validator, Vec<MessageDescriptor>)> = LazyLock::new(|| {
    let names: Vec<String> = proto::POOL
        .services()
        .map(|service| service.full_name().to_owned())
        .collect();
    let policy = Policy::of(&proto::POOL, names.iter().map(String::as_str)).unwrap();
    let inputs: Vec<_> = policy
        .methods()
        .map(|method| method.input.clone())
        .collect();
    (validator(&inputs).unwrap(), inputs)
});

#[test]
fn every_rule_of_the_contract_is_implemented() {
    assert!(CONTRACT.1.len() > 50, "{}", CONTRACT.1.len());
}

fn answer(input: &MessageDescriptor, bytes: &[u8]) -> Result<(), Problem> {
    CONTRACT.0.message(input, bytes)
}

proptest! {
    #[test]
    fn foreign_bytes_never_panic(at: prop::sample::Index, bytes: Vec<u8>) {
        let _ = answer(at.get(&CONTRACT.1), &bytes);
    }

    #[test]
    fn well_formed_fields_of_any_content_never_panic(
        at: prop::sample::Index,
        fields in prop::collection::vec((1u32..12, prop::collection::vec(any::<u8>(), 0..40)), 0..8),
    ) {
        let mut bytes = Vec::new();
        for (number, content) in fields {
            prost::encoding::bytes::encode(number, &content, &mut bytes);
        }
        let _ = answer(at.get(&CONTRACT.1), &bytes);
    }

    #[test]
    fn a_refused_message_is_refused_with_a_reason_of_four_hundred(at: prop::sample::Index, bytes: Vec<u8>) {
        if let Err(problem) = answer(at.get(&CONTRACT.1), &bytes) {
            prop_assert_eq!(problem.reason().http, 400);
            prop_assert!(!problem.violations().is_empty());
        }
    }
}

#[test]
fn a_request_of_the_contract_passes() {
    let input = proto::POOL
        .get_message_by_name("cast.identity.v1.ListGrantsRequest")
        .unwrap();
    let good = proto::cast::identity::v1::ListGrantsRequest {
        organisation_id: uuid::Uuid::now_v7().to_string(),
        ..Default::default()
    };
    assert!(answer(&input, &good.encode_to_vec()).is_ok());
    let bad = proto::cast::identity::v1::ListGrantsRequest {
        page_size: 201,
        ..Default::default()
    };
    let problem = answer(&input, &bad.encode_to_vec()).unwrap_err();
    let fields: Vec<_> = problem
        .violations()
        .iter()
        .map(|(field, _)| field.as_str())
        .collect();
    assert_eq!(fields, ["organisation_id", "page_size"]);
}
