//! Reads the files. Every error names the file and the line.

use std::{collections::HashMap, path::Path};

use anyhow::{Context as _, ensure};
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    divisions::{Division, Level},
    organisations::{Kind, Organisation, SubjectClass, rules::REVIEW_DAYS},
};

#[derive(Deserialize)]
struct DivisionRow {
    code: String,
    name: String,
    level: String,
    parent_code: String,
}

#[derive(Deserialize)]
struct OrganisationRow {
    id: String,
    code: String,
    parent_code: String,
    kind: String,
    name: String,
    short_name: String,
    division_code: String,
    subject_class: String,
}

/// The divisions, parents before children.
pub(super) fn divisions(path: &Path) -> anyhow::Result<Vec<Division>> {
    rows(path, |row: DivisionRow| {
        let level = Level::parse(&row.level.to_uppercase()).context("level")?;
        Ok(Division {
            code: row.code,
            name: row.name,
            level,
            parent_code: given(row.parent_code),
        })
    })
}

/// The organisations, parents before children; without their paths.
pub(super) fn organisations(path: &Path) -> anyhow::Result<Vec<Organisation>> {
    let mut ids: HashMap<String, Uuid> = HashMap::new();
    rows(path, |row: OrganisationRow| {
        let organisation_id = Uuid::try_parse(&row.id).context("id")?;
        let kind = Kind::parse(&row.kind.to_uppercase()).context("kind")?;
        let subject_class = match row.subject_class.as_str() {
            "" => SubjectClass::Unspecified,
            class => SubjectClass::parse(&class.to_uppercase()).context("subject_class")?,
        };
        let parent_id = match row.parent_code.as_str() {
            "" => None,
            code => Some(
                *ids.get(code)
                    .context("parent_code: the parent must stand before its children")?,
            ),
        };
        ensure!(
            ids.insert(row.code.clone(), organisation_id).is_none(),
            "code: it stands there twice"
        );
        Ok(Organisation {
            organisation_id,
            parent_id,
            path: String::new(),
            code: row.code,
            name: row.name,
            short_name: row.short_name,
            kind,
            division_code: given(row.division_code),
            subject_class,
            introduction: String::new(),
            website: String::new(),
            // National societies have members of their own; associations consist of societies.
            accepts_applications: kind == Kind::NationalSociety,
            review_days: REVIEW_DAYS,
            version: 1,
            logo: None,
        })
    })
}

fn given(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn rows<R: serde::de::DeserializeOwned, T>(
    path: &Path,
    mut read: impl FnMut(R) -> anyhow::Result<T>,
) -> anyhow::Result<Vec<T>> {
    let name = path.display();
    let mut reader = csv::Reader::from_path(path).with_context(|| name.to_string())?;
    let mut list = Vec::new();
    for (at, row) in reader.deserialize::<R>().enumerate() {
        // The header is line 1.
        let line = at + 2;
        let value = row.map_err(anyhow::Error::from).and_then(&mut read);
        list.push(value.with_context(|| format!("{name}, line {line}"))?);
    }
    Ok(list)
}
