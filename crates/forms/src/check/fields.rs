//! One field: whether it has what its type needs, and nothing else.

use std::collections::HashSet;

use serde_json::Value;

use crate::{
    day::Day,
    definition::{Binding, Choice, Field, Kind, Words},
    flaws::Flaws,
    form::Ready,
    numbers,
    value::{self, OTHER},
};

/// The largest `integer`, in either direction.
const INTEGER: i64 = 999_999_999;
/// The largest sum, in fen.
const MONEY: i64 = 10_000_000_000_000;
/// The most steps of a scale.
const STEPS: i64 = 11;

/// The least and the most that a type allows, and what it is without limits of its own.
struct Range {
    least: i64,
    most: i64,
    usual: (i64, i64),
}

fn range(field: &Field) -> Option<Range> {
    let same = |least, most| Range {
        least,
        most,
        usual: (least, most),
    };
    let count = |size: usize| i64::try_from(size).unwrap_or(i64::MAX);
    let options = count(field.options.len()) + i64::from(field.other);
    Some(match field.kind {
        Kind::Text => Range {
            usual: (0, 200),
            ..same(0, 500)
        },
        Kind::Paragraphs => Range {
            usual: (0, 2000),
            ..same(0, 5000)
        },
        Kind::Integer | Kind::Scale => same(-INTEGER, INTEGER),
        Kind::Money => same(0, MONEY),
        Kind::Decimal => same(-999_999_999_999_999, 999_999_999_999_999),
        Kind::Date => same(10_101, 99_991_231),
        Kind::Multiple => same(0, options),
        Kind::Ranking => Range {
            usual: (options, options),
            ..same(1, options)
        },
        Kind::File => Range {
            usual: (0, 5),
            ..same(0, 10)
        },
        Kind::Table => Range {
            usual: (0, 20),
            ..same(0, 50)
        },
        _ => return None,
    })
}

/// A field that can be evaluated, without its condition. `column`: of a table.
pub(super) fn ready(field: &mut Field, path: &str, column: bool, flaws: &mut Flaws) -> Ready {
    key(&field.key, &format!("{path}.key"), flaws);
    flaws.words(&format!("{path}.title"), &mut field.title, 1, 200, false);
    let help = if field.kind == Kind::Agree {
        5000
    } else {
        1000
    };
    flaws.words(&format!("{path}.help"), &mut field.help, 0, help, true);
    flaws.words(&format!("{path}.unit"), &mut field.unit, 0, 20, false);
    parts(field, path, column, flaws);
    let (min, max) = limits(field, path, flaws);
    let columns = field.columns.iter_mut().enumerate();
    let columns = columns
        .map(|(at, column)| ready(column, &format!("{path}.columns[{at}]"), true, flaws))
        .collect();
    Ready {
        field: field.clone(),
        section: 0,
        condition: None,
        min,
        max,
        columns,
    }
}

fn key(key: &str, path: &str, flaws: &mut Flaws) {
    if !numbers::is_key(key) {
        flaws.add(
            path,
            "No key; a small letter, then small letters, digits and underscores, at most 60 characters.",
            "字段标识须以小写字母开头，只含小写字母、数字和下划线，至多 60 个字符。",
        );
    }
}

