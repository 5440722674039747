//! Forms and answers that a seed determines, with what the evaluator of `crates/forms` says of them: the portal's evaluator is compared
//! with it.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::Path,
};

use anyhow::{Context as _, Result};
use forms::{Bound, Day, check};
use serde_json::{Map, Value, json};

/// A sequence that a seed determines (xorshift64*).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let rolled = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(rolled).unwrap_or(0) % sides
    }

    fn often(&mut self, of: usize) -> bool {
        self.roll(of) != 0
    }

    fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.roll(of.len())]
    }
}

const KINDS: [&str; 20] = [
    "text",
    "paragraphs",
    "integer",
    "decimal",
    "money",
    "date",
    "period",
    "single",
    "multiple",
    "ranking",
    "matrix",
    "scale",
    "yesNo",
    "division",
    "discipline",
    "organisation",
    "person",
    "file",
    "table",
    "agree",
];
const COLUMNS: [&str; 6] = ["text", "integer", "decimal", "date", "single", "person"];
const TEXTS: [&str; 16] = [
    "",
    "a",
    "b",
    "清华大学",
    "  two  words ",
    "\u{200b}",
    "\u{202e}x",
    "line\r\n\r\n\n two\u{2028}three",
    "e\u{301}",
    "\u{e816}字",
    "𠮷\u{fe00}",
    "ａｂ",
    "\u{3000}blank\u{a0}\u{3000}s\u{85}",
    "a\u{7}b",
    "x\ty",
    "ß",
];
const DAYS: [&str; 8] = [
    "2024-02-29",
    "2023-02-29",
    "2008-11-29",
    "2008-11-30",
    "0001-01-01",
    "9999-12-31",
    "2026-1-1",
    "20260101",
];
const DECIMALS: [&str; 10] = [
    "0",
    "-0.0",
    "12.50",
    "012",
    "1e3",
    "999999999.999999",
    "1.0000001",
    "－１．５",
    ".5",
    "1 000",
];
const CODES: [&str; 14] = [
    "520",
    "５２0",
    "110108",
    "１１０１０８",
    "11-01-08",
    "11010",
    "1000000000000002",
    "1000-0000-0000-0002",
    "100000000000007x",
    "10000000000000Ⅹ8",
    "0190A000-0000-7000-8000-000000000001",
    "0190a000-0000-7000-8000-000000000001",
    "ﬀß",
    "·",
];
const UPLOADS: [&str; 4] = [
    "0190a000-0000-7000-8000-000000000001",
    "0190A000-0000-7000-8000-000000000001",
    "0190a000-0000-7000-8000-000000000002",
    "0190a000-0000-7000-8000-00000000000f",
];

fn words(text: &str) -> Value {
    json!({ "zh": text })
}

fn choices(keys: &[&str]) -> Value {
    keys.iter()
        .map(|key| json!({ "key": key, "title": words(key) }))
        .collect()
}

fn field(dice: &mut Dice, key: &str, kind: &str, earlier: &[(String, String)]) -> Value {
    let mut field = json!({ "key": key, "type": kind, "title": words("题") });
    if !dice.often(2) {
        field["required"] = true.into();
    }
    match kind {
        "single" | "multiple" => {
            field["options"] = choices(&["a", "b", "c"]);
            field["other"] = dice.often(2).into();
        }
        "ranking" => field["options"] = choices(&["a", "b", "c"]),
        "matrix" => {
            field["options"] = choices(&["a", "b"]);
            field["rows"] = choices(&["r", "s"]);
        }
        "scale" => (field["min"], field["max"]) = (1.into(), 5.into()),
        "table" => {
            let columns: Vec<Value> = ["p", "q"]
                .iter()
                .map(|key| {
                    let kind = dice.one(&COLUMNS);
                    self::field(dice, key, kind, &[])
                })
                .collect();
            field["columns"] = columns.into();
        }
        _ => {}
    }
    if !dice.often(3) {
        let (min, max): (Value, Value) = match kind {
            "text" | "paragraphs" => (2.into(), 6.into()),
            "integer" | "money" => (1.into(), 100.into()),
            "decimal" => ("0.5".into(), "12.5".into()),
            "date" => ("2008-11-30".into(), "2026-01-01".into()),
            "multiple" | "ranking" => (2.into(), 3.into()),
            "file" => (1.into(), 2.into()),
            "table" => (1.into(), 2.into()),
            _ => (Value::Null, Value::Null),
        };
        if !min.is_null() {
            (field["min"], field["max"]) = (min, max);
        }
    }
    if !earlier.is_empty() && dice.often(3) {
        field["condition"] = condition(dice, earlier, 3);
    }
    match kind {
        "text" if !dice.often(8) && key.starts_with('f') => {
            let workplace = dice.often(2);
            field["binding"] = if workplace { "workplace" } else { "personName" }.into();
        }
        "person" if !dice.often(8) && key.starts_with('f') => {
            field["binding"] = "personNumber".into()
        }
        _ => {}
    }
    field
}

