//! Grants from before the rules of today.
//!
//! `organisation.administrator` on the headquarters reached every organisation with the powers of a security and a system administrator.
//! Such grants become `headquarters.administrator` grants when the service starts. Others that break a rule are not taken without a
//! decision: they are counted and named in the log until the security administrators have taken them.

use kit::{
    access::{
        Caller,
        roles::{self, Role},
    },
    audit,
    db::{Db, Tx},
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    give::{Gift, give_and_tell, revoke},
    store::{self, Row},
};
use crate::{audit::store::headquarters, persons};

const ACTION: &str = "identity separates administrators";
const FORMER: &str = "organisation.administrator";
const PRESENT: &str = "headquarters.administrator";

/// Why a grant breaks a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breach {
    /// The platform knows no such role any more.
    Unknown,
    /// It is not given on this organisation.
    Place,
    /// The holder has another one beside it that is kept apart from it.
    Separation,
}

/// Why a person's grant breaks a rule, beside the others that the person holds. Pure.
pub fn breach(role: &str, on_headquarters: bool, held: &[String]) -> Option<Breach> {
    let Some(role) = roles::role(role) else {
        return Some(Breach::Unknown);
    };
    if !role.place.fits(on_headquarters) {
        return Some(Breach::Place);
    }
    let apart = |other: &Role| !roles::compatible(role, other);
    held.iter()
        .filter_map(|name| roles::role(name))
        .any(apart)
        .then_some(Breach::Separation)
}

/// Turns the former administrators of the headquarters into those of today, and returns the grants that break a rule.
pub async fn settle(db: &Db, now: OffsetDateTime) -> anyhow::Result<Vec<(Uuid, Breach)>> {
    let Some(headquarters) = headquarters(&mut *db.read().await?).await? else {
        return Ok(Vec::new());
    };
    let former = store::of_role(&mut *db.read().await?, FORMER, headquarters).await?;
    for row in former {
        replace(db.begin().await?, row, headquarters, now).await?;
    }
    let all = store::with_other_roles(&mut *db.read().await?, headquarters).await?;
    let mut found = Vec::new();
    for grant in all {
        if let Some(breach) = breach(&grant.role, grant.on_headquarters, &grant.held) {
            tracing::error!(
                grant_id = %grant.grant_id,
                role = grant.role,
                ?breach,
                "a grant breaks a rule: a security administrator has to take it"
            );
            found.push((grant.grant_id, breach));
        }
    }
    Ok(found)
}

async fn replace(
    mut tx: Tx,
    row: Row,
    headquarters: Uuid,
    now: OffsetDateTime,
) -> anyhow::Result<()> {
    let locked = persons::store::lock_all(&mut tx, &[row.person_id]).await?;
    // Another replica may have been faster.
    let (Some(row), Some((person_id, verified))) = (
        store::read(&mut tx, row.grant_id).await?,
        locked.first().copied(),
    ) else {
        return Ok(());
    };
    let Some(role) = roles::role(PRESENT) else {
        anyhow::bail!("roles.toml has no {PRESENT}");
    };
    let caller = Caller::Service("identity".to_owned());
    let subject = format!("grant:{}", row.grant_id);
    revoke(&mut tx, row, &caller.actor(), now).await?;
    // A person who is not verified any more holds nothing.
    if verified {
        let gift = Gift {
            person_id,
            verified,
            role,
            organisation_id: headquarters,
            last_day: None,
            given_by: &caller.actor(),
        };
        give_and_tell(&mut tx, gift, now).await?;
    }
    audit::record(&mut tx, &caller, ACTION, &subject, "ok", now).await?;
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_breaks_a_rule_is_found() {
        let held = |names: &[&str]| {
            names
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>()
        };
        for (role, on_headquarters, others, expected) in [
            ("platform.audit", true, vec![], None),
            ("platform.audit", false, vec![], Some(Breach::Place)),
            (FORMER, true, vec![], Some(Breach::Place)),
            (FORMER, false, vec!["society.reviewer"], None),
            (
                FORMER,
                false,
                vec!["platform.audit"],
                Some(Breach::Separation),
            ),
            (
                "platform.system",
                true,
                vec!["platform.security"],
                Some(Breach::Separation),
            ),
            (PRESENT, true, vec!["society.analyst"], None),
            ("society.emperor", false, vec![], Some(Breach::Unknown)),
        ] {
            assert_eq!(
                breach(role, on_headquarters, &held(&others)),
                expected,
                "{role}"
            );
        }
    }
}