/// What belongs to some types only.
fn parts(field: &mut Field, path: &str, column: bool, flaws: &mut Flaws) {
    let kind = field.kind;
    let mut only = |present: bool, part: &str, kinds: &[Kind]| {
        if present && !kinds.contains(&kind) {
            flaws.add(
                &format!("{path}.{part}"),
                "Does not belong to a field of this type; leave it out.",
                "此类型的字段没有这一设置，请删去。",
            );
        }
    };
    let chosen = [Kind::Single, Kind::Multiple, Kind::Ranking, Kind::Matrix];
    let limited = [
        Kind::Text,
        Kind::Paragraphs,
        Kind::Integer,
        Kind::Scale,
        Kind::Money,
        Kind::Decimal,
        Kind::Date,
        Kind::Multiple,
        Kind::Ranking,
        Kind::File,
        Kind::Table,
    ];
    only(!field.options.is_empty(), "options", &chosen);
    only(field.other, "other", &[Kind::Single, Kind::Multiple]);
    only(!field.rows.is_empty(), "rows", &[Kind::Matrix]);
    only(!field.columns.is_empty(), "columns", &[Kind::Table]);
    only(
        field.unit != Words::default(),
        "unit",
        &[Kind::Decimal, Kind::Integer],
    );
    only(field.min.is_some(), "min", &limited);
    only(field.max.is_some(), "max", &limited);
    let bound = match field.binding {
        Some(Binding::PersonName | Binding::Workplace) => Some(Kind::Text),
        Some(Binding::PersonNumber) => Some(Kind::Person),
        None => None,
    };
    only(
        bound.is_some_and(|bound| bound != kind || column),
        "binding",
        &[],
    );
    if field.exported && field.sensitive {
        flaws.add(
            &format!("{path}.exported"),
            "A sensitive field cannot be a column of a list; choose one of the two.",
            "敏感字段不能列入清单，请只选其一。",
        );
    }
    if chosen.contains(&kind) {
        let most = if kind == Kind::Matrix { 10 } else { 200 };
        choices(
            &mut field.options,
            2,
            most,
            &format!("{path}.options"),
            flaws,
        );
    }
    if kind == Kind::Matrix {
        choices(&mut field.rows, 1, 30, &format!("{path}.rows"), flaws);
    }
    if kind == Kind::Table {
        let mut keys = HashSet::new();
        flaws.size(&format!("{path}.columns"), field.columns.len(), 1, 10);
        for (at, column) in field.columns.iter().enumerate() {
            if !keys.insert(&column.key) {
                repeated(&format!("{path}.columns[{at}].key"), &column.key, flaws);
            }
        }
    }
    if column {
        let plain = [
            Kind::Text,
            Kind::Integer,
            Kind::Decimal,
            Kind::Money,
            Kind::Date,
            Kind::Single,
            Kind::YesNo,
            Kind::Division,
            Kind::Discipline,
            Kind::Person,
        ];
        if !plain.contains(&kind) {
            flaws.add(
                &format!("{path}.type"),
                "No type for a column of a table; choose a simpler one.",
                "表格的列不能用这种类型，请换一种简单的类型。",
            );
        }
        if field.condition.is_some() {
            flaws.add(
                &format!("{path}.condition"),
                "A column has no condition; put it on the table.",
                "表格的列不能设显示条件，请设在整个表格上。",
            );
        }
    }
}

fn choices(choices: &mut [Choice], least: usize, most: usize, path: &str, flaws: &mut Flaws) {
    flaws.size(path, choices.len(), least, most);
    let mut keys = HashSet::new();
    for (at, choice) in choices.iter_mut().enumerate() {
        key(&choice.key, &format!("{path}[{at}].key"), flaws);
        flaws.words(
            &format!("{path}[{at}].title"),
            &mut choice.title,
            1,
            200,
            false,
        );
        if choice.key == OTHER {
            flaws.add(
                &format!("{path}[{at}].key"),
                "`other` is reserved for another answer; set `other` on the field instead.",
                "“other”留作“其他”使用，请改用字段的“其他”设置。",
            );
        }
        if !keys.insert(choice.key.clone()) {
            repeated(&format!("{path}[{at}].key"), &choice.key, flaws);
        }
    }
}

fn repeated(path: &str, key: &str, flaws: &mut Flaws) {
    flaws.add(
        path,
        format!("The key {key:?} is used before; choose another."),
        format!("标识“{key}”已经用过，请换一个。"),
    );
}

/// The limits as numbers.
fn limits(field: &mut Field, path: &str, flaws: &mut Flaws) -> (Option<i64>, Option<i64>) {
    let Some(range) = range(field) else {
        return (None, None);
    };
    let mut limit = |value: &Option<Value>, part: &str, usual: i64| {
        let Some(value) = value else {
            return usual;
        };
        let number = match field.kind {
            Kind::Decimal => value.as_str().and_then(numbers::millionths),
            Kind::Date => value.as_str().and_then(Day::parse).map(Day::ordinal),
            _ => value::whole(value),
        };
        match number {
            Some(number) if (range.least..=range.most).contains(&number) => number,
            _ => {
                flaws.add(
                    &format!("{path}.{part}"),
                    "No limit for a field of this type; see the documentation of forms.",
                    "此上限或下限不适用于该类型，或超出允许的范围。",
                );
                usual
            }
        }
    };
    let min = limit(&field.min, "min", range.usual.0);
    // A limit above the usual one also raises the other, as with a text of at least 300 characters.
    let max = limit(&field.max, "max", range.usual.1.max(min));
    if min > max {
        flaws.add(
            &format!("{path}.min"),
            "Larger than the most; exchange the two.",
            "下限大于上限，请更正。",
        );
    }
    if field.kind == Kind::Scale
        && (field.min.is_none()
            || field.max.is_none()
            || max.saturating_sub(min) >= STEPS
            || min == max)
    {
        flaws.add(
            &format!("{path}.max"),
            "A scale needs its first and last step, 2 to 11 steps.",
            "量表须设起点和终点，共 2 至 11 级。",
        );
    }
    (Some(min), Some(max))
}
