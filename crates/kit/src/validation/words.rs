//! Texts of violations, in both languages. They end with what to do and never repeat the value, which may be personal
//! data.

use prost_reflect::EnumDescriptor;
use text::Unreadable;

use super::checks::{Bound, Check};
use crate::errors::Words;

impl Check {
    /// The text for a value that breaks the rule.
    pub(super) fn words(&self) -> Words {
        match self {
            Self::MinLen(1) => ("Empty; give a value.", "请填写此项。").into(),
            Self::MinLen(least) => (
                format!("Too short; give at least {least} characters."),
                format!("内容过短，请至少填写 {least} 个字符。"),
            )
                .into(),
            Self::MaxLen(most) => too_long(*most),
            Self::MinBytes(least) => (
                format!("Too short; give at least {least} bytes."),
                format!("内容过短，请至少提供 {least} 个字节。"),
            )
                .into(),
            Self::MaxBytes(most) => (
                format!("Too long; give at most {most} bytes."),
                format!("内容过长，请不要超过 {most} 个字节。"),
            )
                .into(),
            Self::Pattern(pattern) => (
                format!("Not of the right form; it must match {pattern}."),
                format!("格式有误，请按 {pattern} 的格式填写。"),
            )
                .into(),
            Self::Prefix(prefix) => (
                format!("Not of the right form; begin it with {prefix}."),
                format!("格式有误，请以 {prefix} 开头。"),
            )
                .into(),
            Self::Suffix(suffix) => (
                format!("Not of the right form; end it with {suffix}."),
                format!("格式有误，请以 {suffix} 结尾。"),
            )
                .into(),
            Self::Contains(part) => (
                format!("Not of the right form; it must contain {part}."),
                format!("格式有误，其中应含有 {part}，请检查。"),
            )
                .into(),
            Self::NotContains(part) => (
                format!("Not of the right form; it must not contain {part}."),
                format!("格式有误，请去掉其中的 {part}。"),
            )
                .into(),
            Self::OneOf(known) => one_of(&known.join(", ")),
            Self::NoneOf(known) => something_else(&known.join(", ")),
            Self::Uuid => (
                "Not an id; give a UUID of 36 characters.",
                "标识有误，请提供 36 个字符的 UUID。",
            )
                .into(),
            Self::Email => (
                "Not a mail address; correct it.",
                "邮箱地址有误，请检查后重新填写。",
            )
                .into(),
            Self::Uri => (
                "Not an address; give an absolute URI.",
                "网址有误，请填写完整的网址。",
            )
                .into(),
            Self::Whole(bound, limit) => out_of_range(*bound, &limit.to_string()),
            Self::Real(bound, limit) => out_of_range(*bound, &limit.to_string()),
            Self::WholeIn(known) => one_of(&list(known)),
            Self::WholeNotIn(known) if known.contains(&0) => (
                "Not set or not allowed here; choose a value.",
                "尚未选择，或此处不允许该选项，请重新选择。",
            )
                .into(),
            Self::WholeNotIn(known) => something_else(&list(known)),
            Self::Finite => (
                "Not a number that can be used; give a finite one.",
                "数值无效，请填写有限的数。",
            )
                .into(),
            Self::Truth(wanted) => (
                format!("Must be {wanted}; confirm it."),
                format!("请确认此项（应为 {wanted}）。"),
            )
                .into(),
            Self::Defined(known) => one_of(&names(known)),
            Self::MinItems(least) => (
                format!("Too few; give at least {least}."),
                format!("数量不足，请至少提供 {least} 项。"),
            )
                .into(),
            Self::MaxItems(most) => (
                format!("Too many; give at most {most}."),
                format!("数量过多，请不要超过 {most} 项。"),
            )
                .into(),
            Self::Unique => (
                "Something stands there twice; give each once.",
                "其中有重复的项，请去掉重复项。",
            )
                .into(),
            Self::Past => (
                "Not in the past; give an earlier time.",
                "应为过去的时间，请改为更早的时间。",
            )
                .into(),
            Self::Future => (
                "Not in the future; give a later time.",
                "应为将来的时间，请改为更晚的时间。",
            )
                .into(),
            Self::Within(span) => {
                let seconds = span / 1_000_000_000;
                (
                    format!("Too far from now; give a time within {seconds} seconds."),
                    format!("距当前时间过远，请填写前后 {seconds} 秒之内的时间。"),
                )
                    .into()
            }
            Self::Nanoseconds(bound, limit) => {
                let (en, zh) = bound.words();
                let seconds = *limit as f64 / 1e9;
                (
                    format!("Out of range; it must be {en} {seconds} seconds."),
                    format!("超出范围，请改为{zh} {seconds} 秒。"),
                )
                    .into()
            }
        }
    }
}

