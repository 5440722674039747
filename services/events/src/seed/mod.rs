//! Demo activities from `seeds/demo-activities.csv`, in development only. Their dates are relative to the day of
//! loading; loading them again changes nothing.

pub mod scale;

use std::{collections::HashMap, path::Path};

use anyhow::Context as _;
use kit::clock::SHANGHAI;
use serde::Deserialize;
use time::{Duration, OffsetDateTime, Time, macros::format_description};
use uuid::Uuid;

use crate::{
    Context,
    activities::{Activity, Content, Kind, State, rules, store},
    schedule::Schedule,
};
use reference::divisions;

/// A demo activity: one row of the file.
#[derive(Clone, Debug)]
pub struct Demo {
    activity_id: Uuid,
    organisation_id: Uuid,
    row: Row,
}

/// The columns of `demo-activities.csv`.
#[derive(Clone, Debug, Deserialize)]
struct Row {
    /// UUIDv7, never changed.
    id: Uuid,
    /// Code in `organisations.csv`.
    organisation_code: String,
    title: String,
    description: String,
    /// Name of the kind in the contract, e.g. `LECTURE`.
    kind: String,
    /// Days from the day of loading.
    in_days: i64,
    /// `HH:MM`, Beijing time.
    starts_at: String,
    duration_minutes: i64,
    /// Code in `divisions.csv`; empty for online.
    division_code: String,
    place: String,
    capacity: i32,
    credit_minutes: i32,
}

#[derive(Deserialize)]
struct OrganisationRow {
    id: Uuid,
    code: String,
}

/// Reads the demo activities from the folder `seeds`. The organisations' ids come from the same folder: the local copy of
/// organisations may still be empty when a platform is set up.
pub fn read(seeds: &Path) -> anyhow::Result<Vec<Demo>> {
    let organisations: HashMap<String, Uuid> =
        rows::<OrganisationRow>(&seeds.join("organisations.csv"))?
            .into_iter()
            .map(|row| (row.code, row.id))
            .collect();
    let rows: Vec<Row> = rows(&seeds.join("demo-activities.csv"))?;
    rows.into_iter()
        .map(|row| {
            let code = &row.organisation_code;
            let organisation_id = *organisations
                .get(code)
                .with_context(|| format!("{}: no organisation has the code {code}", row.id))?;
            Ok(Demo {
                activity_id: row.id,
                organisation_id,
                row,
            })
        })
        .collect()
}

fn rows<T: for<'de> Deserialize<'de>>(path: &Path) -> anyhow::Result<Vec<T>> {
    let mut reader = csv::Reader::from_path(path).with_context(|| path.display().to_string())?;
    let rows: Result<Vec<T>, csv::Error> = reader.deserialize().collect();
    rows.with_context(|| path.display().to_string())
}

/// Publishes the demo activities that do not exist yet.
pub async fn load(context: &Context, demos: &[Demo]) -> anyhow::Result<()> {
    let now = context.clock.now();
    for demo in demos {
        let activity_id = demo.activity_id;
        let content = demo
            .row
            .content(now)
            .with_context(|| format!("demo activity {activity_id}"))?;
        let activity = Activity {
            activity_id,
            organisation_id: demo.organisation_id,
            organisation_name: String::new(),
            content,
            state: State::Draft,
            seats_taken: 0,
            cancel_reason: String::new(),
            form_version: None,
            cover: None,
            version: 1,
        };
        rules::publish(&activity, now).with_context(|| format!("demo activity {activity_id}"))?;
        let mut tx = context.db.begin().await?;
        let (owner, content) = (activity.organisation_id, &activity.content);
        if store::insert_draft(&mut tx, activity_id, owner, content, now).await? {
            store::publish(&mut tx, activity_id, now).await?;
            tx.publish(&activity.published(), now).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}

impl Row {
    fn content(&self, now: OffsetDateTime) -> anyhow::Result<Content> {
        divisions::check("division_code", &self.division_code)?;
        let time = Time::parse(&self.starts_at, format_description!("[hour]:[minute]"))?;
        let day = now.to_offset(SHANGHAI).date() + Duration::days(self.in_days);
        let starts_at = day.with_time(time).assume_offset(SHANGHAI);
        Ok(Content {
            title: self.title.clone(),
            description: self.description.clone(),
            kind: kind(&self.kind).with_context(|| format!("kind {}", self.kind))?,
            schedule: Schedule {
                starts_at,
                ends_at: starts_at + Duration::minutes(self.duration_minutes),
                registration_closes_at: None,
            },
            division_code: self.division_code.clone(),
            place: self.place.clone(),
            capacity: self.capacity,
            credit_minutes: self.credit_minutes,
        })
    }
}

fn kind(name: &str) -> Option<Kind> {
    Some(match name {
        "ACADEMIC_MEETING" => Kind::AcademicMeeting,
        "LECTURE" => Kind::Lecture,
        "POPULAR_SCIENCE" => Kind::PopularScience,
        "TRAINING" => Kind::Training,
        "VOLUNTEERING" => Kind::Volunteering,
        _ => return None,
    })
}
