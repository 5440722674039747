//! Telling those who decide next.

use kit::{access::roles, notices::Notice};
use proto_notices::Filled;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::route::{Place, Who};

/// A notice to those who decide a step of an organisation: `what` makes it. `except`: who caused it, or whom it is about. `None` if no
/// one is left.
pub async fn to_deciders<F: Into<Filled>>(
    conn: &mut PgConnection,
    who: &Who,
    organisation_id: Uuid,
    except: Option<Uuid>,
    what: impl Fn() -> F,
) -> Result<Option<Notice>, sqlx::Error> {
    let notice = match who {
        Who::Permission { permission, on } => {
            let on = match on {
                Place::Own => Some(organisation_id),
                Place::Parent => kit::access::organisation(conn, organisation_id)
                    .await?
                    .and_then(|organisation| organisation.parent_id),
            };
            let to = roles::permission(permission).zip(on);
            to.map(|(permission, on)| {
                let notice = Notice::to_holders(permission, on, what());
                match except {
                    Some(person_id) => notice.except(person_id),
                    None => notice,
                }
            })
        }
        Who::People { people: named } | Who::Panel { members: named, .. } => {
            let others: Vec<Uuid> = named
                .iter()
                .copied()
                .filter(|id| Some(*id) != except)
                .collect();
            (!others.is_empty()).then(|| Notice::to_people(&others, what()))
        }
    };
    Ok(notice)
}
