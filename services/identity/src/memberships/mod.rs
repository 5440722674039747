//! What is known here of memberships: a small copy, fed by the events of membership, for sites of the very organisation that a person has
//! allowed to know (scope `memberships`).

pub mod store;

use eventlog::{ApplyError, Event, Handler};
use proto_membership::v1::{MembershipActivated, MembershipCategory, MembershipMoved, membership};
use sqlx::PgConnection;
use uuid::Uuid;

use self::store::Membership;

/// The service whose events are heard.
pub const SOURCE: &str = "membership";

/// The handler of the events of memberships.
#[derive(Clone, Copy, Debug)]
pub struct Memberships;

#[async_trait::async_trait]
impl Handler for Memberships {
    fn name(&self) -> &'static str {
        "identity.memberships"
    }

    async fn apply(&self, conn: &mut PgConnection, event: &Event) -> Result<(), ApplyError> {
        match event.event_type.as_str() {
            "MembershipActivated" => {
                let begun: MembershipActivated = event.decode()?;
                let row = Membership {
                    membership_id: event.aggregate_id,
                    organisation_id: id("organisation_id", &begun.organisation_id)?,
                    person_id: id("person_id", &begun.person_id)?,
                    category: category(begun.category)?.to_owned(),
                    state: membership::State::Active.as_str_name().to_owned(),
                    since: event.occurred_at,
                };
                store::begin(conn, &row).await?;
            }
            "MembershipMoved" => {
                let moved: MembershipMoved = event.decode()?;
                let state = membership::State::try_from(moved.to_state)
                    .ok()
                    .filter(|state| *state != membership::State::Unspecified)
                    .ok_or_else(|| poison("to_state is not known"))?;
                let category = category(moved.category)?;
                let known =
                    store::change(conn, event.aggregate_id, category, state.as_str_name()).await?;
                if !known {
                    return Err(poison("the membership has not begun"));
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn category(number: i32) -> Result<&'static str, ApplyError> {
    MembershipCategory::try_from(number)
        .ok()
        .filter(|category| *category != MembershipCategory::Unspecified)
        .map(|category| category.as_str_name())
        .ok_or_else(|| poison("category is not known"))
}

fn id(field: &str, text: &str) -> Result<Uuid, ApplyError> {
    Uuid::try_parse(text).map_err(|_| ApplyError::Poison(format!("{field} is not an id")))
}

fn poison(words: &str) -> ApplyError {
    ApplyError::Poison(words.to_owned())
}