impl Bound {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Gt => ("greater than", "大于"),
            Self::Gte => ("at least", "不小于"),
            Self::Lt => ("less than", "小于"),
            Self::Lte => ("at most", "不大于"),
        }
    }
}

/// Longer than the maximum number of characters.
pub(super) fn too_long(most: u64) -> Words {
    (
        format!("Too long; give at most {most} characters."),
        format!("内容过长，请不要超过 {most} 个字符。"),
    )
        .into()
}

/// A required value is missing.
pub(super) fn missing() -> Words {
    ("Missing; give a value.", "请填写此项。").into()
}

/// None of these fields is set.
pub(super) fn none_of(fields: &str) -> Words {
    (
        format!("Missing; give one of {fields}."),
        format!("请填写以下各项之一：{fields}。"),
    )
        .into()
}

/// U+0000, which PostgreSQL cannot store.
pub(super) fn nul() -> Words {
    (
        "Contains a NUL character; remove it.",
        "含有空字符（NUL），请删除。",
    )
        .into()
}

/// An invalid timestamp.
pub(super) fn no_moment() -> Words {
    (
        "Out of range; give a time between the years 1 and 9999.",
        "时间超出范围，请填写公元 1 年至 9999 年之间的时间。",
    )
        .into()
}

/// An invalid duration.
pub(super) fn no_span() -> Words {
    (
        "Out of range; give a duration below 10,000 years.",
        "时长超出范围，请填写一万年以内的时长。",
    )
        .into()
}

/// A text that cannot be read.
pub(super) fn unreadable(why: Unreadable) -> Words {
    match why {
        Unreadable::ShowsNothing => (
            "Nothing in it can be seen; write something that can.",
            "其中没有可见的文字，请重新填写。",
        ),
        Unreadable::ShowsOtherwise => (
            "Contains control characters or characters that turn the direction of the text; remove them.",
            "含有控制字符或改变文字方向的字符，请删除后重新填写。",
        ),
    }
    .into()
}

fn one_of(known: &str) -> Words {
    (
        format!("Not a known value; give one of {known}."),
        format!("不是可用的值，请填写以下之一：{known}。"),
    )
        .into()
}

fn something_else(than: &str) -> Words {
    (
        format!("Not allowed here; give something else than {than}."),
        format!("此处不允许使用，请填写 {than} 以外的值。"),
    )
        .into()
}

fn out_of_range(bound: Bound, limit: &str) -> Words {
    let (en, zh) = bound.words();
    (
        format!("Out of range; give a number {en} {limit}."),
        format!("超出范围，请填写{zh} {limit} 的数。"),
    )
        .into()
}

fn list(numbers: &[i128]) -> String {
    let numbers: Vec<String> = numbers.iter().map(i128::to_string).collect();
    numbers.join(", ")
}

fn names(known: &EnumDescriptor) -> String {
    let named = known.values().filter(|value| value.number() != 0).take(20);
    let names: Vec<String> = named.map(|value| value.name().to_owned()).collect();
    names.join(", ")
}
