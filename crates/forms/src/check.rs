//! Whether a definition is one that can be asked: every flaw is named with its place.

mod compile;
mod fields;

use std::collections::HashMap;

use serde_json::Value;

use crate::{
    definition::Definition,
    finding::Flaw,
    flaws::{FLAWS, Flaws},
    form::Form,
};

/// The most pages of a form, and sections of a page.
const PAGES: usize = 20;
/// The most fields of a section.
const SECTION_FIELDS: usize = 100;
/// The most fields of a form.
pub(crate) const FIELDS: usize = 300;

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
    let mut flaws = Flaws::default();
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
