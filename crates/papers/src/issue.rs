//! Issuing a paper.

use kit::{
    Call,
    chance::id,
    clock::business_date,
    errors::{Problem, Result},
};
use proto_papers::{reasons, v1 as wire};
use secrecy::ExposeSecret as _;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    facts::Facts,
    order::{Order, Printed},
    papers::{Papers, failed, holds, own},
    rules,
    source::Record,
    store::{self, New, Paper},
};

/// The longest serial number that is checked for its place on the page.
const LONGEST_SERIAL: i32 = 999_999;

/// Who asks for a paper about a record.
struct Asked {
    record_id: Uuid,
    person_id: Uuid,
    /// The verified name; only in calls from the portal.
    name: Option<String>,
}

/// A record that holds, what a paper about it says, and the present paper.
struct Found {
    record: Record,
    facts: Facts,
    before: Option<Paper>,
}

impl Papers {
    /// Issues a paper about the person's own record, or gives the present one if it says the same.
    ///
    /// Whether it can be made is asked of the renderer before the transaction begins: no number is given to a paper that cannot be
    /// printed.
    pub async fn issue(&self, call: Call<()>, record_id: Uuid) -> Result<wire::Paper> {
        let person = call.caller.person()?;
        let asked = Asked {
            record_id,
            person_id: person.person_id,
            name: person
                .name
                .as_ref()
                .map(|name| name.expose_secret().to_owned()),
        };
        let kind = self.source.kind();
        let today = business_date(call.now);
        let mut conn = self.db.read().await?;
        let found = self.find(&mut conn, &asked, false).await?;
        drop(conn);
        let (template, version) = self.source.template();
        let code = &found.record.organisation_code;
        let check = Order {
            check_only: true,
            ..Order::of(
                &found.facts,
                Printed {
                    template,
                    version,
                    number: &rules::number(code, kind, today.year(), LONGEST_SERIAL),
                    issued_on: today,
                    link: self.link(record_id)?,
                },
            )
        };
        let checked = check.made_by(&self.renderer, asked.person_id).await;
        checked.map_err(failed)?;

        let mut tx = call.begin(&self.db).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        let Found {
            record,
            facts,
            before,
        } = self.find(&mut tx, &asked, true).await?;
        if let Some(before) = before {
            if Facts::open(&self.keys, before.paper_id, &before.facts_sealed)? == facts {
                return tx.commit(self.to_wire(&before, &record, true)?).await;
            }
            store::supersede(&mut tx, before.paper_id, call.now).await?;
        }
        let year = today.year();
        let serial = store::next(&mut tx, kind, record.organisation_id, year).await?;
        let paper_id = id(call.now);
        let paper = Paper {
            paper_id,
            kind,
            record_id,
            organisation_id: record.organisation_id,
            person_id: record.person_id,
            number: rules::number(&record.organisation_code, kind, year, serial),
            template: template.to_owned(),
            template_version: version,
            facts_sealed: facts.seal(&self.keys, paper_id)?,
            issued_at: call.now,
            superseded_at: None,
        };
        let new = New {
            paper: &paper,
            year,
            serial,
        };
        store::insert(&mut tx, &new).await?;
        tx.audit(&format!("paper:{paper_id}")).await?;
        tx.commit(self.to_wire(&paper, &record, true)?).await
    }

    /// The person's own record, if it holds now.
    async fn find(&self, conn: &mut PgConnection, asked: &Asked, lock: bool) -> Result<Found> {
        let record = self.source.record(conn, asked.record_id, lock).await?;
        let mut record = own(record, asked.person_id)?;
        holds(&mut record)?;
        let kind = self.source.kind();
        let before = store::present(conn, kind, asked.record_id).await?;
        let facts = self.facts(&mut record, asked, before.as_ref())?;
        Ok(Found {
            record,
            facts,
            before,
        })
    }

    /// What a paper about the record says now. The name is the record's, or else the caller's, or else that of the paper before.
    fn facts(&self, record: &mut Record, asked: &Asked, before: Option<&Paper>) -> Result<Facts> {
        let mut holder = record.holder.take().or_else(|| asked.name.clone());
        if let (None, Some(paper)) = (&holder, before) {
            holder = Some(Facts::open(&self.keys, paper.paper_id, &paper.facts_sealed)?.holder);
        }
        let facts = std::mem::take(&mut record.facts);
        let facts = facts.into_iter().map(|(key, fact)| (key.to_owned(), fact));
        Ok(Facts {
            holder: holder
                .filter(|name| !name.is_empty())
                .ok_or_else(|| Problem::of(&reasons::PAPER_NAME_MISSING))?,
            issuer: record.issuer.clone(),
            facts: facts.collect(),
        })
    }
}
