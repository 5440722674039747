//! Generates statics and structs from `templates.toml` of the notices.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Template {
    category: String,
    #[serde(default)]
    urgent: bool,
    group: Option<String>,
    link: String,
    params: BTreeMap<String, String>,
    zh: Words,
    en: Words,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    title: String,
    text: String,
}

/// The module `templates`: for each template a static, and a struct with a field for each parameter that turns into a `Filled`.
pub fn code(path: &Path) -> Result<String> {
    println!("cargo:rerun-if-changed={}", path.display());
    let text = fs::read_to_string(path)?;
    let templates: BTreeMap<String, Template> =
        toml::from_str(&text).with_context(|| path.display().to_string())?;
    let mut code = String::new();
    let mut all = Vec::new();
    for (name, template) in &templates {
        write_template(&mut code, name, template).with_context(|| name.clone())?;
        all.push(format!("&{}", name.to_ascii_uppercase()));
    }
    Ok(format!(
        "/// The templates of `templates.toml`: a struct for each, to be filled, and a static.\n\
         pub mod templates {{\nuse crate::{{Category, Filled, Template, Words}};\n{code}\
         /// Every template, sorted by name.\npub static ALL: &[&Template] = &[{}];\n}}\n",
        all.join(", ")
    ))
}

fn write_template(code: &mut String, name: &str, template: &Template) -> Result<()> {
    let Template {
        category,
        urgent,
        group,
        link,
        params,
        zh,
        en,
    } = template;
    ensure!(
        name.chars().all(|c| c.is_ascii_lowercase() || c == '_'),
        "not lower_snake_case"
    );
    ensure!(!params.contains_key("count"), "`count` is no parameter");
    if let Some(group) = group {
        ensure!(params.contains_key(group), "{group} is no parameter");
    }
    for (text, counts) in [
        (link, false),
        (&zh.title, false),
        (&en.title, false),
        (&zh.text, group.is_some()),
        (&en.text, group.is_some()),
    ] {
        check(text, params, counts).with_context(|| text.clone())?;
    }
    ensure!(link.starts_with('/'), "the link is no path");
    let mut fields = String::new();
    let mut values = String::new();
    let mut borrows = false;
    for (param, kind) in params {
        let (field, value) = match kind.as_str() {
            "id" => ("::uuid::Uuid", "to_string()"),
            "text" => {
                borrows = true;
                ("&'a str", "to_owned()")
            }
            other => bail!("{param}: {other} is no kind of parameter"),
        };
        writeln!(
            fields,
            "/// Put in for `{{{param}}}`.\npub {param}: {field},"
        )?;
        writeln!(values, "({param:?}.to_owned(), asked.{param}.{value}),")?;
    }
    let (of, any) = if borrows { ("<'a>", "<'_>") } else { ("", "") };
    let (upper, camel) = (name.to_ascii_uppercase(), camel(name));
    let (params, asked) = (
        params.keys().collect::<Vec<_>>(),
        if params.is_empty() { "_" } else { "asked" },
    );
    writeln!(
        code,
        "/// {title}.\npub static {upper}: Template = Template {{ name: {name:?}, category: Category::{category}, urgent: {urgent}, \
         group: {group:?}, params: &{params:?}, link: {link:?}, zh: Words {{ title: {:?}, text: {:?} }}, \
         en: Words {{ title: {:?}, text: {:?} }} }};\n\
         /// {title}: {text}\n#[derive(Clone, Copy, Debug)]\npub struct {camel}{of} {{ {fields} }}\n\
         impl From<{camel}{any}> for Filled {{\nfn from({asked}: {camel}{any}) -> Self {{\n\
         Self {{ template: &{upper}, params: [{values}].into() }}\n}}\n}}",
        zh.title,
        zh.text,
        en.title,
        en.text,
        title = en.title,
        text = en.text.replace(['{', '}'], "`"),
        category = self::camel(category),
    )?;
    Ok(())
}

/// Every brace in the text opens the name of a parameter, or `count` if it counts.
fn check(text: &str, params: &BTreeMap<String, String>, counts: bool) -> Result<()> {
    ensure!(!text.trim().is_empty(), "empty");
    for part in text.split('{').skip(1) {
        let (name, rest) = part.split_once('}').context("a brace is not closed")?;
        let known = params.contains_key(name) || (counts && name == "count");
        ensure!(known, "{{{name}}} is no parameter");
        ensure!(!rest.contains('}'), "a brace is not opened");
    }
    ensure!(
        text.contains("{count}") == counts,
        "a grouped text says {{count}}, and no other does"
    );
    Ok(())
}

/// `new_device` → `NewDevice`.
fn camel(name: &str) -> String {
    name.split('_')
        .map(|part| {
            let (head, tail) = part.split_at(1.min(part.len()));
            head.to_ascii_uppercase() + tail
        })
        .collect()
}
