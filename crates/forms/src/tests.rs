use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::{
    Bound, Day, Form,
    changes::{self, ChangeKind},
    check,
};

const TODAY: (i32, u8, u8) = (2026, 11, 29);

fn today() -> Day {
    Day::of(TODAY.0, TODAY.1, TODAY.2).unwrap()
}

fn form(fields: Value) -> Form {
    check(&definition(fields)).unwrap()
}

fn definition(fields: Value) -> Value {
    json!({ "pages": [{ "sections": [{ "fields": fields }] }] })
}

fn field(key: &str, kind: &str, more: Value) -> Value {
    let mut field = json!({ "key": key, "type": kind, "title": { "zh": "问题" } });
    for (name, value) in more.as_object().unwrap() {
        field[name] = value.clone();
    }
    field
}

fn options(keys: &[&str]) -> Value {
    keys.iter()
        .map(|key| json!({ "key": key, "title": { "zh": key } }))
        .collect()
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

/// The answers in normal form, and the findings as `path code`.
fn evaluated(form: &Form, answers: Value) -> (Value, Vec<String>) {
    let result = form.evaluate(object(answers), today(), &Bound::default());
    let found = result
        .findings()
        .iter()
        .map(|f| format!("{} {}", f.path, f.code.as_str()))
        .collect();
    (Value::Object(result.into_answers()), found)
}

fn flaws(fields: Value) -> Vec<String> {
    let flaws = check(&definition(fields)).unwrap_err();
    assert!(
        flaws
            .iter()
            .all(|flaw| !flaw.en.is_empty() && !flaw.zh.is_empty())
    );
    flaws.into_iter().map(|flaw| flaw.path).collect()
}

#[test]
fn a_hidden_field_is_never_required_and_its_answer_is_dropped() {
    let form = form(json!([
        field(
            "kind",
            "single",
            json!({ "options": options(&["student", "worker"]), "required": true })
        ),
        field(
            "school",
            "text",
            json!({ "required": true, "condition": { "compare": { "field": "kind", "is": "eq", "to": "student" } } })
        ),
    ]));
    let answers = json!({ "kind": "worker", "school": "清华大学" });
    let result = form.evaluate(object(answers), today(), &Bound::default());
    assert_eq!(result.shown().collect::<Vec<_>>(), ["kind"]);
    assert_eq!(result.dropped().collect::<Vec<_>>(), ["school"]);
    assert!(result.findings().is_empty());
    assert_eq!(
        Value::Object(result.into_answers()),
        json!({ "kind": "worker" })
    );
    let (_, found) = evaluated(&form, json!({ "kind": "student" }));
    assert_eq!(found, ["school missing"]);
}

#[test]
fn a_missing_answer_compares_as_false_in_both_directions() {
    for is in ["eq", "ne", "lt", "le", "gt", "ge"] {
        let form = form(json!([
            field("age", "integer", json!({})),
            field(
                "why",
                "text",
                json!({ "required": true, "condition": { "compare": { "field": "age", "is": is, "to": 18 } } })
            ),
        ]));
        assert_eq!(evaluated(&form, json!({})).1, [""; 0], "{is}");
        // One that is wrong as well.
        assert_eq!(
            evaluated(&form, json!({ "age": "old" })).1,
            ["age wrongType"],
            "{is}"
        );
    }
}

#[test]
fn answers_are_read_into_their_normal_form() {
    for (kind, more, typed, normal) in [
        (
            "text",
            json!({}),
            json!("  清华　大学\u{200b} "),
            json!("清华 大学"),
        ),
        (
            "paragraphs",
            json!({}),
            json!("一\r\n\r\n\r\n二"),
            json!("一\n\n二"),
        ),
        ("integer", json!({}), json!(3.0), json!(3)),
        (
            "decimal",
            json!({}),
            json!("－０１２．５００"),
            json!("-12.5"),
        ),
        ("decimal", json!({}), json!("-0.0"), json!("0")),
        ("money", json!({}), json!(10_050), json!(10_050)),
        (
            "division",
            json!({}),
            json!("１１０１０８"),
            json!("110108"),
        ),
        ("discipline", json!({}), json!("５２０"), json!("520")),
        (
            "person",
            json!({}),
            json!("1000 0000 0000 007Ｘ"),
            json!("100000000000007X"),
        ),
        (
            "single",
            json!({ "options": options(&["a", "b"]), "other": true }),
            json!({ "other": " c " }),
            json!({ "other": "c" }),
        ),
        (
            "matrix",
            json!({ "options": options(&["a", "b"]), "rows": options(&["r"]) }),
            json!({ "r": "a" }),
            json!({ "r": "a" }),
        ),
        ("agree", json!({}), json!(false), json!(null)),
        (
            "period",
            json!({}),
            json!({ "from": "2024-02-29", "to": null }),
            json!({ "from": "2024-02-29" }),
        ),
        (
            "table",
            json!({ "columns": [field("year", "integer", json!({}))] }),
            json!([{ "year": 2020 }, {}]),
            json!([{ "year": 2020 }]),
        ),
    ] {
        let form = form(json!([field("it", kind, more)]));
        let read = evaluated(&form, json!({ "it": typed })).0;
        assert_eq!(
            read.get("it").unwrap_or(&Value::Null),
            &normal,
            "{kind} {typed}"
        );
    }
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let ab = options(&["a", "b"]);
    for (kind, more, typed, found) in [
        ("text", json!({ "max": 2 }), json!("三个字"), "it tooLong"),
        ("text", json!({}), json!(7), "it wrongType"),
        ("text", json!({}), json!("a\u{202e}b"), "it unreadable"),
        ("integer", json!({ "min": 1 }), json!(0), "it tooSmall"),
        ("integer", json!({}), json!(1.5), "it wrongType"),
        ("decimal", json!({}), json!("1e3"), "it badNumber"),
        ("date", json!({}), json!("2023-02-29"), "it notADay"),
        (
            "date",
            json!({ "max": "2026-01-01" }),
            json!("2026-01-02"),
            "it tooLate",
        ),
        (
            "period",
            json!({}),
            json!({ "from": "2024-01-02", "to": "2024-01-01" }),
            "it reversed",
        ),
        (
            "period",
            json!({}),
            json!({ "to": "2024-01-01" }),
            "it.from missing",
        ),
        (
            "single",
            json!({ "options": ab }),
            json!("c"),
            "it noSuchOption",
        ),
        (
            "single",
            json!({ "options": ab }),
            json!({ "other": "c" }),
            "it wrongType",
        ),
        (
            "single",
            json!({ "options": ab, "other": true }),
            json!({ "other": " " }),
            "it.other missing",
        ),
        (
            "multiple",
            json!({ "options": ab }),
            json!(["a", "c"]),
            "it[1] noSuchOption",
        ),
        (
            "multiple",
            json!({ "options": ab }),
            json!(["a", "a"]),
            "it repeated",
        ),
        (
            "ranking",
            json!({ "options": ab }),
            json!(["a"]),
            "it tooFew",
        ),
        (
            "file",
            json!({}),
            json!("0190a000-0000-7000-8000-000000000001"),
            "it wrongType",
        ),
        ("file", json!({}), json!(["diploma.png"]), "it[0] badNumber"),
        ("file", json!({}), json!([7]), "it[0] wrongType"),
        (
            "file",
            json!({}),
            json!([
                "0190a000-0000-7000-8000-000000000001",
                "0190A000-0000-7000-8000-000000000001"
            ]),
            "it repeated",
        ),
        (
            "file",
            json!({ "max": 1 }),
            json!([
                "0190a000-0000-7000-8000-000000000001",
                "0190a000-0000-7000-8000-000000000002"
            ]),
            "it tooMany",
        ),
        (
            "matrix",
            json!({ "options": ab, "rows": ab, "required": true }),
            json!({ "a": "a" }),
            "it.b missing",
        ),
        (
            "person",
            json!({}),
            json!("1000000000000018"),
            "it badNumber",
        ),
        (
            "table",
            json!({ "columns": [field("year", "integer", json!({ "required": true })), field("what", "text", json!({}))] }),
            json!([{ "what": "x" }]),
            "it[0].year missing",
        ),
        (
            "table",
            json!({ "columns": [field("year", "integer", json!({}))] }),
            json!([{ "month": 1 }]),
            "it[0].month unknownKey",
        ),
        (
            "agree",
            json!({ "required": true }),
            json!(false),
            "it missing",
        ),
    ] {
        let form = form(json!([field("it", kind, more)]));
        assert_eq!(
            evaluated(&form, json!({ "it": typed })).1,
            [found],
            "{kind} {typed}"
        );
    }
    assert_eq!(
        evaluated(&check(&json!({ "pages": [] })).unwrap(), json!({ "it": 1 })).1,
        ["it unknownKey"]
    );
}

#[test]
fn a_definition_is_refused_with_the_place_of_every_flaw() {
    let at = |rest: &str| format!("pages[0].sections[0].fields{rest}");
    let text = |key: &str| field(key, "text", json!({}));
    let later = json!({ "empty": { "field": "b" } });
    assert_eq!(
        flaws(json!([
            field("a", "text", json!({ "condition": later })),
            text("b")
        ])),
        [at("[0].condition")]
    );
    // Of itself: the shortest circle.
    assert_eq!(
        flaws(json!([field("b", "text", json!({ "condition": later }))])),
        [at("[0].condition")]
    );
    assert_eq!(flaws(json!([text("a"), text("a")])), [at("[1].key")]);
    assert_eq!(flaws(json!([text("A")])), [at("[0].key")]);
    assert_eq!(
        flaws(json!([field("a", "textual", json!({}))])),
        [at("[0].type")]
    );
    assert_eq!(
        flaws(json!([field(
            "a",
            "single",
            json!({ "options": options(&["x", "x"]) })
        )])),
        [at("[0].options[1].key")]
    );
    assert_eq!(
        flaws(json!([field(
            "a",
            "integer",
            json!({ "min": 3, "max": 2 })
        )])),
        [at("[0].min")]
    );
    assert_eq!(
        flaws(json!([field(
            "a",
            "text",
            json!({ "options": options(&["x", "y"]) })
        )])),
        [at("[0].options")]
    );
    assert_eq!(
        flaws(json!([field(
            "a",
            "text",
            json!({ "sensitive": true, "exported": true })
        )])),
        [at("[0].exported")]
    );
    assert_eq!(
        flaws(json!([{ "key": "a", "type": "text", "title": {} }])),
        [at("[0].title.zh")]
    );
    let many: Vec<Value> = (0..301).map(|n| text(&format!("f{n}"))).collect();
    assert_eq!(flaws(json!(many)), ["pages"]);
    let deep = (0..50).fold(
        json!({ "empty": { "field": "a" } }),
        |inner, _| json!({ "not": inner }),
    );
    assert_eq!(
        flaws(json!([
            text("a"),
            field("b", "text", json!({ "condition": deep }))
        ])),
        [at("[1].condition")]
    );
    let unfit = json!({ "compare": { "field": "a", "is": "lt", "to": "x" } });
    assert_eq!(
        flaws(json!([
            text("a"),
            field("b", "text", json!({ "condition": unfit }))
        ])),
        [at("[1].condition")]
    );
}

#[test]
fn a_birthday_is_compared_with_a_day_so_many_years_ago() {
    let adult =
        json!({ "compare": { "field": "born", "is": "le", "to": { "todayPlusYears": -18 } } });
    let form = form(json!([
        field("born", "date", json!({})),
        field("vote", "yesNo", json!({ "condition": adult }))
    ]));
    let shown = |born: &str| {
        let result = form.evaluate(object(json!({ "born": born })), today(), &Bound::default());
        result.shown().count() == 2
    };
    assert!(shown("2008-11-29") && !shown("2008-11-30"));
    assert_eq!(
        Day::of(2024, 2, 29).unwrap().plus_years(1),
        Day::of(2025, 2, 28).unwrap()
    );
}

#[test]
fn bound_fields_take_what_the_platform_knows() {
    let form = form(json!([field(
        "name",
        "text",
        json!({ "binding": "personName", "required": true })
    )]));
    let bound = Bound {
        person_name: Some("王芳".into()),
        person_number: None,
        workplace: None,
    };
    let result = form.evaluate(object(json!({ "name": "另一人" })), today(), &bound);
    assert_eq!(
        Value::Object(result.into_answers()),
        json!({ "name": "王芳" })
    );
    assert!(
        form.keep(object(json!({ "name": "另一人" })))
            .unwrap()
            .is_empty()
    );
}

#[test]
fn uploads_are_named_with_their_places() {
    let form = form(json!([
        field("diploma", "file", json!({})),
        field("more", "file", json!({}))
    ]));
    let one = "0190A000-0000-7000-8000-000000000001";
    let answers = json!({ "diploma": [one, 7, "x"], "more": one });
    // As it was typed: what is no list of texts names no upload.
    assert_eq!(
        form.uploads(&object(answers)),
        [
            ("diploma[0]", one.to_ascii_lowercase()),
            ("diploma[2]", "x".to_owned())
        ]
        .map(|(path, id)| (path.to_owned(), id))
    );
    let result = form.evaluate(
        object(json!({ "diploma": [one] })),
        today(),
        &Bound::default(),
    );
    let references = result.references();
    assert_eq!(references.len(), 1);
    assert_eq!(references[0].path, "diploma[0]");
    assert_eq!(references[0].kind, crate::ReferenceKind::File);
}

#[test]
fn a_new_version_says_which_answers_it_loses() {
    let old = form(json!([
        field("a", "text", json!({})),
        field("b", "text", json!({})),
        field("c", "single", json!({ "options": options(&["x", "y"]) })),
        field("d", "text", json!({})),
        field("e", "integer", json!({ "max": 9 })),
    ]));
    let new = form(json!([
        field("a", "text", json!({ "required": true })),
        field("b", "integer", json!({})),
        field("c", "single", json!({ "options": options(&["y", "z"]) })),
        field("e", "integer", json!({ "max": 5 })),
        field("f", "text", json!({})),
    ]));
    let kinds: Vec<_> = changes::between(&old, &new)
        .into_iter()
        .map(|c| (c.key, c.kind))
        .collect();
    let expected = [
        ("a", ChangeKind::Required),
        ("b", ChangeKind::Retyped),
        ("c", ChangeKind::Narrowed),
        ("e", ChangeKind::Narrowed),
        ("f", ChangeKind::Added),
        ("d", ChangeKind::Removed),
    ];
    assert_eq!(kinds, expected.map(|(key, kind)| (key.to_owned(), kind)));
    let answers = object(json!({ "a": "1", "b": "2", "c": "x", "d": "4", "e": 4 }));
    let (kept, lost) = new.carry(answers);
    assert_eq!(Value::Object(kept), json!({ "a": "1", "e": 4 }));
    assert_eq!(lost, ["b", "c", "d"]);
    assert!(changes::between(&old, &old).is_empty());
}

fn any_json() -> impl Strategy<Value = Value> {
    let words = prop_oneof![
        Just("and"),
        Just("compare"),
        Just("field"),
        Just("is"),
        Just("to"),
        Just("eq"),
        Just("pages"),
        Just("sections"),
        Just("fields"),
        Just("key"),
        Just("type"),
        Just("text"),
        Just("single"),
        Just("options"),
        Just("title"),
        Just("zh"),
        Just("a"),
        Just("other"),
        Just("from"),
        Just("2024-02-30"),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        words.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((words.clone(), inner), 0..6).prop_map(|pairs| {
                Value::Object(
                    pairs
                        .into_iter()
                        .map(|(key, value)| (key.to_owned(), value))
                        .collect(),
                )
            }),
        ]
    })
}

