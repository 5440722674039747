//! The codec, compared with prost-reflect's.

use std::{collections::HashMap, sync::LazyLock};

use bytes::Bytes;
use proptest::prelude::*;
use prost::Message as _;
use prost_reflect::{DynamicMessage, Kind, MapKey, MessageDescriptor, ReflectMessage as _, Value};
use serde_json::{Value as Json, json};
use tokio::runtime::Runtime;

use crate::fixture::{Answered, Library, POOL, from_json, message, refused};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// The JSON for these bytes of `Everything`.
pub fn written(bytes: &[u8]) -> Answered {
    let bytes = Bytes::copy_from_slice(bytes);
    let library = Library::answering(move |_| Ok(bytes.clone()));
    RUNTIME.block_on(library.json("POST", "/v1/echo", "{}"))
}

/// The bytes for this JSON body of `Everything`.
#[allow(clippy::result_large_err)]
fn read(body: &str) -> Result<DynamicMessage, Answered> {
    let library = Library::echo();
    let answer = RUNTIME.block_on(library.json("POST", "/v1/echo", body));
    library
        .called()
        .map(|call| message("Everything", &call.request))
        .ok_or(answer)
}

pub fn canonical(message: &DynamicMessage) -> Json {
    serde_json::to_value(message).unwrap()
}

/// (field, position) of a refused body.
fn fault(body: &str) -> (String, String) {
    let answer = read(body).unwrap_err();
    let (status, code, field) = answer.refusal();
    assert_eq!(
        (status, code.as_str()),
        (400, "MALFORMED_REQUEST"),
        "{body}"
    );
    let detail = answer.json()["detail"].as_str().unwrap().to_owned();
    (field, detail.split('：').next().unwrap().to_owned())
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{0,6}",
        any::<String>().prop_map(|text| text.replace('\0', ""))
    ]
}

fn free_json() -> BoxedStrategy<Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        (-1e15..1e15).prop_map(|n: f64| Json::from(n)),
        text().prop_map(Json::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Json::from),
            prop::collection::hash_map(text(), inner, 0..3).prop_map(Json::from_iter),
        ]
    })
    .boxed()
}

fn parsed(descriptor: &MessageDescriptor, json: Json) -> Value {
    Value::Message(DynamicMessage::deserialize(descriptor.clone(), json).unwrap())
}

fn known(descriptor: &MessageDescriptor) -> Option<BoxedStrategy<Value>> {
    let made = descriptor.clone();
    let two = move |(seconds, nanos): (i64, i32)| {
        let mut message = DynamicMessage::new(made.clone());
        message.set_field_by_name("seconds", Value::I64(seconds));
        message.set_field_by_name("nanos", Value::I32(nanos));
        Value::Message(message)
    };
    let made = descriptor.clone();
    let nanos = || prop_oneof![Just(0), Just(500_000_000), 0..1_000_000_000];
    Some(match descriptor.full_name() {
        "google.protobuf.Timestamp" => (-62_135_596_800_i64..253_402_300_800, nanos())
            .prop_map(two)
            .boxed(),
        "google.protobuf.Duration" => (0..315_576_000_000_i64, nanos(), any::<bool>())
            .prop_map(|(s, n, minus)| if minus { (-s, -n) } else { (s, n) })
            .prop_map(two)
            .boxed(),
        "google.protobuf.FieldMask" => {
            prop::collection::vec("[a-z]{1,4}(_[a-z]{1,4}){0,2}(\\.[a-z]{1,4})?", 0..3)
                .prop_map(move |paths| {
                    let mut message = DynamicMessage::new(made.clone());
                    message.set_field_by_name(
                        "paths",
                        Value::List(paths.into_iter().map(Value::String).collect()),
                    );
                    Value::Message(message)
                })
                .boxed()
        }
        "google.protobuf.Value" => free_json()
            .prop_map(move |json| parsed(&made, json))
            .boxed(),
        "google.protobuf.ListValue" => prop::collection::vec(free_json(), 0..3)
            .prop_map(move |json| parsed(&made, json.into()))
            .boxed(),
        "google.protobuf.Struct" => prop::collection::hash_map(text(), free_json(), 0..3)
            .prop_map(move |json| parsed(&made, Json::from_iter(json)))
            .boxed(),
        _ => return None,
    })
}

