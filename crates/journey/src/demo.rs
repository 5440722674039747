//! The demo accounts of the seeds: the society's staff and a leader.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::visitor::Visitor;

/// A row of `demo-accounts.csv`.
#[derive(Debug, Deserialize)]
struct Account {
    phone: String,
    password: String,
    /// `role@organisation code`, separated by blanks.
    grants: String,
}

/// The demo accounts.
#[derive(Debug)]
pub struct Accounts(Vec<Account>);

impl Accounts {
    /// Reads `demo-accounts.csv` in this folder.
    pub fn read(seeds: &Path) -> Result<Self> {
        let file = seeds.join("demo-accounts.csv");
        let mut reader = csv::Reader::from_path(&file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        Ok(Self(reader.deserialize().collect::<Result<_, _>>()?))
    }

    /// A person who holds a role on an organisation, signed in.
    pub async fn staff(
        &self,
        visitor: &Visitor,
        role: &str,
        organisation_code: &str,
    ) -> Result<Visitor> {
        let wanted = format!("{role}@{organisation_code}");
        let account = self
            .0
            .iter()
            .find(|account| {
                account
                    .grants
                    .split_whitespace()
                    .any(|grant| grant == wanted)
            })
            .with_context(|| format!("no demo account is {wanted}"))?;
        let mut staff = visitor.stranger();
        staff.sign_in(&account.phone, &account.password).await?;
        Ok(staff)
    }
}
