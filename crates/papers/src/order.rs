//! What is asked of the program `renderer`. The other end of it is `crates/renderer/src/order.rs`; a test sends one
//! to the other.

use std::collections::BTreeMap;

use renderers::{Failure, Renderer, Work};
use serde::Serialize;
use time::Date;
use uuid::Uuid;

use crate::facts::{Fact, Facts};

/// The name of the organisation in the words of templates.
const ORGANISATION: &str = "organisation";

/// A paper that is to be made.
#[derive(Clone, Debug, Serialize)]
pub struct Order {
    /// Id of the template.
    pub template: String,
    /// Its version.
    pub version: i32,
    /// Whom it is about, as it is printed.
    pub holder: String,
    /// Who issues it.
    pub issuer: String,
    /// Its number.
    pub number: String,
    /// Day of issue in China: year, month, day.
    pub issued_on: (i32, u8, u8),
    /// The content of the QR code.
    pub link: String,
    /// What the template's words name.
    pub facts: BTreeMap<String, Fact>,
    /// Whether it is only checked that the paper can be made.
    pub check_only: bool,
}

/// What is printed beside the facts.
#[derive(Debug)]
pub(crate) struct Printed<'a> {
    pub template: &'a str,
    pub version: i32,
    pub number: &'a str,
    /// In China.
    pub issued_on: Date,
    pub link: String,
}

impl Order {
    /// The document, made for this person. To be called without a transaction.
    pub async fn made_by(&self, renderer: &Renderer, person_id: Uuid) -> Result<Vec<u8>, Failure> {
        let order = serde_json::to_vec(self).map_err(|error| Failure::Away(error.into()))?;
        renderer.ask(person_id, Work::Paper(&order)).await
    }

    /// A paper that says this.
    pub(crate) fn of(facts: &Facts, printed: Printed<'_>) -> Self {
        let day = printed.issued_on;
        let organisation = (ORGANISATION.to_owned(), Fact::same(facts.issuer.clone()));
        Self {
            template: printed.template.to_owned(),
            version: printed.version,
            holder: facts.holder.clone(),
            issuer: facts.issuer.clone(),
            number: printed.number.to_owned(),
            issued_on: (day.year(), u8::from(day.month()), day.day()),
            link: printed.link,
            facts: facts.facts.iter().cloned().chain([organisation]).collect(),
            check_only: false,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use renderers::Refusal;
    use time::macros::date;

    use super::*;

    #[test]
    fn the_renderer_reads_what_is_asked_of_it() {
        let facts = Facts {
            holder: "王芳".into(),
            issuer: "中国计算机学会".into(),
            facts: vec![("member_number".into(), Fact::same("B200000123M"))],
        };
        let printed = Printed {
            template: "membership",
            version: 1,
            number: "B-20-M2026-000001",
            issued_on: date!(2026 - 05 - 01),
            link: "https://wskx.example.cn/p/m/x".into(),
        };
        let order = serde_json::to_vec(&Order::of(&facts, printed)).unwrap();
        let read: renderer::order::Order = serde_json::from_slice(&order).unwrap();
        assert_eq!((read.template.as_str(), read.version), ("membership", 1));
        assert_eq!(read.issued_on, (2026, 5, 1));
        assert_eq!(read.facts["organisation"].zh, "中国计算机学会");
        assert_eq!(read.facts["member_number"].en, "B200000123M");
        assert!(!read.check_only);
    }

    #[test]
    fn a_refusal_of_the_renderer_is_read() {
        let refused = renderer::Error::MissingGlyphs(vec!['𠮷']);
        let said = serde_json::to_vec(&renderer::order::Refusal::from(&refused)).unwrap();
        let read: Refusal = serde_json::from_slice(&said).unwrap();
        let (code, detail) = ("MISSING_GLYPHS".to_owned(), "U+20BB7".to_owned());
        assert_eq!(read, Refusal { code, detail });
    }
}
