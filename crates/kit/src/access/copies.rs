//! Keeps the local copies of grants and organisations up to date from the events of identity and membership.

use eventlog::{ApplyError, Event, Handler};
use proto_identity::v1::GrantGiven;
use proto_membership::v1::OrganisationEstablished;
use sqlx::PgConnection;
use uuid::Uuid;

use super::store::{self, Organisation};

/// The services whose facts access decisions depend on.
pub const SOURCES: [&str; 2] = ["identity", "membership"];

/// The handler that every service runs for the [`SOURCES`] that are not itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Copies;

#[async_trait::async_trait]
impl Handler for Copies {
    fn name(&self) -> &'static str {
        "kit.access"
    }

    async fn apply(&self, conn: &mut PgConnection, event: &Event) -> Result<(), ApplyError> {
        match (event.source.as_str(), event.event_type.as_str()) {
            ("identity", "GrantGiven") => {
                let given: GrantGiven = event.decode()?;
                let person_id = id(&given.person_id, "person_id")?;
                let organisation_id = id(&given.organisation_id, "organisation_id")?;
                store::put_grant(
                    conn,
                    event.aggregate_id,
                    person_id,
                    &given.role,
                    organisation_id,
                )
                .await?;
            }
            ("identity", "GrantRevoked") => store::remove_grant(conn, event.aggregate_id).await?,
            ("membership", "OrganisationEstablished") => {
                let organisation = established(event.aggregate_id, event.decode()?)?;
                store::put_organisation(conn, &organisation).await?;
            }
            _ => {}
        }
        Ok(())
    }
}

fn established(
    organisation_id: Uuid,
    fact: OrganisationEstablished,
) -> Result<Organisation, ApplyError> {
    let parent_id = (!fact.parent_id.is_empty())
        .then(|| id(&fact.parent_id, "parent_id"))
        .transpose()?;
    Ok(Organisation {
        organisation_id,
        parent_id,
        kind: fact.kind().as_str_name().to_owned(),
        subject_class: fact.subject_class().as_str_name().to_owned(),
        code: fact.code,
        name: fact.name,
        division_code: fact.division_code,
        path: fact.path,
    })
}

fn id(text: &str, field: &str) -> Result<Uuid, ApplyError> {
    Uuid::try_parse(text).map_err(|_| ApplyError::Poison(format!("{field} is not an id")))
}
