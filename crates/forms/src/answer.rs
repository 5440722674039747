//! One answer: what it means and whether it is of its type.

use serde_json::{Map, Value};
use text::{Reading, Unreadable};

use crate::{
    day::Day,
    definition::{Choice, Kind},
    finding::{Code, Finding},
    form::Ready,
    numbers,
    value::{OTHER, number, text, whole},
};

/// The most characters of such an answer.
pub(crate) const OTHER_LENGTH: usize = 200;
/// What `min` and `max` limit, of an answer in normal form.
pub(crate) fn measure(kind: Kind, value: &Value) -> Option<i64> {
    let size = match kind {
        Kind::Text | Kind::Paragraphs => value.as_str()?.chars().count(),
        Kind::Multiple | Kind::Ranking | Kind::File | Kind::Table => value.as_array()?.len(),
        _ => return number(kind, value),
    };
    i64::try_from(size).ok()
}

fn is_none(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(object) => object.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The answer in normal form; `None` if there is none, or if it is wrong: then `found` says why.
pub(crate) fn read(
    ready: &Ready,
    value: Value,
    path: &str,
    found: &mut Vec<Finding>,
) -> Option<Value> {
    if is_none(&value) {
        return None;
    }
    let field = &ready.field;
    let mut wrong = |code| {
        found.push(Finding::new(path, code));
        None
    };
    let read = match (field.kind, value) {
        (Kind::Text, Value::String(typed)) => plain(Reading::Line, typed, path, found)?,
        (Kind::Paragraphs, Value::String(typed)) => plain(Reading::Paragraphs, typed, path, found)?,
        (Kind::Integer | Kind::Scale | Kind::Money, value) => match whole(&value) {
            Some(number) => Value::from(number),
            None => return wrong(Code::WrongType),
        },
        (Kind::Decimal, Value::String(typed)) => {
            match numbers::millionths(&text::address(&typed)) {
                Some(millionths) => Value::from(numbers::decimal(millionths)),
                None => return wrong(Code::BadNumber),
            }
        }
        (Kind::Date, Value::String(typed)) => match Day::parse(&typed) {
            Some(_) => Value::from(typed),
            None => return wrong(Code::NotADay),
        },
        (Kind::Period, Value::Object(period)) => period_of(period, path, found)?,
        (Kind::Single, value) => choice(ready, value, path, found)?,
        (Kind::Multiple, Value::Array(chosen)) => several(ready, chosen, path, found)?,
        (Kind::Ranking, Value::Array(ranked)) => several(ready, ranked, path, found)?,
        (Kind::Matrix, Value::Object(rows)) => matrix(ready, rows, path, found)?,
        (Kind::YesNo, Value::Bool(yes)) => Value::Bool(yes),
        (Kind::Agree, Value::Bool(agreed)) => {
            if !agreed {
                return None;
            }
            Value::Bool(true)
        }
        (Kind::Division, Value::String(typed)) => coded(
            Reading::Number.read(&typed).into_owned(),
            numbers::is_division,
            path,
            found,
        )?,
        (Kind::Discipline, Value::String(typed)) => coded(
            Reading::Number.read(&typed).into_owned(),
            numbers::is_discipline,
            path,
            found,
        )?,
        (Kind::Organisation, Value::String(typed)) => {
            coded(typed.to_ascii_lowercase(), numbers::is_uuid, path, found)?
        }
        (Kind::Person, Value::String(typed)) => coded(
            Reading::Number.read(&typed).into_owned(),
            numbers::is_person_number,
            path,
            found,
        )?,
        (Kind::File, Value::Array(uploads)) => files(uploads, path, found)?,
        (Kind::Table, Value::Array(rows)) => table(ready, rows, path, found)?,
        _ => return wrong(Code::WrongType),
    };
    limited(ready, read, path, found)
}

fn limited(ready: &Ready, read: Value, path: &str, found: &mut Vec<Finding>) -> Option<Value> {
    let kind = ready.field.kind;
    let Some(size) = measure(kind, &read) else {
        return Some(read);
    };
    let (below, above) = match kind {
        Kind::Text | Kind::Paragraphs => (Code::TooShort, Code::TooLong),
        Kind::Multiple | Kind::Ranking | Kind::File | Kind::Table => (Code::TooFew, Code::TooMany),
        Kind::Date => (Code::TooEarly, Code::TooLate),
        _ => (Code::TooSmall, Code::TooLarge),
    };
    let (code, limit) = match (ready.min, ready.max) {
        (Some(min), _) if size < min => (below, min),
        (_, Some(max)) if size > max => (above, max),
        _ => return Some(read),
    };
    found.push(Finding {
        path: path.to_owned(),
        code,
        limit: shown(kind, limit),
    });
    None
}

/// A limit as people write it.
fn shown(kind: Kind, limit: i64) -> String {
    match kind {
        Kind::Decimal => numbers::decimal(limit),
        Kind::Date => format!(
            "{:04}-{:02}-{:02}",
            limit / 10_000,
            limit / 100 % 100,
            limit % 100
        ),
        // Fen as yuan.
        Kind::Money => numbers::decimal(limit * 10_000),
        _ => limit.to_string(),
    }
}

fn plain(reading: Reading, typed: String, path: &str, found: &mut Vec<Finding>) -> Option<Value> {
    match reading.check(&typed) {
        Err(Unreadable::ShowsNothing) => return None,
        Err(Unreadable::ShowsOtherwise) => {
            found.push(Finding::new(path, Code::Unreadable));
            return None;
        }
        Ok(()) => {}
    }
    let read = match reading.read(&typed) {
        std::borrow::Cow::Borrowed(_) => typed,
        std::borrow::Cow::Owned(read) => read,
    };
    (!read.is_empty()).then(|| Value::from(read))
}

fn coded(
    read: String,
    is: fn(&str) -> bool,
    path: &str,
    found: &mut Vec<Finding>,
) -> Option<Value> {
    if read.is_empty() {
        return None;
    }
    if is(&read) {
        Some(Value::from(read))
    } else {
        found.push(Finding::new(path, Code::BadNumber));
        None
    }
}

fn has(choices: &[Choice], key: &str) -> bool {
    choices.iter().any(|choice| choice.key == key)
}

/// One option, or another answer in words.
fn choice(ready: &Ready, value: Value, path: &str, found: &mut Vec<Finding>) -> Option<Value> {
    let code = match value {
        Value::String(key) if has(&ready.field.options, &key) => return Some(Value::from(key)),
        Value::String(_) => Code::NoSuchOption,
        Value::Object(mut given) if ready.field.other && given.len() == 1 => {
            match given.get_mut(OTHER).map(Value::take) {
                Some(Value::String(typed)) => {
                    let at = format!("{path}.{OTHER}");
                    let before = found.len();
                    let Some(words) = plain(Reading::Line, typed, &at, found) else {
                        if found.len() == before {
                            found.push(Finding::new(&at, Code::Missing));
                        }
                        return None;
                    };
                    if words
                        .as_str()
                        .is_some_and(|words| words.chars().count() > OTHER_LENGTH)
                    {
                        found.push(Finding {
                            path: at,
                            code: Code::TooLong,
                            limit: OTHER_LENGTH.to_string(),
                        });
                        return None;
                    }
                    return Some(Value::Object(Map::from_iter([(OTHER.to_owned(), words)])));
                }
                _ => Code::WrongType,
            }
        }
        _ => Code::WrongType,
    };
    found.push(Finding::new(path, code));
    None
}

/// Different uploads.
fn files(uploads: Vec<Value>, path: &str, found: &mut Vec<Finding>) -> Option<Value> {
    let before = found.len();
    let mut read: Vec<Value> = Vec::with_capacity(uploads.len());
    for (at, value) in uploads.into_iter().enumerate() {
        let place = format!("{path}[{at}]");
        let Value::String(id) = value else {
            found.push(Finding::new(&place, Code::WrongType));
            continue;
        };
        let Some(one) = coded(id.to_ascii_lowercase(), numbers::is_uuid, &place, found) else {
            continue;
        };
        if read.contains(&one) {
            found.push(Finding::new(path, Code::Repeated));
            return None;
        }
        read.push(one);
    }
    (found.len() == before && !read.is_empty()).then_some(Value::Array(read))
}

/// Different options.
fn several(
    ready: &Ready,
    chosen: Vec<Value>,
    path: &str,
    found: &mut Vec<Finding>,
) -> Option<Value> {
    let before = found.len();
    let mut read: Vec<Value> = Vec::with_capacity(chosen.len());
    for (at, value) in chosen.into_iter().enumerate() {
        let Some(one) = choice(ready, value, &format!("{path}[{at}]"), found) else {
            continue;
        };
        if read.iter().any(|earlier| text(earlier) == text(&one)) {
            found.push(Finding::new(path, Code::Repeated));
            return None;
        }
        read.push(one);
    }
    (found.len() == before).then_some(Value::Array(read))
}

fn matrix(
    ready: &Ready,
    rows: Map<String, Value>,
    path: &str,
    found: &mut Vec<Finding>,
) -> Option<Value> {
    let before = found.len();
    let field = &ready.field;
    let mut read = Map::new();
    for (row, value) in rows {
        let at = format!("{path}.{row}");
        let code = match value {
            _ if !has(&field.rows, &row) => Code::UnknownKey,
            Value::String(column) if has(&field.options, &column) => {
                read.insert(row, Value::from(column));
                continue;
            }
            value if is_none(&value) => continue,
            Value::String(_) => Code::NoSuchOption,
            _ => Code::WrongType,
        };
        found.push(Finding::new(&at, code));
    }
    if field.required && !read.is_empty() {
        for row in field.rows.iter().filter(|row| !read.contains_key(&row.key)) {
            let at = format!("{path}.{}", row.key);
            if !found.iter().skip(before).any(|finding| finding.path == at) {
                found.push(Finding::new(&at, Code::Missing));
            }
        }
    }
    (found.len() == before && !read.is_empty()).then_some(Value::Object(read))
}

fn period_of(
    mut period: Map<String, Value>,
    path: &str,
    found: &mut Vec<Finding>,
) -> Option<Value> {
    let before = found.len();
    if period.keys().any(|key| key != "from" && key != "to") {
        found.push(Finding::new(path, Code::WrongType));
        return None;
    }
    let mut day = |end: &str| {
        let value = period.get_mut(end).map(Value::take).unwrap_or_default();
        if is_none(&value) {
            return None;
        }
        let day = value.as_str().and_then(Day::parse);
        if day.is_none() {
            found.push(Finding::new(&format!("{path}.{end}"), Code::NotADay));
        }
        day.map(|day| (day, value))
    };
    let (from, to) = (day("from"), day("to"));
    if found.len() > before {
        return None;
    }
    let Some((begins, from)) = from else {
        if to.is_some() {
            found.push(Finding::new(&format!("{path}.from"), Code::Missing));
        }
        return None;
    };
    let mut read = Map::from_iter([("from".to_owned(), from)]);
    if let Some((ends, to)) = to {
        if ends < begins {
            found.push(Finding::new(path, Code::Reversed));
            return None;
        }
        read.insert("to".to_owned(), to);
    }
    Some(Value::Object(read))
}

/// Rows without an answer are left out.
fn table(ready: &Ready, rows: Vec<Value>, path: &str, found: &mut Vec<Finding>) -> Option<Value> {
    let before = found.len();
    let mut read = Vec::new();
    for (at, row) in rows.into_iter().enumerate() {
        let at = format!("{path}[{at}]");
        let Value::Object(mut row) = row else {
            found.push(Finding::new(&at, Code::WrongType));
            continue;
        };
        let before_row = found.len();
        let mut cells = Map::new();
        let mut missing = Vec::new();
        for column in &ready.columns {
            let key = &column.field.key;
            let place = format!("{at}.{key}");
            let before_cell = found.len();
            let value = row.get_mut(key).map(Value::take).unwrap_or_default();
            match self::read(column, value, &place, found) {
                Some(cell) => {
                    cells.insert(key.clone(), cell);
                }
                None if found.len() == before_cell && column.field.required => {
                    missing.push(Finding::new(&place, Code::Missing));
                }
                None => {}
            }
        }
        for key in row
            .keys()
            .filter(|key| !ready.columns.iter().any(|column| column.field.key == **key))
        {
            found.push(Finding::new(&format!("{at}.{key}"), Code::UnknownKey));
        }
        if cells.is_empty() && found.len() == before_row {
            continue;
        }
        found.append(&mut missing);
        read.push(Value::Object(cells));
    }
    (found.len() == before && !read.is_empty()).then_some(Value::Array(read))
}