fn one(kind: &Kind, depth: usize) -> BoxedStrategy<Value> {
    match kind {
        Kind::Double => (-1e300..1e300).prop_map(Value::F64).boxed(),
        Kind::Float => (-1e30f32..1e30).prop_map(Value::F32).boxed(),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => any::<i32>().prop_map(Value::I32).boxed(),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => any::<i64>().prop_map(Value::I64).boxed(),
        Kind::Uint32 | Kind::Fixed32 => any::<u32>().prop_map(Value::U32).boxed(),
        Kind::Uint64 | Kind::Fixed64 => any::<u64>().prop_map(Value::U64).boxed(),
        Kind::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Kind::String => text().prop_map(Value::String).boxed(),
        Kind::Bytes => prop::collection::vec(any::<u8>(), 0..300)
            .prop_map(|b| Value::Bytes(b.into()))
            .boxed(),
        Kind::Enum(_) => (0..3).prop_map(Value::EnumNumber).boxed(),
        Kind::Message(inner) => {
            known(inner).unwrap_or_else(|| whole(inner, depth + 1).prop_map(Value::Message).boxed())
        }
    }
}

fn whole(descriptor: &MessageDescriptor, depth: usize) -> BoxedStrategy<DynamicMessage> {
    let chance = [0.3, 0.12, 0.04, 0.01][depth.min(3)];
    let fields: Vec<_> = descriptor
        .fields()
        .map(|field| {
            let kind = field.kind();
            // Strategies are built eagerly, so they must not recurse further than messages do.
            if depth >= 3 {
                return Just(None).boxed();
            }
            let inner = kind;
            let value = if field.is_map() {
                let entry = inner.as_message().unwrap().clone();
                let key = match entry.map_entry_key_field().kind() {
                    Kind::Bool => any::<bool>().prop_map(MapKey::Bool).boxed(),
                    Kind::String => text().prop_map(MapKey::String).boxed(),
                    _ => any::<i64>().prop_map(MapKey::I64).boxed(),
                };
                let content = one(&entry.map_entry_value_field().kind(), depth);
                prop::collection::hash_map(key, content, 0..3)
                    .prop_map(|map: HashMap<_, _>| Value::Map(map))
                    .boxed()
            } else if field.is_list() {
                prop::collection::vec(one(&inner, depth), 0..4)
                    .prop_map(Value::List)
                    .boxed()
            } else {
                one(&inner, depth)
            };
            let field = field.clone();
            let some = value.prop_map(move |value| (field.clone(), value));
            prop::option::weighted(chance, some).boxed()
        })
        .collect();
    let descriptor = descriptor.clone();
    fields
        .prop_map(move |fields| {
            let mut message = DynamicMessage::new(descriptor.clone());
            fields
                .into_iter()
                .flatten()
                .for_each(|(field, value)| message.set_field(&field, value));
            message
        })
        .boxed()
}

/// A message, shown as JSON: the descriptors of recursive messages would not end.
#[derive(Clone)]
pub struct Sample(pub DynamicMessage);

impl std::fmt::Debug for Sample {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", canonical(&self.0))
    }
}

pub fn everything(depth: usize) -> impl Strategy<Value = Sample> {
    whole(&EVERYTHING, depth).prop_map(Sample)
}

/// Merged seconds and nanos may differ in sign, which is not a duration. Children are merged too.
fn clear_durations(message: &mut DynamicMessage) {
    message.clear_field_by_name("takes");
    if message.has_field_by_name("child")
        && let Some(child) = message
            .get_field_by_name_mut("child")
            .and_then(Value::as_message_mut)
    {
        clear_durations(child);
    }
}

