//! Templates: the words of a kind of paper, in Chinese and English. Data in `templates/`; a change is a new version, because what was
//! issued keeps its words.

use serde::Deserialize;

use crate::{
    error::Error,
    order::{Fact, Order},
};

/// The words of a kind of paper.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Its id.
    pub id: String,
    /// Counted from 1.
    pub version: u32,
    /// The edition of the fonts.
    pub fonts: String,
    title: Fact,
    body: Fact,
    number: Fact,
    scan: Fact,
    note: Fact,
}

/// What stands on a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// What it is.
    pub title: Fact,
    /// Whom it is about.
    pub holder: String,
    /// What it says.
    pub body: Fact,
    /// What the number is.
    pub number_label: Fact,
    /// The number.
    pub number: String,
    /// Beside the code.
    pub scan: Fact,
    /// Small, at the foot.
    pub note: Fact,
    /// Who issues it.
    pub issuer: String,
    /// The day of issue.
    pub issued_on: Fact,
    /// The content of the code.
    pub link: String,
}

const ALL: [&str; 2] = [
    include_str!("../templates/membership-1.toml"),
    include_str!("../templates/attendance-1.toml"),
];

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

impl Template {
    /// The template of this id and version.
    pub fn of(id: &str, version: u32) -> Result<Self, Error> {
        ALL.iter()
            .filter_map(|data| toml::from_str::<Self>(data).ok())
            .find(|template| template.id == id && template.version == version)
            .ok_or(Error::TemplateUnknown)
    }

    /// The words of a page.
    pub(crate) fn fill(self, order: &Order) -> Result<Words, Error> {
        let (year, month, day) = order.issued_on;
        let name = usize::from(month)
            .checked_sub(1)
            .and_then(|m| MONTHS.get(m));
        let name = name.ok_or(Error::Order)?;
        Ok(Words {
            title: self.title,
            holder: order.holder.clone(),
            body: Fact {
                zh: fill(&self.body.zh, order, |fact| &fact.zh)?,
                en: fill(&self.body.en, order, |fact| &fact.en)?,
            },
            number_label: self.number,
            number: order.number.clone(),
            scan: self.scan,
            note: self.note,
            issuer: order.issuer.clone(),
            issued_on: Fact {
                zh: format!("{year}年{month}月{day}日"),
                en: format!("{day} {name} {year}"),
            },
            link: order.link.clone(),
        })
    }
}

/// Puts facts where the words name them: `{joined_on}`. What a fact says is never read as a name.
fn fill<'a>(
    words: &str,
    order: &'a Order,
    language: impl Fn(&'a Fact) -> &'a String,
) -> Result<String, Error> {
    let mut filled = String::new();
    let mut rest = words;
    while let Some((before, behind)) = rest.split_once('{') {
        let (name, behind) = behind.split_once('}').ok_or(Error::TemplateUnknown)?;
        let fact = order.facts.get(name);
        let fact = fact.ok_or_else(|| Error::FactMissing(name.to_owned()))?;
        filled.push_str(before);
        filled.push_str(language(fact));
        rest = behind;
    }
    filled.push_str(rest);
    Ok(filled)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::edition::Edition;

    #[test]
    fn every_template_can_be_read_and_is_for_the_present_fonts() {
        let edition = Edition::present().unwrap();
        for data in ALL {
            let template: Template = toml::from_str(data).unwrap();
            assert_eq!(template.fonts, edition.name);
            let found = Template::of(&template.id, template.version).unwrap();
            assert_eq!(found.title, template.title);
        }
        assert_eq!(
            Template::of("membership", 99).unwrap_err(),
            Error::TemplateUnknown
        );
    }

    #[test]
    fn what_a_fact_says_is_no_name_of_a_fact() {
        let fact = |zh: &str| Fact {
            zh: zh.to_owned(),
            en: String::new(),
        };
        let order = Order {
            template: "membership".into(),
            version: 1,
            holder: String::new(),
            issuer: String::new(),
            number: String::new(),
            issued_on: (2026, 5, 1),
            link: String::new(),
            facts: [("a".to_owned(), fact("{b}")), ("b".to_owned(), fact("x"))].into(),
            check_only: false,
        };
        assert_eq!(fill("1{a}2{b}3", &order, |f| &f.zh).unwrap(), "1{b}2x3");
        assert_eq!(
            fill("{c}", &order, |f| &f.zh),
            Err(Error::FactMissing("c".into()))
        );
    }
}
