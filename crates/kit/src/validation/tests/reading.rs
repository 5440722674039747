//! Every text of every request of the contract, with typical user input.

use std::collections::BTreeMap;

use prost_reflect::{FieldDescriptor, Kind, Value};
use text::Reading;

use super::*;
use crate::validation::walk::join;

/// Input and its normalised form.
#[rustfmt::skip]
const TYPED: &[(Reading, &[(&str, &str)])] = &[
    (Reading::Number, &[
        ("11010519491231002X", "11010519491231002X"),
        ("１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X"),
        ("110105 1949 1231 002X", "11010519491231002X"),
        ("11010519491231002Ⅹ", "11010519491231002X"),
        ("110105-19491231—002х", "11010519491231002X"),
        ("\u{202d}19900000001\u{202c}", "19900000001"),
        ("199\u{2011}0000\u{2011}0001", "19900000001"),
        ("７kqm－2XRT \u{200b}9bhd\r\n", "7KQM2XRT9BHD"),
    ]),
    (Reading::Address, &[
        ("wang-ming@example.org", "wang-ming@example.org"),
        ("\u{feff}ｗａｎｇ－ｍｉｎｇ＠ｅｘａｍｐｌｅ．ｏｒｇ\u{3000}", "wang-ming@example.org"),
        ("\u{202d}199\u{2011}0000\u{2011}0001\u{202c}", "199-0000-0001"),
        ("eyJhbGci.eyJyIjo_-x\r\n", "eyJhbGci.eyJyIjo_-x"),
    ]),
    (Reading::Name, &[
        ("阿卜杜拉·买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉・买买提", "阿卜杜拉·买买提"),
        ("O\u{2019}Neil", "O'Neil"),
        ("Ａｎｎａ\u{2010}Maria　 Li", "Anna-Maria Li"),
        ("王\u{e863}", "王\u{4dae}"),
        (" \u{200b}王\u{feff}芳\t", "王芳"),
    ]),
    (Reading::Line, &[
        ("人工智能前沿报告会", "人工智能前沿报告会"),
        (" 体系\u{200b}结构\n\n专业委员会\u{3000}（一） ", "体系结构 专业委员会 （一）"),
        ("Ａ：“一、二”—三·四", "Ａ：“一、二”—三·四"),
        ("王\u{e863}", "王\u{4dae}"),
    ]),
    (Reading::Paragraphs, &[
        ("一\n\n二", "一\n\n二"),
        ("\r\n一\u{200b}  段\r\n\r\n\r\n 二\t段\u{2028}三 \n", "一 段\n\n二 段\n三"),
    ]),
    (Reading::SearchTerms, &[
        ("人工智能 报告会", "人工智能 报告会"),
        ("\u{202e}人工智能\u{3000} 报告会\u{200b}", "人工智能 报告会"),
        ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
        ("Ｂ\u{2011}２０", "B-20"),
        ("50%_\\", "50%_\\"),
        (" \u{200b}", ""),
    ]),
    (Reading::Exact, &[
        (" Ｇｒüße  \u{202e}an\u{200b}die 王\u{e863}\n", " Ｇｒüße  \u{202e}an\u{200b}die 王\u{e863}\n"),
    ]),
];

/// Input that is always refused.
#[rustfmt::skip]
const REFUSED: &[(Reading, &[&str])] = &[
    (Reading::Number, &["\u{200b}\u{200b}", " \u{3000}", "1\0"]),
    (Reading::Address, &["\u{200b}\u{200b}", " \u{3000}", "a\0"]),
    (Reading::Name, &["\u{200b}\u{200b}", " \u{3000}", "王\0", "王\u{202e}芳", "王\u{2066}芳", "王\u{7}芳"]),
    (Reading::Line, &["\u{200b}\u{200b}\u{200b}", " \u{3000}", "科\0", "科普\u{202e}会讲", "科普\u{2069}会讲", "科\u{1b}[31m"]),
    (Reading::Paragraphs, &["\u{200b}\n\u{200b}", " \r\n", "科\0", "科普\u{202a}会讲", "科\u{1b}[31m"]),
    (Reading::SearchTerms, &["科\0"]),
];

/// A text of a request.
struct Text {
    input: MessageDescriptor,
    path: Vec<FieldDescriptor>,
    reading: Reading,
}

impl Text {
    /// A request that contains only this text.
    fn holding(&self, text: &str) -> DynamicMessage {
        fn fill(message: &mut DynamicMessage, path: &[FieldDescriptor], text: &str) {
            let (field, rest) = path.split_first().unwrap();
            let value = match field.kind() {
                Kind::Message(inner) => {
                    let mut inner = DynamicMessage::new(inner);
                    fill(&mut inner, rest, text);
                    Value::Message(inner)
                }
                _ => Value::String(text.to_owned()),
            };
            let value = if field.is_list() {
                Value::List(vec![value])
            } else {
                value
            };
            message.set_field(field, value);
        }
        let mut message = DynamicMessage::new(self.input.clone());
        fill(&mut message, &self.path, text);
        message
    }