fn condition(dice: &mut Dice, earlier: &[(String, String)], depth: usize) -> Value {
    if depth > 0 && !dice.often(2) {
        let mut inner = || condition(dice, earlier, depth - 1);
        let (one, other) = (inner(), inner());
        return match dice.roll(3) {
            0 => json!({ "and": [one, other] }),
            1 => json!({ "or": [one, other] }),
            _ => json!({ "not": one }),
        };
    }
    let (key, kind) = &earlier[dice.roll(earlier.len())];
    let orders = ["eq", "ne", "lt", "le", "gt", "ge"];
    let same = ["eq", "ne"];
    let compare = |is: &str, to: Value| json!({ "compare": { "field": key, "is": is, "to": to } });
    if !dice.often(4) {
        return json!({ "empty": { "field": key } });
    }
    match kind.as_str() {
        "integer" | "money" | "scale" => {
            let to = [0, 1, 3, 5, 100][dice.roll(5)];
            if dice.often(3) {
                compare(dice.one(&orders), to.into())
            } else {
                json!({ "in": { "field": key, "values": [1, 3, to] } })
            }
        }
        "decimal" => compare(dice.one(&orders), dice.one(&["0", "12.5", "-1.5"]).into()),
        "date" => {
            let is = dice.one(&orders);
            if dice.often(2) {
                compare(is, json!({ "todayPlusYears": -18 }))
            } else {
                compare(is, "2024-02-29".into())
            }
        }
        "yesNo" | "agree" => compare(dice.one(&same), dice.often(2).into()),
        "text" => compare(dice.one(&same), dice.one(&["a", "two words"]).into()),
        "single" => compare(dice.one(&same), dice.one(&["a", "b"]).into()),
        "division" => compare(dice.one(&same), "110108".into()),
        "discipline" => compare(dice.one(&same), "520".into()),
        "person" => json!({ "in": { "field": key, "values": ["1000000000000002", "A"] } }),
        "organisation" => compare(
            dice.one(&same),
            "0190a000-0000-7000-8000-000000000001".into(),
        ),
        "multiple" if dice.often(2) => json!({ "in": { "field": key, "values": ["a", "c"] } }),
        "multiple" | "ranking" | "matrix" | "file" | "table" => {
            json!({ "count": { "field": key, "is": dice.one(&orders), "to": dice.roll(4) } })
        }
        _ => json!({ "not": { "empty": { "field": key } } }),
    }
}

