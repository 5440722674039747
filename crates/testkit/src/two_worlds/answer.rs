//! Answers in a form that can be compared.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use prost_reflect::{DynamicMessage, ReflectMessage as _, Value};

use tonic::{Response, Status};
use tonic_types::{ErrorDetail, StatusExt as _};

/// What a method answers in a world. For the proof that a leak is found, a test may alter it.
pub type Answer = Result<Response<DynamicMessage>, Status>;

/// Of every answer, whatever it says.
const METADATA_OF_EVERY_ANSWER: [&str; 3] = ["date", "content-type", "traceparent"];
const PAGE: &str = "next_page_token";

/// What the ids and numbers of a world are called.
#[derive(Debug)]
pub(super) struct Names {
    known: Vec<(String, String)>,
    /// Ids without a name, numbered as they appear.
    others: HashMap<String, usize>,
}

impl Names {
    pub(super) fn new(names: &[(&'static str, String)]) -> Self {
        let known = names.iter().filter(|(_, value)| !value.is_empty());
        Self {
            known: known
                .map(|(name, value)| (value.clone(), format!("{{{name}}}")))
                .collect(),
            others: HashMap::new(),
        }
    }

    /// The whole answer as text: message or error, and what was sent along.
    pub(super) fn read(&mut self, answer: Answer) -> String {
        let (mut text, metadata) = match answer {
            Ok(answer) => {
                let (metadata, mut message, _) = answer.into_parts();
                if let Some(field) = message.descriptor().get_field_by_name(PAGE)
                    && message.has_field(&field)
                {
                    message.set_field(&field, Value::String("more".to_owned()));
                }
                let json = serde_json::to_string(&message).expect("a message has a JSON form");
                (json, metadata)
            }
            Err(status) => (error(&status), status.metadata().clone()),
        };
        let mut headers: Vec<String> = metadata
            .into_headers()
            .iter()
            .filter(|(name, _)| !METADATA_OF_EVERY_ANSWER.contains(&name.as_str()))
            .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))
            .collect();
        headers.sort();
        let _ = write!(text, " {}", headers.join(", "));
        self.named(&text)
    }

    fn named(&mut self, text: &str) -> String {
        let mut named = text.to_owned();
        for (value, name) in &self.known {
            named = named.replace(value, name);
        }
        let mut result = String::with_capacity(named.len());
        let mut rest = named.as_str();
        while let Some(at) = (0..rest.len()).find(|at| is_id(rest, *at)) {
            let (before, id) = rest.split_at(at);
            let next = self.others.len();
            let number = *self.others.entry(id[..ID].to_owned()).or_insert(next);
            let _ = write!(result, "{before}{{#{number}}}");
            rest = &id[ID..];
        }
        result + rest
    }
}

/// Code, words and details. The metadata of a reason has no order on the wire.
fn error(status: &Status) -> String {
    let details = status.get_error_details_vec();
    let details: Vec<String> = details
        .into_iter()
        .map(|detail| match detail {
            ErrorDetail::ErrorInfo(info) => {
                let metadata: BTreeMap<String, String> = info.metadata.into_iter().collect();
                format!("{} {metadata:?}", info.reason)
            }
            other => format!("{other:?}"),
        })
        .collect();
    format!("{:?} {} {details:?}", status.code(), status.message())
}

/// The length of a UUID as text.
const ID: usize = 36;

fn is_id(text: &str, at: usize) -> bool {
    let Some(part) = text.get(at..at + ID) else {
        return false;
    };
    part.bytes().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}

/// The token of the page that follows, if there is one.
pub(super) fn next_page(answer: &Answer) -> Option<String> {
    let message: &DynamicMessage = answer.as_ref().ok()?.get_ref();
    let field = message.descriptor().get_field_by_name(PAGE)?;
    let token = message.get_field(&field).as_str()?.to_owned();
    (!token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_ids_have_names_and_others_numbers_in_the_order_of_their_appearance() {
        let (one, two) = (
            "0193a0e0-0000-7000-8000-000000000001",
            "0193a0e0-0000-7000-8000-000000000002",
        );
        let mut names = Names::new(&[("society", one.to_owned())]);
        assert_eq!(names.named(&format!("{one} {two} 王")), "{society} {#0} 王");
        assert_eq!(names.named(&format!("é{two}")), "é{#0}");
        assert_eq!(names.named("0193a0e0-0000-7000"), "0193a0e0-0000-7000");
    }
}
