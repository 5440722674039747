//! Whether a definition is one that can be asked: every flaw is named with its place.

mod compile;
mod fields;

use std::collections::HashMap;

use serde_json::Value;

use crate::{
    definition::{Definition, Words},
    finding::Flaw,
    form::Form,
};

/// The most pages of a form, and sections of a page.
const PAGES: usize = 20;
/// The most fields of a section.
const SECTION_FIELDS: usize = 100;
/// The most fields of a form.
pub(crate) const FIELDS: usize = 300;
/// The most flaws that are told at once.
const FLAWS: usize = 50;

/// Reads a definition; `Err`: what its author has to mend, at most 50 places.
pub fn check(json: &Value) -> Result<Form, Vec<Flaw>> {
    let mut definition: Definition = serde_path_to_error::deserialize(json).map_err(|error| {
        let path = match error.path().to_string() {
            path if path == "." => "pages".to_owned(),
            path => path,
        };
        vec![Flaw {
            path,
            en: format!("Not the form of a form: {}.", error.inner()),
            zh: "此处的内容不符合表单的格式：缺少内容、名称不对或类型不对。".to_owned(),
        }]
    })?;
    let mut flaws = Flaws(Vec::new());
    let form = checked(&mut definition, &mut flaws);
    if flaws.0.is_empty() {
        Ok(form)
    } else {
        flaws.0.truncate(FLAWS);
        Err(flaws.0)
    }
}

fn checked(definition: &mut Definition, flaws: &mut Flaws) -> Form {
    let mut fields = Vec::new();
    let mut conditions = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    flaws.size("pages", definition.pages.len(), 0, PAGES);
    let total: usize = definition
        .pages
        .iter()
        .flat_map(|page| &page.sections)
        .map(|section| section.fields.len())
        .sum();
    if total > FIELDS {
        flaws.add(
            "pages",
            format!("{total} fields; at most {FIELDS}."),
            format!("共有 {total} 个字段，一张表单至多 {FIELDS} 个。"),
        );
        return empty(definition);
    }
    for (at, page) in definition.pages.iter_mut().enumerate() {
        let path = format!("pages[{at}]");
        flaws.words(&format!("{path}.title"), &mut page.title, 0, 100, false);
        flaws.size(&format!("{path}.sections"), page.sections.len(), 1, PAGES);
        for (at, section) in page.sections.iter_mut().enumerate() {
            let path = format!("{path}.sections[{at}]");
            flaws.words(&format!("{path}.title"), &mut section.title, 0, 100, false);
            flaws.words(&format!("{path}.help"), &mut section.help, 0, 500, true);
            flaws.size(
                &format!("{path}.fields"),
                section.fields.len(),
                1,
                SECTION_FIELDS,
            );
            conditions.push(section.condition.as_ref().and_then(|condition| {
                compile::condition(
                    condition,
                    &fields,
                    &places,
                    &format!("{path}.condition"),
                    flaws,
                )
            }));
            for (at, field) in section.fields.iter_mut().enumerate() {
                let path = format!("{path}.fields[{at}]");
                let condition = field.condition.as_ref().and_then(|condition| {
                    compile::condition(
                        condition,
                        &fields,
                        &places,
                        &format!("{path}.condition"),
                        flaws,
                    )
                });
                let mut ready = fields::ready(field, &path, false, flaws);
                ready.section = conditions.len() - 1;
                ready.condition = condition;
                if places.insert(field.key.clone(), fields.len()).is_some() {
                    flaws.add(
                        &format!("{path}.key"),
                        format!("The key {:?} is used before; choose another.", field.key),
                        format!("字段标识“{}”已经用过，请换一个。", field.key),
                    );
                }
                fields.push(ready);
            }
        }
    }
    Form {
        definition: definition.clone(),
        sections: conditions,
        fields,
        places,
    }
}

fn empty(definition: &Definition) -> Form {
    Form {
        definition: definition.clone(),
        sections: Vec::new(),
        fields: Vec::new(),
        places: HashMap::new(),
    }
}

/// The flaws that were found.
pub(crate) struct Flaws(Vec<Flaw>);

impl Flaws {
    pub(crate) fn add(&mut self, path: &str, en: impl Into<String>, zh: impl Into<String>) {
        // A few more than are told: a definition of megabytes is not answered with megabytes.
        if self.0.len() <= FLAWS {
            self.0.push(Flaw {
                path: path.to_owned(),
                en: en.into(),
                zh: zh.into(),
            });
        }
    }

    pub(crate) fn size(&mut self, path: &str, size: usize, least: usize, most: usize) {
        if !(least..=most).contains(&size) {
            self.add(
                path,
                format!("{size}; at least {least} and at most {most}."),
                format!("现有 {size} 项，应为 {least} 至 {most} 项。"),
            );
        }
    }

    /// Reads a text into its normal form and checks its length.
    pub(crate) fn words(
        &mut self,
        path: &str,
        words: &mut Words,
        least: usize,
        most: usize,
        lines: bool,
    ) {
        let reading = if lines {
            text::Reading::Paragraphs
        } else {
            text::Reading::Line
        };
        for (language, words) in [("zh", &mut words.zh), ("en", &mut words.en)] {
            if reading.check(words) == Err(text::Unreadable::ShowsOtherwise) {
                self.add(
                    &format!("{path}.{language}"),
                    "Contains characters that cannot be seen; type it again.",
                    "含有不可见的控制字符，请重新输入。",
                );
            }
            *words = reading.read(words).into_owned();
            let length = words.chars().count();
            let least = if language == "zh" { least } else { 0 };
            if length < least {
                self.add(
                    &format!("{path}.{language}"),
                    "Missing; write it in Chinese.",
                    "请填写中文。",
                );
            } else if length > most {
                self.add(
                    &format!("{path}.{language}"),
                    format!("{length} characters; at most {most}."),
                    format!("共 {length} 个字，至多 {most} 个字。"),
                );
            }
        }
    }
}