/// A field of each type, for answers of any kind.
fn every_kind() -> Form {
    let ab = options(&["a", "b"]);
    form(json!([
        field("text", "text", json!({ "min": 2 })),
        field("paragraphs", "paragraphs", json!({})),
        field("integer", "integer", json!({})),
        field("decimal", "decimal", json!({})),
        field("money", "money", json!({})),
        field("date", "date", json!({})),
        field("period", "period", json!({})),
        field("single", "single", json!({ "options": ab, "other": true })),
        field(
            "multiple",
            "multiple",
            json!({ "options": ab, "other": true })
        ),
        field("ranking", "ranking", json!({ "options": ab })),
        field("matrix", "matrix", json!({ "options": ab, "rows": ab })),
        field("scale", "scale", json!({ "min": 1, "max": 5 })),
        field("yes_no", "yesNo", json!({})),
        field("division", "division", json!({})),
        field("discipline", "discipline", json!({})),
        field("organisation", "organisation", json!({})),
        field("person", "person", json!({})),
        field("file", "file", json!({})),
        field(
            "table",
            "table",
            json!({ "columns": [field("a", "text", json!({})), field("other", "integer", json!({}))] })
        ),
        field(
            "agree",
            "agree",
            json!({ "condition": { "not": { "empty": { "field": "single" } } } })
        ),
    ]))
}

