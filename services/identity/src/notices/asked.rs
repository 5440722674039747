//! Handles what other services ask for.

use eventlog::{ApplyError, Event, Handler};
use kit::{access::roles::ROLES, clock::Clock, notices::MOST_PEOPLE};
use proto_notices::{
    Filled,
    v1::{NoticeAsked, notice_asked::To},
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    rules, store,
    tell::{Telling, tell},
    unread::Unread,
};

/// The services that ask.
pub const SOURCES: [&str; 2] = ["membership", "events"];

/// The handler of `NoticeAsked`.
#[derive(Clone)]
pub struct Asked {
    /// The present: what is old tells nothing.
    pub clock: Clock,
    /// Told when inboxes have changed.
    pub unread: Unread,
}

#[async_trait::async_trait]
impl Handler for Asked {
    fn name(&self) -> &'static str {
        "identity.notices"
    }

    async fn apply(&self, conn: &mut PgConnection, event: &Event) -> Result<(), ApplyError> {
        if event.event_type != "NoticeAsked" {
            return Ok(());
        }
        let now = self.clock.now();
        if rules::forgotten(event.occurred_at, now) {
            return Ok(());
        }
        let asked: NoticeAsked = event.decode()?;
        let what = filled(&asked)?;
        let except = match asked.except_person_id.as_str() {
            "" => None,
            text => Some(id("except_person_id", text)?),
        };
        // Everything is read before anything is written: what cannot be carried out is quarantined, and replayed as if it were new.
        let people = people(conn, &asked, except).await?;
        if !store::first_time(conn, &event.source, event.id, now).await? {
            return Ok(());
        }
        let telling = Telling {
            what: &what,
            people: &people,
            count: asked.count.max(1),
            urgent: asked.urgent,
            told_at: event.occurred_at.min(now),
        };
        tell(conn, &telling, now).await?;
        Ok(())
    }

    async fn committed(&self, _source: &str, _position: i64) {
        self.unread.changed();
    }
}

/// The template that is asked for, with its parameters.
fn filled(asked: &NoticeAsked) -> Result<Filled, ApplyError> {
    let name = &asked.template;
    let template = proto_notices::template(name)
        .ok_or_else(|| poison("the template is not known".to_owned()))?;
    if !template.takes(&asked.params) {
        return Err(poison(format!("{} takes other parameters", template.name)));
    }
    Ok(Filled {
        template,
        params: asked.params.clone(),
    })
}

/// Who is meant.
async fn people(
    conn: &mut PgConnection,
    asked: &NoticeAsked,
    except: Option<Uuid>,
) -> Result<Vec<Uuid>, ApplyError> {
    match &asked.to {
        Some(To::People(people)) => {
            if !(1..=MOST_PEOPLE).contains(&people.person_ids.len()) {
                return Err(poison("it names no person or too many".to_owned()));
            }
            let ids = people.person_ids.iter();
            let mut ids: Vec<Uuid> = ids
                .map(|text| id("person_ids", text))
                .collect::<Result<_, _>>()?;
            ids.retain(|id| Some(*id) != except);
            // Twice the same person is one notice.
            ids.sort_unstable();
            ids.dedup();
            Ok(ids)
        }
        Some(To::Holders(holders)) => {
            let organisation_id = id("organisation_id", &holders.organisation_id)?;
            let roles: Vec<String> = ROLES
                .iter()
                .filter(|role| role.permits(&holders.permission))
                .map(|role| role.name.to_owned())
                .collect();
            if roles.is_empty() {
                return Err(poison("no role has the permission".to_owned()));
            }
            let found = store::holders(conn, &roles, organisation_id).await?;
            Ok(rules::nearest(&found, except))
        }
        None => Err(poison("it does not say whom to tell".to_owned())),
    }
}

fn id(field: &str, text: &str) -> Result<Uuid, ApplyError> {
    Uuid::try_parse(text).map_err(|_| poison(format!("{field} is not an id")))
}

fn poison(words: String) -> ApplyError {
    ApplyError::Poison(words)
}
