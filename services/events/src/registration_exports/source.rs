//! The registrations for an activity as rows: what the list of registrations shows the same audience, by the same
//! function.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use exports::{Cell, Kind, Language, Rows, Source, Spread, Title, Wanted};
use files::uploads::Uploads;
use form_versions::{Tables, answers, desk};
use forms::Telling;
use kit::{
    access::Reach,
    crypto::Keys,
    errors::{Problem, Result},
};
use reference::disciplines;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Column, Filter, questions::Questions, rules};
use crate::{
    Context,
    activities::rpc::Audience,
    registration_forms::{self, ANSWERS},
    registrations::{self, Registration, State, store},
};

/// The exports of registrations of a database.
pub fn exports(context: &Context, files: files::Store, attached: Uploads) -> exports::Exports {
    let source = Registrants {
        keys: context.keys.clone(),
        attached,
    };
    exports::Exports::new(
        context.db.clone(),
        context.keys.clone(),
        context.clock.clone(),
        files,
        Arc::new(source),
    )
}

/// The registrations for an activity.
struct Registrants {
    /// For sealed names.
    keys: Keys,
    /// For the names of files.
    attached: Uploads,
}

fn activity(wanted: &Wanted) -> Result<Uuid> {
    wanted
        .activity_id
        .ok_or_else(|| Problem::internal(anyhow::anyhow!("an export of no activity")))
}

fn wanted_state(wanted: &Wanted) -> Result<Option<State>> {
    let filter: Filter = serde_json::from_value(wanted.filter.clone())
        .map_err(|error| Problem::internal(anyhow::Error::from(error)))?;
    registrations::wire::state("state", filter.state)
}

/// The questions of all versions of the activity's form.
async fn questions(conn: &mut PgConnection, wanted: &Wanted) -> Result<Questions> {
    let versions = desk::versions(&Tables, conn, activity(wanted)?).await?;
    Ok(Questions::of(versions, wanted.language == Language::En))
}

/// The words of answers, with the names of the organisations that they refer to.
async fn telling(
    conn: &mut PgConnection,
    wanted: &Wanted,
    questions: &Questions,
    given: &HashMap<Uuid, answers::Answers>,
) -> Result<Telling> {
    let referred = given.values().flat_map(|answers| questions.refers(answers));
    let ids: Vec<Uuid> = referred.filter_map(|id| id.parse().ok()).collect();
    let organisations = registration_forms::store::organisations(conn, &ids).await?;
    let organisations = organisations
        .into_iter()
        .map(|(id, name)| (id.to_string(), name));
    let disciplines = disciplines::all().iter();
    let disciplines = disciplines.map(|one| (one.code.to_owned(), one.name.to_owned()));
    Ok(Telling {
        english: wanted.language == Language::En,
        names: organisations.chain(disciplines).collect(),
    })
}

#[async_trait]
impl Source for Registrants {
    fn kind(&self) -> Kind {
        Kind::Registrations
    }

    fn name(&self) -> Title {
        Title {
            zh: "报名名单",
            en: "registrations",
        }
    }

    fn columns(&self) -> &'static [exports::Column] {
        &rules::COLUMNS
    }

    async fn spread(&self, conn: &mut PgConnection, wanted: &Wanted) -> Result<Option<Spread>> {
        Ok(Some(Spread {
            key: Column::Answers.as_str(),
            headings: questions(conn, wanted).await?.headings(),
        }))
    }

    fn permission(&self) -> &'static str {
        "registrations.export"
    }

    fn action(&self) -> &'static str {
        "cast.events.v1.RegistrationExports/CreateRegistrationExport"
    }

    async fn count(&self, conn: &mut PgConnection, wanted: &Wanted) -> Result<i64> {
        Ok(store::count(conn, activity(wanted)?, wanted_state(wanted)?).await?)
    }

    async fn rows(
        &self,
        conn: &mut PgConnection,
        wanted: &Wanted,
        reach: Reach,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Rows> {
        let after = after.and_then(|key| key.parse().ok()).unwrap_or(0);
        let state = wanted_state(wanted)?;
        let found = store::of_activity(conn, activity(wanted)?, state, after, limit).await?;
        let full = i64::try_from(found.len()).is_ok_and(|count| count == limit);
        let next = found
            .last()
            .filter(|_| full)
            .map(|last| last.ordinal.to_string());
        let audience = match reach {
            Reach::There => Audience::Organiser,
            Reach::FromAbove => Audience::Above,
        };
        let questions = questions(conn, wanted).await?;
        let mut given = self.given(conn, &found, audience).await?;
        let mut telling = telling(conn, wanted, &questions, &given).await?;
        telling
            .names
            .extend(self.file_names(conn, &questions, &given).await?);
        let rows = found.into_iter().map(|registration| {
            let answers = given
                .remove(&registration.registration_id)
                .unwrap_or_default();
            let answers = questions.cells(registration.form_version, &answers, &telling);
            self.row(registration, answers, audience, wanted)
        });
        Ok(Rows {
            rows: rows.collect::<Result<_>>()?,
            next,
        })
    }

    /// The organiser receives names to prepare the activity (PIPL art. 13 (2)), without a consent that could be withdrawn.
    async fn withdrawals(&self, _: &mut PgConnection, _: Uuid) -> Result<i64> {
        Ok(0)
    }
}

impl Registrants {
    /// What was answered, by registration. To those above the organiser it was not given.
    async fn given(
        &self,
        conn: &mut PgConnection,
        found: &[Registration],
        audience: Audience,
    ) -> Result<HashMap<Uuid, answers::Answers>> {
        if audience == Audience::Above {
            return Ok(HashMap::new());
        }
        let answered = found.iter().filter(|one| one.form_version.is_some());
        let ids: Vec<Uuid> = answered.map(|one| one.registration_id).collect();
        let sealed = registration_forms::store::answers_of(conn, &ids).await?;
        let opened = sealed.into_iter().map(|(id, sealed)| {
            let answers = answers::open(ANSWERS, &self.keys, id, Some(&sealed))?;
            Ok((id, answers))
        });
        opened.collect()
    }

    /// The names of the files that are told in these answers.
    async fn file_names(
        &self,
        conn: &mut PgConnection,
        questions: &Questions,
        given: &HashMap<Uuid, answers::Answers>,
    ) -> Result<Vec<(String, String)>> {
        let files = given.values().flat_map(|answers| questions.files(answers));
        let files: Vec<Uuid> = files.filter_map(|id| id.parse().ok()).collect();
        if files.is_empty() {
            return Ok(Vec::new());
        }
        let described = self.attached.described(conn, &files).await?.into_iter();
        Ok(described
            .map(|file| (file.upload_id.to_string(), file.name))
            .collect())
    }

    fn row(
        &self,
        registration: Registration,
        answers: Vec<Cell>,
        audience: Audience,
        wanted: &Wanted,
    ) -> Result<Vec<Cell>> {
        let (state, created_at, checked_in_at) = (
            registration.state,
            registration.created_at,
            registration.checked_in_at,
        );
        let shown = registrations::wire::registration(&self.keys, registration, audience)?;
        Ok(Column::ALL
            .iter()
            .map(|column| match column {
                Column::PersonNumber => Cell::Text(shown.person_number.clone()),
                Column::PersonName => Cell::Text(shown.person_name.clone()),
                Column::State => {
                    Cell::Text(rules::state(state).in_language(wanted.language).to_owned())
                }
                Column::RegisteredAt => Cell::Moment(created_at),
                Column::CheckedInAt => Cell::moment(checked_in_at),
                Column::Answers => Cell::Several(answers.clone()),
            })
            .collect())
    }
}
