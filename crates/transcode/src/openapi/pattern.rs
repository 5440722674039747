//! Regular expressions: converts RE2 to ECMA-262, and generates matching texts.

use regex_syntax::{
    ParserBuilder,
    hir::{Class, Hir, HirKind, Look},
};

fn parse(pattern: &str) -> Option<Hir> {
    ParserBuilder::new().utf8(true).build().parse(pattern).ok()
}

/// Whether the empty text may match; true for a pattern that cannot be parsed.
pub(super) fn matches_empty(pattern: &str) -> bool {
    parse(pattern).is_none_or(|hir| hir.properties().minimum_len() == Some(0))
}

/// The pattern for ECMA-262 and Python. Features of RE2 only, Unicode classes and inline flags, are expanded.
pub(super) fn portable(pattern: &str) -> String {
    let foreign = [
        "\\p", "\\P", "(?", "[[:", "\\A", "\\z", "\\Q", "\\C", "\\x{",
    ];
    if !foreign.iter().any(|syntax| pattern.contains(syntax)) {
        return pattern.to_owned();
    }
    let Some(hir) = parse(pattern) else {
        return pattern.to_owned();
    };
    let mut out = String::new();
    print(&hir, &mut out);
    out
}

fn print(hir: &Hir, out: &mut String) {
    match hir.kind() {
        HirKind::Empty => {}
        HirKind::Literal(literal) => out.push_str(&escape(&String::from_utf8_lossy(&literal.0))),
        HirKind::Class(class) => print_class(class, out),
        HirKind::Look(look) => out.push_str(match look {
            Look::Start | Look::StartLF | Look::StartCRLF => "^",
            Look::End | Look::EndLF | Look::EndCRLF => "$",
            Look::WordAsciiNegate | Look::WordUnicodeNegate => "\\B",
            _ => "\\b",
        }),
        HirKind::Repetition(repetition) => {
            out.push_str("(?:");
            print(&repetition.sub, out);
            out.push(')');
            out.push_str(&match (repetition.min, repetition.max) {
                (0, None) => "*".to_owned(),
                (1, None) => "+".to_owned(),
                (0, Some(1)) => "?".to_owned(),
                (min, None) => format!("{{{min},}}"),
                (min, Some(max)) => format!("{{{min},{max}}}"),
            });
        }
        HirKind::Capture(capture) => {
            out.push_str("(?:");
            print(&capture.sub, out);
            out.push(')');
        }
        HirKind::Concat(parts) => parts.iter().for_each(|part| print(part, out)),
        HirKind::Alternation(parts) => {
            out.push_str("(?:");
            for (at, part) in parts.iter().enumerate() {
                if at > 0 {
                    out.push('|');
                }
                print(part, out);
            }
            out.push(')');
        }
    }
}

fn print_class(class: &Class, out: &mut String) {
    let Class::Unicode(class) = class else { return };
    out.push('[');
    for range in class.iter() {
        // Inside a class the hyphen is syntax, too.
        let bound = |c: char| {
            if c == '-' {
                r"\-".to_owned()
            } else {
                escape(&c.to_string())
            }
        };
        out.push_str(&bound(range.start()));
        if range.end() > range.start() {
            out.push('-');
            out.push_str(&bound(range.end()));
        }
    }
    out.push(']');
}

/// Text as a pattern that matches exactly it. Only syntax characters may be escaped in ECMA-262.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if r"^$\.*+?()[]{}|/".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A text that the pattern matches, from the most typical alternatives.
pub(super) fn example(pattern: &str) -> Option<String> {
    let mut out = String::new();
    write_example(&parse(pattern)?, &mut out);
    Some(out)
}

fn write_example(hir: &Hir, out: &mut String) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => out.push_str(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(Class::Unicode(class)) => {
            // Ascending digits, so that a number looks like one.
            let digit =
                char::from_digit(u32::try_from(out.len() % 9 + 1).unwrap_or(1), 10).unwrap_or('1');
            let candidates = [digit, '1', 'a', 'A', 'x', '中'];
            let inside = |c: &char| {
                class
                    .iter()
                    .any(|range| range.start() <= *c && *c <= range.end())
            };
            let first = class.iter().next().map(|range| range.start());
            out.extend(candidates.into_iter().find(inside).or(first));
        }
        HirKind::Class(Class::Bytes(_)) => {}
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(repetition.min + 3);
            let times = if repetition.min == 0 {
                most.min(1)
            } else {
                repetition.min
            };
            (0..times).for_each(|_| write_example(&repetition.sub, out));
        }
        HirKind::Capture(capture) => write_example(&capture.sub, out),
        HirKind::Concat(parts) => parts.iter().for_each(|part| write_example(part, out)),
        HirKind::Alternation(parts) => parts
            .iter()
            .take(1)
            .for_each(|part| write_example(part, out)),
    }
}
