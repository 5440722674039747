//! Demo accounts, for development alone: `seeds/demo-accounts.csv`. Doing it again adds what is missing and changes nothing else.

mod entry;
pub mod scale;
mod store;

use std::{collections::HashMap, path::Path};

use anyhow::{Context as _, anyhow, bail};
use eventlog::NewEvent;
use kit::{
    access::{Caller, roles},
    audit,
    clock::{Clock, business_date},
    crypto::Keys,
    db::Db,
};
use reference::divisions;
use secrecy::SecretString;
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    accounts::{register, store::NewAccount},
    credentials::{
        self, address_hash,
        addresses::Address,
        hasher::{Hasher, Lane},
    },
    grants,
    persons::{self, Registry, store::Verified},
    resident_id::ResidentId,
    sealing::{ADDRESS, DISPLAY_NAME},
};

const ACTION: &str = "identity seed";
/// No consent was given: the people do not exist.
const CONSENT_TEXT: &str = "demo";

/// Enters accounts and persons outside of the methods.
pub struct Seeder {
    /// The database.
    pub db: Db,
    /// The keys that encrypt columns.
    pub keys: Keys,
    /// The present.
    pub clock: Clock,
    /// Hashes passwords.
    pub hasher: Hasher,
}

impl Seeder {
    fn registry(&self) -> Registry {
        Registry {
            keys: self.keys.clone(),
        }
    }
}

/// A line of `demo-accounts.csv`.
#[derive(Debug, Deserialize)]
struct Line {
    phone: String,
    password: String,
    display_name: String,
    name: String,
    resident_id: String,
    division_code: String,
    /// `role@organisation code`, separated by blanks.
    grants: String,
}

/// A line that makes sense.
struct Demo {
    address: Address,
    password: SecretString,
    display_name: String,
    name: String,
    resident_id: ResidentId,
    division_code: String,
    grants: Vec<(&'static roles::Role, Uuid)>,
}

#[derive(Deserialize)]
struct OrganisationLine {
    id: Uuid,
    code: String,
    parent_code: String,
}

/// Loads the demo accounts of this folder. The caller has made sure that this is no production.
pub async fn load(seeder: &Seeder, seeds: &Path) -> anyhow::Result<()> {
    let organisations: Vec<OrganisationLine> = read(&seeds.join("organisations.csv"))?;
    let by_code: HashMap<&str, &OrganisationLine> =
        organisations.iter().map(|o| (o.code.as_str(), o)).collect();
    for (at, line) in read::<Line>(&seeds.join("demo-accounts.csv"))?
        .into_iter()
        .enumerate()
    {
        let place = || format!("demo-accounts.csv, line {}", at + 2);
        let demo = understand(seeder, line, &by_code).with_context(place)?;
        enter(seeder, &demo).await.with_context(place)?;
    }
    Ok(())
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> anyhow::Result<Vec<T>> {
    let name = path.display().to_string();
    let mut reader = csv::Reader::from_path(path).with_context(|| name.clone())?;
    reader.deserialize().collect::<Result<_, _>>().context(name)
}

fn understand(
    seeder: &Seeder,
    line: Line,
    organisations: &HashMap<&str, &OrganisationLine>,
) -> anyhow::Result<Demo> {
    let address = Address::parse(&line.phone)?;
    // The passwords of demo accounts stand in the documentation, so how easily they are guessed is no question here. No person chooses such a
    // password on the platform, and in production there is no seed.
    divisions::check("division_code", &line.division_code)?;
    persons::rules::real_name(&line.name)?;
    let mut given = Vec::new();
    for text in line.grants.split_whitespace() {
        let (role, code) = text
            .split_once('@')
            .ok_or_else(|| anyhow!("a grant is role@organisation: {text}"))?;
        let Some(organisation) = organisations.get(code) else {
            bail!("no organisation {code} in organisations.csv")
        };
        given.push((
            grants::rules::role_on(role, organisation.parent_code.is_empty())?,
            organisation.id,
        ));
    }
    Ok(Demo {
        address,
        password: SecretString::from(line.password),
        display_name: line.display_name,
        name: line.name,
        resident_id: ResidentId::parse(&line.resident_id, business_date(seeder.clock.now()))?,
        division_code: line.division_code,
        grants: given,
    })
}

async fn enter(seeder: &Seeder, demo: &Demo) -> anyhow::Result<()> {
    let caller = Caller::Service("seed".to_owned());
    let address_hash = address_hash(&seeder.keys, &demo.address);
    let known = {
        let mut conn = seeder.db.read().await?;
        credentials::store::by_address(&mut conn, &address_hash)
            .await?
            .map(|account| account.person_id)
    };
    let password_hash = match known {
        Some(_) => String::new(),
        None => {
            seeder
                .hasher
                .hash(&Lane::known(b"seed"), demo.password.clone())
                .await?
        }
    };
    let now = seeder.clock.now();
    let mut tx = seeder.db.begin().await?;
    let person_id = match known {
        Some(person_id) => person_id,
        None => {
            let (account_id, person_id) = (kit::chance::id(now), kit::chance::id(now));
            let new = NewAccount {
                account_id,
                person_id,
                display_name_sealed: &DISPLAY_NAME.seal(
                    &seeder.keys,
                    account_id,
                    &demo.display_name,
                ),
                password_hash: &password_hash,
                division_code: &demo.division_code,
                address_hash: &address_hash,
                address_sealed: &ADDRESS.seal(&seeder.keys, account_id, &demo.address.recipient()),
                created_at: now,
            };
            register(&mut tx, &new).await?;
            let registry = seeder.registry();
            let (name_sealed, number_sealed) =
                registry.seal_verified(person_id, &demo.name, &demo.resident_id);
            let verified = Verified {
                person_id,
                name_sealed: &name_sealed,
                number_sealed: &number_sealed,
                number_hash: &registry.number_hash(&demo.resident_id),
                consent_text: CONSENT_TEXT,
                at: now,
            };
            let description = demo.resident_id.description();
            let entered =
                persons::store::set_verified(&mut tx, &verified, description.is_some()).await?;
            if entered == persons::store::Entered::Taken {
                bail!("the resident number belongs to another account already");
            }
            let fact = persons::registry::verified_fact(demo.division_code.clone(), description);
            tx.publish(&NewEvent::of("Person", person_id, &fact), now)
                .await?;
            audit::record(
                &mut tx,
                &caller,
                ACTION,
                &format!("account:{account_id}"),
                "ok",
                now,
            )
            .await?;
            person_id
        }
    };
    let verified = persons::store::lock_verified(&mut tx, person_id)
        .await?
        .unwrap_or(false);
    for (role, organisation_id) in &demo.grants {
        let gift = grants::Gift {
            person_id,
            verified,
            role,
            organisation_id: *organisation_id,
            last_day: None,
            given_by: &caller.actor(),
        };
        grants::give(&mut tx, gift, now).await?;
    }
    tx.commit().await?;
    Ok(())
}