fn answer(dice: &mut Dice, kind: &str) -> Value {
    if !dice.often(8) {
        let strange = [
            "text", "integer", "multiple", "matrix", "yesNo", "file", "table",
        ];
        let other = dice.one(&strange);
        return if other == kind {
            Value::Null
        } else {
            answer(dice, other)
        };
    }
    let option = |dice: &mut Dice| -> Value {
        match dice.roll(8) {
            0 => json!({ "other": dice.one(&TEXTS) }),
            1 => "z".into(),
            _ => dice.one(&["a", "b", "c"]).into(),
        }
    };
    match kind {
        "text" | "paragraphs" => dice.one(&TEXTS).into(),
        "integer" | "money" | "scale" => match dice.roll(9) {
            0 => json!(1.5),
            1 => json!(-0.0),
            2 => json!(1e20),
            3 => json!(3.0),
            n => [0, 1, 3, 5, 100, -1, 1_000_000_000, 10_000_000_000_001_i64][n - 4 + dice.roll(4)]
                .into(),
        },
        "decimal" => dice.one(&DECIMALS).into(),
        "date" => dice.one(&DAYS).into(),
        "period" => {
            let mut period = json!({ "from": dice.one(&DAYS), "to": dice.one(&DAYS) });
            match dice.roll(5) {
                0 => period["to"] = Value::Null,
                1 => period["from"] = "".into(),
                2 => period["x"] = 1.into(),
                _ => {}
            }
            period
        }
        "single" => option(dice),
        "multiple" | "ranking" => (0..dice.roll(5)).map(|_| option(dice)).collect(),
        "matrix" => {
            let mut rows = Map::new();
            for row in ["r", "s", "t"] {
                if dice.often(3) {
                    rows.insert(row.into(), option(dice));
                }
            }
            Value::Object(rows)
        }
        "yesNo" | "agree" => dice.often(2).into(),
        "file" => (0..dice.roll(4))
            .map(|_| match dice.roll(12) {
                0 => json!(7),
                1 => dice.one(&CODES).into(),
                _ => dice.one(&UPLOADS).into(),
            })
            .collect(),
        "table" => (0..dice.roll(4))
            .map(|_| {
                let mut row = Map::new();
                for key in ["p", "q", "x"] {
                    if dice.roll(if key == "x" { 9 } else { 3 }) > if key == "x" { 7 } else { 0 } {
                        let kind = dice.one(&COLUMNS);
                        row.insert(key.into(), answer(dice, kind));
                    }
                }
                Value::Object(row)
            })
            .collect(),
        _ => dice.one(&CODES).into(),
    }
}

/// Writes forms with so many sets of answers each, and what their evaluation gives, one JSON object a line.
pub fn write(file: &Path, seed: u64, forms: usize, answers: usize) -> Result<()> {
    let place = || file.display().to_string();
    let mut dice = Dice(seed | 1);
    let mut out = BufWriter::new(File::create(file).with_context(place)?);
    let today = Day::of(2026, 11, 29).context("a day of the calendar")?;
    let bound = Bound {
        person_name: Some("王芳".into()),
        person_number: None,
        workplace: Some("清华大学".into()),
    };
    for _ in 0..forms {
        let mut earlier: Vec<(String, String)> = Vec::new();
        let mut sections = Vec::new();
        for at in 0..=dice.roll(2) {
            let condition = (at > 0 && dice.often(2)).then(|| condition(&mut dice, &earlier, 2));
            let mut fields = Vec::new();
            for _ in 0..=dice.roll(4) {
                let (key, kind) = (format!("f{}", earlier.len()), dice.one(&KINDS));
                fields.push(field(&mut dice, &key, kind, &earlier));
                earlier.push((key, kind.to_owned()));
            }
            let mut section = json!({ "fields": fields });
            if let Some(condition) = condition {
                section["condition"] = condition;
            }
            sections.push(section);
        }
        let definition = json!({ "pages": [{ "sections": sections }] });
        let form = check(&definition).map_err(|flaws| anyhow::anyhow!("{flaws:?} {definition}"))?;
        let cases: Vec<Value> = (0..answers)
            .map(|_| {
                let mut given = Map::new();
                for (key, kind) in &earlier {
                    if dice.often(6) {
                        given.insert(key.clone(), answer(&mut dice, kind));
                    }
                }
                if !dice.often(20) {
                    given.insert("stranger".into(), 1.into());
                }
                let result = form.evaluate(given.clone(), today, &bound);
                let found: Vec<Value> = result
                    .findings()
                    .iter()
                    .map(|finding| json!([finding.path, finding.code.as_str()]))
                    .collect();
                let shown: Vec<&str> = result.shown().collect();
                let dropped: Vec<&str> = result.dropped().collect();
                let rest =
                    json!({ "given": given, "shown": shown, "dropped": dropped, "found": found });
                let mut case = rest;
                case["answers"] = Value::Object(result.into_answers());
                case
            })
            .collect();
        let line = json!({ "form": form.to_json(), "cases": cases });
        writeln!(out, "{line}").with_context(place)?;
    }
    out.flush().with_context(place)
}