    fn of(&self, message: &DynamicMessage) -> String {
        let mut value = Value::Message(message.clone());
        for field in &self.path {
            value = value.as_message().unwrap().get_field(field).into_owned();
            if let Some(items) = value.as_list() {
                value = items[0].clone();
            }
        }
        value.as_str().unwrap().to_owned()
    }

    fn name(&self) -> String {
        let step = |path: String, field: &FieldDescriptor| {
            join(&path, field.name()) + if field.is_list() { "[0]" } else { "" }
        };
        self.path.iter().fold(String::new(), step)
    }
}

/// All texts.
fn texts() -> Vec<Text> {
    fn walk(
        input: &MessageDescriptor,
        at: &MessageDescriptor,
        path: &[FieldDescriptor],
        found: &mut Vec<Text>,
    ) {
        let Some(plan) = CONTRACT.0.messages.get(at.full_name()) else {
            return;
        };
        for plan in &plan.fields {
            assert!(!plan.field.is_map(), "a map in a request: extend this test");
            let path = [path, std::slice::from_ref(&plan.field)].concat();
            match plan.field.kind() {
                Kind::Message(inner) => walk(input, &inner, &path, found),
                Kind::String => found.push(Text {
                    input: input.clone(),
                    path,
                    reading: said_of(&plan.field),
                }),
                _ => {}
            }
        }
    }
    let mut found = Vec::new();
    for input in &CONTRACT.1 {
        walk(input, input, &[], &mut found);
    }
    found
}

/// The reading that the contract declares for a text.
fn said_of(field: &FieldDescriptor) -> Reading {
    let option = proto::POOL
        .get_extension_by_name("cast.options.v1.reading")
        .unwrap();
    let number = field.options().get_extension(&option).as_enum_number();
    let kind = option.kind();
    let said = kind.as_enum().unwrap().get_value(number.unwrap()).unwrap();
    match said.name() {
        "READING_UNSPECIFIED" | "EXACT" => Reading::Exact,
        "NUMBER" => Reading::Number,
        "ADDRESS" => Reading::Address,
        "NAME" => Reading::Name,
        "LINE" => Reading::Line,
        "PARAGRAPHS" => Reading::Paragraphs,
        "SEARCH_TERMS" => Reading::SearchTerms,
        other => panic!("{other}: extend this test"),
    }
}

/// The violations of this text.
fn said(text: &Text, typed: &str) -> Vec<String> {
    let answer = CONTRACT
        .0
        .message(&text.input, &text.holding(typed).encode_to_vec());
    let violations = answer
        .err()
        .map_or_else(Vec::new, |p| p.violations().to_vec());
    violations
        .into_iter()
        .filter(|(field, _)| *field == text.name())
        .map(|(_, words)| words.en.into_owned())
        .collect()
}

#[test]
fn every_text_of_the_contract_is_read_as_it_says() {
    let mut texts_of: BTreeMap<String, usize> = BTreeMap::new();
    for text in texts() {
        *texts_of.entry(format!("{:?}", text.reading)).or_default() += 1;
        let (_, typed) = TYPED.iter().find(|(of, _)| *of == text.reading).unwrap();
        for (typed, read) in *typed {
            let mut message = text.holding(typed);
            let outcome = CONTRACT.0.read(&mut message);
            let what = format!("{}: {} {typed:?}", text.input.name(), text.name());
            assert_eq!(outcome.refused, [], "{what}");
            assert_eq!(text.of(&message), *read, "{what}");
            assert_eq!(outcome.changed, typed != read, "{what}");
        }
    }
    assert_eq!(
        texts_of.len(),
        TYPED.len(),
        "every reading is somewhere: {texts_of:?}"
    );
}

#[test]
fn what_shows_nothing_or_something_else_is_refused_in_every_text() {
    for text in texts() {
        let refused = REFUSED.iter().find(|(of, _)| *of == text.reading);
        for typed in refused.map_or(&[][..], |(_, typed)| typed) {
            let said = said(&text, typed);
            assert_eq!(said.len(), 1, "{} {typed:?}: {said:?}", text.name());
        }
    }
}

#[test]
fn limits_hold_for_what_was_read() {
    let mut limited = 0;
    for text in texts().iter().filter(|text| text.reading != Reading::Exact) {
        let field = text.path.last().unwrap();
        let plans = &CONTRACT.0.messages[field.parent_message().full_name()].fields;
        let plan = plans.iter().find(|plan| plan.field == *field).unwrap();
        let most = plan.checks.iter().find_map(|check| match check {
            checks::Check::MaxLen(most) => Some(*most as usize),
            _ => None,
        });
        let Some(most) = most else { continue };
        limited += 1;
        let too_long = |typed: &str| {
            said(text, typed)
                .iter()
                .any(|said| said.starts_with("Too long"))
        };
        let what = format!("{}: {}", text.input.name(), text.name());
        assert!(!too_long(&"1\u{200b}".repeat(most)), "{what}");
        assert!(!too_long(&format!(" {}\n", "１".repeat(most))), "{what}");
        assert!(too_long(&"1\u{200b}".repeat(most + 1)), "{what}");
        // Input this long is refused unread.
        assert!(
            too_long(&format!("1{}", "\u{200b}".repeat(most * 4 + 64))),
            "{what}"
        );
    }
    assert!(limited > 20, "{limited}");
}