proptest! {
    #[test]
    fn no_json_is_a_panic(json in any_json()) {
        let _ = check(&json);
        let _ = check(&definition(json.clone()));
        let form = every_kind();
        let answers: Map<String, Value> = form.fields().map(|field| (field.key.clone(), json.clone())).collect();
        let _ = form.evaluate(answers, today(), &Bound::default());
    }

    #[test]
    fn the_normal_form_is_its_own_normal_form(list in prop::collection::vec(any_json(), 20)) {
        let form = every_kind();
        let answers: Map<String, Value> = form.fields().map(|field| field.key.clone()).zip(list).collect();
        let once = form.evaluate(answers, today(), &Bound::default()).into_answers();
        let again = form.evaluate(once.clone(), today(), &Bound::default());
        prop_assert!(again.findings().is_empty(), "{:?} {:?}", again.findings(), once);
        prop_assert_eq!(again.dropped().count(), 0);
        prop_assert_eq!(again.into_answers(), once);
    }

    #[test]
    fn decimals_keep_their_value(whole in -999_999_999i64..=999_999_999, fraction in 0i64..1_000_000) {
        let millionths = whole * 1_000_000 + fraction * whole.signum();
        let text = crate::numbers::decimal(millionths);
        prop_assert_eq!(crate::numbers::millionths(&text), Some(millionths), "{}", text);
    }

    #[test]
    fn a_checked_definition_is_checked_again(words in "\\PC{1,20}") {
        let once = check(&definition(json!([field("a", "text", json!({ "title": { "zh": words } }))])));
        if let Ok(once) = once {
            let again = check(&once.to_json()).unwrap();
            prop_assert_eq!(again.definition(), once.definition());
        }
    }
}
