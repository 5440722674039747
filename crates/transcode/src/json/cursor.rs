//! The reader's position in the body, and its output.

use std::fmt::Write as _;

use prost::encoding::encode_key;
use proto::reasons;
use serde::de::Error;

use problem::{Problem, Words};

use crate::schema::Schema;

/// The reader's position in the body, and its output.
pub(super) struct Cursor<'s> {
    pub(super) schema: &'s Schema,
    pub(super) out: Vec<u8>,
    pub(super) path: Vec<Step<'s>>,
    /// The problem with the value at `path`. Kept here because a deserializer's error is only a text.
    fault: Option<Words>,
}

/// One step of the path.
pub(super) enum Step<'s> {
    Field(&'s str),
    Index(usize),
    Key(String),
}

/// A started length-delimited field: the positions of its key and of its content.
pub(super) struct Begun {
    key: usize,
    content: usize,
}

impl<'s> Cursor<'s> {
    /// At the root of a body of about this many bytes.
    pub(super) fn new(schema: &'s Schema, length: usize) -> Self {
        Self {
            schema,
            out: Vec::with_capacity(length),
            path: Vec::new(),
            fault: None,
        }
    }

    pub(super) fn fail<E: Error>(&mut self, words: Words) -> E {
        self.fault.get_or_insert(words);
        E::custom("")
    }

    /// Starts a length-delimited field; one byte is reserved for its length, which is enough for most.
    pub(super) fn begin(&mut self, number: u32) -> Begun {
        let key = self.out.len();
        encode_key(
            number,
            prost::encoding::WireType::LengthDelimited,
            &mut self.out,
        );
        self.out.push(0);
        Begun {
            key,
            content: self.out.len(),
        }
    }

    pub(super) fn end(&mut self, begun: &Begun) {
        let length = self.out.len() - begun.content;
        let mut prefix = Vec::with_capacity(5);
        prost::encoding::encode_varint(length as u64, &mut prefix);
        self.out.splice(begun.content - 1..begun.content, prefix);
    }

    /// Removes a started field.
    pub(super) fn cancel(&mut self, begun: &Begun) {
        self.out.truncate(begun.key);
    }

    pub(super) fn problem(self, error: &serde_json::Error) -> Problem {
        let path = self.path();
        let (line, column) = (error.line(), error.column());
        let problem = Problem::of(&reasons::MALFORMED_REQUEST);
        let unexpected = || Words::new("is not of the documented type", "类型与接口文档不符");
        if let Some(fault) = self.fault.or_else(|| error.is_data().then(unexpected)) {
            let problem = problem.saying(Words::new(
                format!(
                    "Line {line}, column {column}: {} {}.",
                    if path.is_empty() { "the body" } else { &path },
                    fault.en
                ),
                format!(
                    "第 {line} 行第 {column} 列：{} {}。",
                    if path.is_empty() { "请求体" } else { &path },
                    fault.zh
                ),
            ));
            return if path.is_empty() {
                problem
            } else {
                problem.field(path, fault)
            };
        }
        // serde_json's syntax errors describe only the grammar and never repeat the input.
        let text = error.to_string();
        let grammar = text.split(" at line ").next().unwrap_or_default();
        let (en, zh) = if path.is_empty() {
            <_>::default()
        } else {
            (format!(" in {path}"), format!("（{path}）"))
        };
        problem.saying(Words::new(
            format!("Line {line}, column {column}{en}: not valid JSON, {grammar}."),
            format!("第 {line} 行第 {column} 列{zh}：不是有效的 JSON。"),
        ))
    }

    fn path(&self) -> String {
        let mut text = String::new();
        for step in &self.path {
            // Writing to a string cannot fail.
            let _ = match step {
                Step::Field(name) if text.is_empty() => write!(text, "{name}"),
                Step::Field(name) => write!(text, ".{name}"),
                Step::Index(at) => write!(text, "[{at}]"),
                Step::Key(key) if text.is_empty() => write!(text, "{}", shortened(key)),
                Step::Key(key) => write!(text, ".{}", shortened(key)),
            };
        }
        text
    }
}

/// Keys come from the client, so their length in messages is limited.
fn shortened(key: &str) -> String {
    key.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .take(100)
        .collect()
}