static EVERYTHING: LazyLock<MessageDescriptor> = LazyLock::new(|| {
    POOL.get_message_by_name("cast.library.v1.Everything")
        .unwrap()
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn what_is_written_reads_back_as_the_same_message(Sample(message) in everything(0)) {
        let answer = written(&message.encode_to_vec());
        prop_assert_eq!(answer.status, 200);
        let reference = DynamicMessage::deserialize(EVERYTHING.clone(), answer.json()).unwrap();
        prop_assert_eq!(canonical(&reference), canonical(&message));
        let ours = read(&answer.body).unwrap();
        prop_assert_eq!(canonical(&ours), canonical(&message));
    }

    #[test]
    fn canonical_json_is_read_as_the_message_it_stands_for(Sample(message) in everything(0)) {
        let ours = read(&canonical(&message).to_string());
        prop_assert_eq!(canonical(&ours.unwrap()), canonical(&message));
    }

    #[test]
    fn messages_in_pieces_are_merged_as_protobuf_says(Sample(mut one) in everything(0), Sample(two) in everything(0)) {
        clear_durations(&mut one);
        let bytes = [one.encode_to_vec(), two.encode_to_vec()].concat();
        let merged = DynamicMessage::decode(EVERYTHING.clone(), bytes.as_slice()).unwrap();
        let ours = DynamicMessage::deserialize(EVERYTHING.clone(), written(&bytes).json()).unwrap();
        prop_assert_eq!(canonical(&ours), canonical(&merged));
    }

    #[test]
    fn bytes_that_are_no_message_are_our_fault_and_nothing_of_them_is_shown(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let answer = written(&bytes);
        if answer.status != 200 {
            prop_assert_eq!(answer.refusal(), refused(500, "INTERNAL", ""));
        }
    }

    #[test]
    fn a_damaged_body_is_refused_or_understood(Sample(message) in everything(1), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut body = canonical(&message).to_string().into_bytes();
        let at = at.index(body.len());
        body[at] = byte;
        let library = Library::echo();
        let request = http::Request::post("/v1/echo").header("content-type", "application/json");
        let answer = RUNTIME.block_on(library.send(request.body(body.into()).unwrap()));
        if answer.status != 200 {
            prop_assert_eq!(answer.refusal().0, 400);
        }
    }

    #[test]
    fn any_text_is_refused_or_understood(body in any::<String>()) {
        if let Err(answer) = read(&body) {
            prop_assert_eq!(answer.refusal().0, 400);
        }
    }
}

#[test]
fn fields_without_presence_are_always_written_and_others_only_when_set() {
    let answer = written(&[]).json();
    assert_eq!(answer["f64"], json!(0));
    assert_eq!(answer["i64"], json!("0"));
    assert_eq!(answer["someText"], json!(""));
    assert_eq!(answer["yesNo"], json!(false));
    assert_eq!(answer["colour"], json!("COLOUR_UNSPECIFIED"));
    assert_eq!(answer["i32s"], json!([]));
    assert_eq!(answer["counts"], json!({}));
    for left_out in [
        "inner",
        "chosenText",
        "maybeText",
        "maybeNumber",
        "at",
        "boxedNumber",
        "anyValue",
    ] {
        assert!(answer.get(left_out).is_none(), "{left_out}");
    }
    let set = written(
        &from_json(
            "Everything",
            &json!({ "maybeText": "", "boxedNumber": "0" }),
        )
        .encode_to_vec(),
    )
    .json();
    assert_eq!(
        (&set["maybeText"], &set["boxedNumber"]),
        (&json!(""), &json!("0"))
    );
}

#[test]
fn numbers_and_names_are_written_as_protojson_says() {
    let given = json!({
        "i64": "-9223372036854775808", "u64": "18446744073709551615", "i32": -7, "f32": 0.1, "someBytes": "+/8=",
        "at": "2026-05-30T01:00:00.5Z", "takes": "-1.250s", "mask": "title,startsAt.day", "colour": "GREEN",
        "boxedTruth": true, "byTruth": { "true": "RED" }, "byNumber": { "-5": { "big": "1" } },
    });
    let answer = written(&from_json("Everything", &given).encode_to_vec()).json();
    for (name, value) in given.as_object().unwrap() {
        if name != "at" && name != "byNumber" {
            assert_eq!(&answer[name], value, "{name}");
        }
    }
    assert_eq!(answer["at"], "2026-05-30T01:00:00.500Z");
    assert_eq!(
        answer["byNumber"]["-5"],
        json!({ "textValue": "", "big": "1" })
    );
}

#[test]
fn an_enum_value_of_a_newer_service_is_written_as_its_number() {
    let mut message = DynamicMessage::new(EVERYTHING.clone());
    message.set_field_by_name("colour", Value::EnumNumber(77));
    assert_eq!(written(&message.encode_to_vec()).json()["colour"], 77);
}

#[test]
fn both_spellings_of_a_field_are_read() {
    let message =
        read(r#"{"some_text":"a","yesNo":true,"boxed_number":5,"far_away":["300",-1]}"#).unwrap();
    assert_eq!(
        canonical(&message),
        json!({ "someText": "a", "yesNo": true, "boxedNumber": "5", "farAway": ["300", "-1"] })
    );
    assert_eq!(fault(r#"{"some_text":"a","someText":"b"}"#).0, "someText");
}

#[test]
fn integers_are_read_from_every_form_json_has_for_them() {
    let message =
        read(r#"{"i64":"12","s64":12,"u64":1e3,"i32":3.0,"x64":"0","x32":4294967295}"#).unwrap();
    assert_eq!(
        canonical(&message),
        json!({ "i64": "12", "s64": "12", "u64": "1000", "i32": 3, "x32": 4294967295u32 })
    );
    for wrong in [
        r#""i32":2147483648"#,
        r#""i32":"3""#,
        r#""i32":1.5"#,
        r#""u32":-1"#,
        r#""u64":"-1""#,
        r#""i64":"1.0""#,
        r#""i64":"+1""#,
        r#""i64":" 1""#,
        r#""i64":"""#,
        r#""i64":1e300"#,
        r#""i64":9223372036854775808"#,
        r#""x64":"18446744073709551616""#,
    ] {
        let field = wrong.split('"').nth(1).unwrap();
        assert_eq!(fault(&format!("{{{wrong}}}")).0, field, "{wrong}");
    }
}

#[test]
fn base64_is_read_in_every_usual_form() {
    for form in ["+/8=", "-_8=", "+/8", "-_8", "+_8", "-_9"] {
        let message = read(&format!(r#"{{"someBytes":"{form}"}}"#)).unwrap();
        assert_eq!(
            canonical(&message),
            json!({ "someBytes": "+/8=" }),
            "{form}"
        );
    }
    for wrong in ["+", "+/8==", "+=/8", "+/8= ", "中"] {
        assert_eq!(
            fault(&format!(r#"{{"someBytes":"{wrong}"}}"#)).0,
            "someBytes",
            "{wrong}"
        );
    }
}

#[test]
fn values_of_another_type_are_refused_by_name_and_place() {
    for (body, field) in [
        (r#"{"someText":5}"#, "someText"),
        (r#"{"yesNo":"true"}"#, "yesNo"),
        (r#"{"yesNo":1}"#, "yesNo"),
        (r#"{"colour":1}"#, "colour"),
        (r#"{"colour":"BLUE"}"#, "colour"),
        (r#"{"colours":["RED","BLUE"]}"#, "colours[1]"),
        (r#"{"f64":"NaN"}"#, "f64"),
        (r#"{"f32":1e39}"#, "f32"),
        (r#"{"someBytes":"?"}"#, "someBytes"),
        (r#"{"inner":[]}"#, "inner"),
        (r#"{"inner":"x"}"#, "inner"),
        (r#"{"inner":{"inner":{"big":true}}}"#, "inner.inner.big"),
        (r#"{"inners":[{},{"big":{}}]}"#, "inners[1].big"),
        (r#"{"inners":{}}"#, "inners"),
        (r#"{"texts":"a"}"#, "texts"),
        (r#"{"counts":[]}"#, "counts"),
        (r#"{"counts":{"a":"b"}}"#, "counts.a"),
        (r#"{"byNumber":{"x":{}}}"#, "byNumber.x"),
        (r#"{"byTruth":{"yes":"RED"}}"#, "byTruth.yes"),
        (r#"{"at":"yesterday"}"#, "at"),
        (r#"{"at":5}"#, "at"),
        (r#"{"at":"0000-01-01T00:00:00Z"}"#, "at"),
        (r#"{"takes":"5"}"#, "takes"),
        (r#"{"takes":"1.0000000001s"}"#, "takes"),
        (r#"{"mask":"a,,b"}"#, "mask"),
        (r#"{"boxedNumber":"x"}"#, "boxedNumber"),
        (r#"{"free":[]}"#, "free"),
        (r#"{"anyList":{}}"#, "anyList"),
        (r#"{"texts":["a",null]}"#, "texts[1]"),
        (r#"{"someText":null}"#, "someText"),
        (r#"{"inner":null}"#, "inner"),
        (r#"{"at":null}"#, "at"),
        (r#"{"nothing":1}"#, "nothing"),
        (r#"{"inner":{"nothing":1}}"#, "inner.nothing"),
        (r#"{"chosenText":"a","chosenNumber":1}"#, "chosenNumber"),
        ("{\"someText\":\"a\\u0000b\"}", "someText"),
        ("{\"free\":{\"a\":\"\\u0000\"}}", "free"),
    ] {
        assert_eq!(fault(body).0, field, "{body}");
    }
}

#[test]
fn null_clears_a_field_that_has_a_bool_for_it() {
    let set = |body: &str, name: &str| {
        let read = read(body).unwrap();
        let field = read.descriptor().get_field_by_name(name).unwrap();
        read.has_field(&field)
    };
    for (field, body, clear) in [
        ("until", r#"{"until":null}"#, "clear_until"),
        ("away", r#"{"away":null}"#, "clear_away"),
    ] {
        assert!(set(body, clear) && !set(body, field), "{body}");
    }
    let value = r#"{"until":"2026-05-01T00:00:00Z","away":{"textValue":"a"}}"#;
    assert!(set(value, "until") && set(value, "away"));
    assert!(!set(value, "clear_until") && !set(value, "clear_away"));
    assert_eq!(fault(r#"{"until":5}"#).0, "until");
    assert_eq!(fault(r#"{"until":null,"until":null}"#).0, "until");
    assert_eq!(fault(r#"{"clearUntil":null}"#).0, "clearUntil");
}

#[test]
fn a_syntax_error_is_told_with_its_place() {
    assert_eq!(
        fault("{\n  \"someText\": \"a\",\n  \"i32\": 1 2}"),
        (String::new(), "第 3 行第 12 列".into())
    );
    assert_eq!(fault("[]").0, "");
    assert_eq!(fault("null").0, "");
    assert_eq!(fault("{} {}").0, "");
    assert_eq!(fault("{\"someText\":\"a\"").0, "");
    let deep = format!("{}{}", r#"{"child":"#.repeat(200), "}".repeat(200));
    assert_eq!(fault(&deep).0, "");
}

#[test]
fn what_a_client_wrote_into_a_field_is_not_repeated_to_it() {
    for body in [
        r#"{"i32":"geheim"}"#,
        r#"{"colour":"geheim"}"#,
        r#"{"at":"geheim"}"#,
        r#"{"free":"geheim"}"#,
    ] {
        assert!(!read(body).unwrap_err().body.contains("geheim"), "{body}");
    }
}

#[test]
fn read_only_fields_are_checked_and_dropped_and_input_only_fields_never_come_back() {
    let book = r#"{"id":"7","title":"T","state":"LENT","createdAt":"2026-05-30T01:00:00Z","donorNote":"n","shelf":"a"}"#;
    let library = Library::answering(|call| {
        let request = message("CreateBookRequest", &call.request);
        let book = request
            .get_field_by_name("book")
            .unwrap()
            .as_message()
            .unwrap()
            .encode_to_vec();
        Ok(book.into())
    });
    let answer = RUNTIME
        .block_on(library.json("POST", "/v1/shelves/a/books", book))
        .json();
    assert_eq!(
        (&answer["id"], &answer["state"]),
        (&json!(""), &json!("STATE_UNSPECIFIED"))
    );
    assert!(answer.get("createdAt").is_none() && answer.get("donorNote").is_none());
    let request = message("CreateBookRequest", &library.called().unwrap().request);
    assert_eq!(
        canonical(&request),
        json!({ "shelf": "a", "book": { "title": "T", "shelf": "a", "donorNote": "n" } })
    );
    let wrong =
        RUNTIME.block_on(library.json("POST", "/v1/shelves/a/books", r#"{"state":"AWAY"}"#));
    assert_eq!(wrong.refusal(), refused(400, "MALFORMED_REQUEST", "state"));
}

#[test]
fn lists_can_be_bodies_of_their_own() {
    let library = Library::echo();
    let answer = RUNTIME.block_on(library.json("PUT", "/v1/echo/RED/-4", r#"[{"big":"1"},{}]"#));
    assert_eq!(
        answer.json(),
        json!([{ "textValue": "", "big": "1" }, { "textValue": "", "big": "0" }])
    );
    let request = message("Listed", &library.called().unwrap().request);
    assert_eq!(
        canonical(&request),
        json!({ "colour": "RED", "number": -4, "inners": [{ "big": "1" }, {}] })
    );
    let empty = RUNTIME.block_on(library.json("PUT", "/v1/echo/RED/-4", ""));
    assert_eq!(empty.json(), json!([]));
    let wrong = RUNTIME.block_on(library.json("PUT", "/v1/echo/RED/-4", r#"[{"big":"x"}]"#));
    assert_eq!(
        wrong.refusal(),
        refused(400, "MALFORMED_REQUEST", "[0].big")
    );
}