#[test]
fn a_text_that_does_not_say_how_it_is_read_stops_the_start() {
    let of = |field: &str| {
        let pool = compile_as_it_is(&format!("message M {{ {field} }}"));
        validator(&[pool.get_message_by_name("t.M").unwrap()]).map(drop)
    };
    let unread = Err(PlanError::Unread("t.M.f".to_owned()));
    for unsaid in [
        "string f = 1;",
        "optional string f = 1;",
        "repeated string f = 1;",
        "map<int32, string> f = 1;",
        "string f = 1 [(cast.options.v1.reading) = READING_UNSPECIFIED];",
        r#"string f = 1 [(buf.validate.field).string.pattern = "^[0-9]{6}$"];"#,
        "string f = 1 [(buf.validate.field).string.max_len = 60];",
        "repeated string f = 1 [(buf.validate.field).repeated.unique = true];",
        r#"string f = 1 [(buf.validate.field).string = {not_in: ["a"]}];"#,
    ] {
        assert_eq!(of(unsaid), unread, "{unsaid}");
    }
    assert_eq!(
        of("I i = 1; message I { string f = 1; }"),
        Err(PlanError::Unread("t.M.I.f".to_owned()))
    );
    for said in [
        "string f = 1 [(cast.options.v1.reading) = EXACT];",
        "repeated string f = 1 [(cast.options.v1.reading) = LINE];",
        "map<int32, string> f = 1 [(cast.options.v1.reading) = NAME];",
        "map<string, int32> f = 1;",
        "string f = 1 [(buf.validate.field).string.uuid = true];",
        r#"string f = 1 [(buf.validate.field).string.const = "code"];"#,
        r#"string f = 1 [(buf.validate.field).string = {in: ["a", "b"]}];"#,
        "repeated string f = 1 [(buf.validate.field).repeated.items.string.uuid = true];",
        "string f = 1 [(google.api.field_behavior) = OUTPUT_ONLY];",
        "int32 f = 1; bytes b = 2; N n = 3;",
    ] {
        assert_eq!(of(said), Ok(()), "{said}");
    }
    assert_eq!(
        of("int32 f = 1 [(cast.options.v1.reading) = NUMBER];"),
        Err(PlanError::NoText("t.M.f".to_owned()))
    );
}

#[test]
fn texts_in_lists_maps_and_messages_are_read_and_their_limits_hold_afterwards() {
    let pool = compile_as_it_is(
        r#"message M {
             repeated string names = 1 [(cast.options.v1.reading) = NAME, (buf.validate.field).repeated = {unique: true, items: {string: {max_len: 4}}}];
             map<string, string> by_key = 2 [(cast.options.v1.reading) = NUMBER];
             repeated M inside = 3;
           }"#,
    );
    let message = pool.get_message_by_name("t.M").unwrap();
    let validator = validator(std::slice::from_ref(&message)).unwrap();
    let answer = |text: &str| validator.message(&message, &json(&message, text).encode_to_vec());
    let read = answer(r#"{"inside":[{},{"names":[" 王 芳 ","O’Neil"],"byKey":{" k ":"１ ２"}}]}"#);
    let problem = read.unwrap_err();
    assert_eq!(
        problem.violations()[0].0,
        "inside[1].names[1]",
        "of six characters"
    );
    let read = answer(r#"{"inside":[{"names":["　王　芳　"],"byKey":{" k ":"１ ２"}}]}"#).unwrap();
    assert_eq!(
        read,
        json(
            &message,
            r#"{"inside":[{"names":["王 芳"],"byKey":{" k ":"12"}}]}"#
        )
    );
    // Duplicates after normalising.
    let problem = answer(r#"{"names":["王•芳","王・芳"]}"#).unwrap_err();
    assert_eq!(problem.violations()[0].0, "names");
    let problem = answer(r#"{"names":["\u202e王"],"byKey":{"k":"\u200b"}}"#).unwrap_err();
    let fields: Vec<_> = problem
        .violations()
        .iter()
        .map(|(field, _)| field.as_str())
        .collect();
    assert_eq!(fields, ["names[0]", "by_key[]"]);
}

#[test]
fn a_million_texts_that_cannot_be_read_become_few_violations() {
    let pool =
        compile_as_it_is("message M { repeated string f = 1 [(cast.options.v1.reading) = LINE]; }");
    let message = pool.get_message_by_name("t.M").unwrap();
    let validator = validator(std::slice::from_ref(&message)).unwrap();
    let mut many = json(
        &message,
        &format!(r#"{{"f":[{}"\u200b"]}}"#, r#""\u200b","#.repeat(10_000)),
    );
    assert_eq!(validator.read(&mut many).refused.len(), 20);
}
