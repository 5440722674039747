#![allow(clippy::unwrap_used, clippy::panic)]

mod reading;
mod table;

use std::{fs, sync::LazyLock};

use proptest::prelude::*;
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor};
use regex::Regex;
use table::RULES;
use time::macros::datetime;

use super::*;
use crate::{access::Policy, clock::Clock, errors::Problem};

/// Texts without a declared reading are taken as sent.
fn compile(messages: &str) -> DescriptorPool {
    let text = Regex::new(r"(\bstring \w+ = \d+)( \[)?").unwrap();
    let said = text.replace_all(messages, |found: &regex::Captures<'_>| {
        let rest = if found.get(2).is_some() { ", " } else { "]" };
        format!("{} [(cast.options.v1.reading) = EXACT{rest}", &found[1])
    });
    compile_as_it_is(&said)
}

fn compile_as_it_is(messages: &str) -> DescriptorPool {
    let dir = std::env::temp_dir().join(format!("kit-validation-{}", uuid::Uuid::now_v7()));
    fs::create_dir(&dir).unwrap();
    let file = format!(
        r#"syntax = "proto3"; package t;
           import "buf/validate/validate.proto"; import "google/api/field_behavior.proto";
           import "cast/options/v1/access.proto"; import "google/protobuf/timestamp.proto"; import "google/protobuf/duration.proto";
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
        .inspect(|v| assert!(v.description.zh.ends_with('。'), "{v:?}"))
        .map(|v| (v.field, v.description.en.into_owned()))
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
            assert!(description.ends_with('.'), "{rule}: {description}");
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
    CONTRACT.0.message(input, bytes).map(drop)
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
    let good = proto_identity::v1::ListGrantsRequest {
        organisation_id: uuid::Uuid::now_v7().to_string(),
        ..Default::default()
    };
    assert!(answer(&input, &good.encode_to_vec()).is_ok());
    let bad = proto_identity::v1::ListGrantsRequest {
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
