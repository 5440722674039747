//! Looks members up by number.

use sqlx::PgConnection;
use time::Date;
use uuid::Uuid;

use super::rules::Question;
use crate::{categories::Category, memberships::State};

/// What was found for one question.
#[derive(Debug)]
pub(super) struct Found {
    pub state: State,
    pub member_number: String,
    pub person_number: String,
    pub category: Category,
    pub joined_on: Date,
}

/// The answers to questions about members of one organisation, in the order of the questions, with one statement. Who has been a
/// member several times is answered for with the membership in force, or else the latest.
pub(super) async fn look_up(
    conn: &mut PgConnection,
    organisation_id: Uuid,
    questions: &[Question],
) -> Result<Vec<Option<Found>>, sqlx::Error> {
    let by_member = |question: &Question| match question {
        Question::MemberNumber(number) => Some(number.clone()),
        Question::PersonNumber(_) => None,
    };
    let by_person = |question: &Question| match question {
        Question::PersonNumber(number) => Some(number.clone()),
        Question::MemberNumber(_) => None,
    };
    let members: Vec<Option<String>> = questions.iter().map(by_member).collect();
    let people: Vec<Option<String>> = questions.iter().map(by_person).collect();
    let rows = sqlx::query!(
        r#"select found.state as "state?: State", found.member_number as "member_number?",
                  found.person_number as "person_number?", found.category as "category?: Category",
                  found.joined_on as "joined_on?"
           from unnest($2::text[], $3::text[]) with ordinality as asked (member_number, person_number, nth)
           left join lateral (
               select * from (
                   select m.state, m.member_number, m.person_number, m.category, m.joined_on, m.membership_id
                   from memberships m where m.organisation_id = $1 and m.member_number = asked.member_number
                   union all
                   select m.state, m.member_number, m.person_number, m.category, m.joined_on, m.membership_id
                   from memberships m where m.organisation_id = $1 and m.person_number = asked.person_number
               ) as either
               order by either.state = 'RESIGNED', either.membership_id desc limit 1
           ) as found on true
           order by asked.nth"#,
        organisation_id,
        &members as &[Option<String>],
        &people as &[Option<String>],
    )
    .fetch_all(conn)
    .await?;
    let found = rows.into_iter().map(|row| {
        Some(Found {
            state: row.state?,
            member_number: row.member_number?,
            person_number: row.person_number?,
            category: row.category?,
            joined_on: row.joined_on?,
        })
    });
    Ok(found.collect())
}
