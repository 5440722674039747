//! The papers about one sort of records of a service: reading and verifying. See `issue` for issuing.

use std::{fmt, sync::Arc, time::Duration};

use futures::stream;
use kit::{
    Call, Worker,
    call::Answers,
    clock::{Clock, business_date},
    crypto::Keys,
    db::Db,
    errors::{Problem, Result},
    wire::timestamp,
};
use proto_papers::{reasons, v1 as wire};
use signing::Keyring;
use uuid::Uuid;

use crate::{
    facts::Facts,
    keys::{self, Claims},
    order::{Order, Printed},
    rules,
    source::{Record, Source, Standing},
    store::{self, Paper},
    wire::{facts_on_wire, state},
};
use renderers::{Failure, Renderer};

/// What a download is sent in.
const PIECE: usize = 64 * 1024;
/// When a call that was turned away may come back.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Papers: their methods and what they need. Cheap to clone.
#[derive(Clone)]
pub struct Papers {
    pub(crate) db: Db,
    pub(crate) keys: Keys,
    keyring: Keyring,
    pub(crate) renderer: Renderer,
    pub(crate) source: Arc<dyn Source>,
    public_url: String,
}

impl Papers {
    /// Papers about these records. `public_url` is the address of the platform, for links.
    pub async fn load(
        (db, keys, clock): (&Db, &Keys, &Clock),
        source: Arc<dyn Source>,
        renderer: Renderer,
        public_url: &str,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            keyring: keys::load(db, keys, clock).await?,
            db: db.clone(),
            keys: keys.clone(),
            renderer,
            source,
            public_url: public_url.trim_end_matches('/').to_owned(),
        })
    }

    /// The keys that sign links.
    pub async fn keyring(db: &Db, keys: &Keys, clock: &Clock) -> anyhow::Result<Keyring> {
        keys::load(db, keys, clock).await
    }

    /// Reads the keys again and again; ends processes without work.
    pub fn workers(&self) -> Vec<Worker> {
        vec![
            signing::worker("papers.keys", vec![self.keyring.clone()]),
            renderers::worker("papers.renderer", &self.renderer),
        ]
    }

    /// The present paper about a record: for the person, and for staff who may know of the record.
    pub async fn get(&self, call: Call<()>, record_id: Uuid) -> Result<wire::Paper> {
        let person_id = call.caller.person()?.person_id;
        let mut conn = self.db.read().await?;
        let record = self.source.record(&mut conn, record_id, false).await?;
        let record = record.ok_or_else(not_found)?;
        let own = record.person_id == person_id;
        if !own {
            let (permission, at) = (self.source.permission(), record.organisation_id);
            let held = call.caller.held(&mut conn, permission, at).await?;
            held.ok_or_else(not_found)?;
        }
        let paper = store::present(&mut conn, self.source.kind(), record_id).await?;
        drop(conn);
        if !own {
            let subject = format!("{}:{record_id}", self.source.kind().as_str().to_lowercase());
            call.audit_read(&self.db, &subject).await?;
        }
        let paper = paper.ok_or_else(|| Problem::of(&reasons::PAPER_NOT_ISSUED))?;
        self.to_wire(&paper, &record, own)
    }

    /// The document of the person's own paper, made now: the same bytes as long as the same key signs its link.
    pub async fn download(
        &self,
        call: Call<()>,
        record_id: Uuid,
    ) -> Result<Answers<wire::DownloadPaperResponse>> {
        let person_id = call.caller.person()?.person_id;
        let mut conn = self.db.read().await?;
        let record = self.source.record(&mut conn, record_id, false).await?;
        let mut record = own(record, person_id)?;
        holds(&mut record)?;
        let paper = store::present(&mut conn, self.source.kind(), record_id).await?;
        drop(conn);
        let paper = paper.ok_or_else(|| Problem::of(&reasons::PAPER_NOT_ISSUED))?;
        let facts = Facts::open(&self.keys, paper.paper_id, &paper.facts_sealed)?;
        let printed = Printed {
            template: &paper.template,
            version: paper.template_version,
            number: &paper.number,
            issued_on: business_date(paper.issued_at),
            link: self.link(paper.paper_id)?,
        };
        let order = Order::of(&facts, printed);
        let pdf = order.made_by(&self.renderer, person_id).await;
        let pdf = pdf.map_err(failed)?;
        let first = wire::DownloadPaperResponse {
            content: Some(body("application/pdf", &[])),
            file_name: rules::file_name(paper.kind, &paper.number),
            length: i64::try_from(pdf.len()).unwrap_or(i64::MAX),
        };
        let pieces: Vec<_> = pdf.chunks(PIECE).map(piece).collect();
        let answers = std::iter::once(first).chain(pieces).map(Ok);
        Ok(Box::pin(stream::iter(answers.collect::<Vec<_>>())))
    }

    /// What a link certifies, and whether it holds.
    pub async fn verify(&self, call: Call<()>, token: &str) -> Result<wire::PaperVerification> {
        let invalid = || Problem::of(&reasons::PAPER_INVALID);
        let claims: Claims = self.keyring.verify(token).map_err(|_| invalid())?;
        let mut conn = self.db.read().await?;
        let paper = store::get(&mut conn, self.source.kind(), claims.paper_id).await?;
        let paper = paper.ok_or_else(invalid)?;
        let record = self
            .source
            .record(&mut conn, paper.record_id, false)
            .await?;
        drop(conn);
        // The platform signed it, so there is one unless the paper was made for another database.
        let record = record.ok_or_else(invalid)?;
        let facts = Facts::open(&self.keys, paper.paper_id, &paper.facts_sealed)?;
        let (state, revoked) = state(&paper, &record);
        let holds = revoked.is_none();
        Ok(wire::PaperVerification {
            kind: paper.kind.to_wire(),
            number: paper.number,
            state: state.into(),
            reason: revoked.map_or(0, |(reason, _)| wire::paper::Reason::from(reason).into()),
            issued_at: Some(timestamp(paper.issued_at)),
            revoked_at: revoked.map(|(_, since)| timestamp(since)),
            holder_name: match holds {
                true => facts.holder.clone(),
                false => rules::mask(&facts.holder),
            },
            facts: if holds {
                facts_on_wire(&facts)
            } else {
                Vec::new()
            },
            issuer_name: facts.issuer,
            checked_at: Some(timestamp(call.now)),
        })
    }

    /// The content of the QR code.
    pub(crate) fn link(&self, paper_id: Uuid) -> Result<String> {
        let token = self.keyring.sign(&Claims { paper_id })?;
        let kind = self.source.kind().segment();
        Ok(format!("{}/p/{kind}/{token}", self.public_url))
    }

    /// A paper on the wire; its link is for the holder alone.
    pub(crate) fn to_wire(&self, paper: &Paper, record: &Record, own: bool) -> Result<wire::Paper> {
        let (state, revoked) = state(paper, record);
        Ok(wire::Paper {
            paper_id: paper.paper_id.to_string(),
            kind: paper.kind.to_wire(),
            number: paper.number.clone(),
            state: state.into(),
            reason: revoked.map_or(0, |(reason, _)| wire::paper::Reason::from(reason).into()),
            issued_at: Some(timestamp(paper.issued_at)),
            revoked_at: revoked.map(|(_, since)| timestamp(since)),
            organisation_id: paper.organisation_id.to_string(),
            url: if own {
                self.link(paper.paper_id)?
            } else {
                String::new()
            },
        })
    }
}

fn piece(bytes: &[u8]) -> wire::DownloadPaperResponse {
    wire::DownloadPaperResponse {
        content: Some(body("", bytes)),
        ..Default::default()
    }
}

fn body(content_type: &str, bytes: &[u8]) -> proto_options::HttpBody {
    proto_options::HttpBody {
        content_type: content_type.to_owned(),
        data: bytes.to_vec().into(),
    }
}

pub(crate) fn not_found() -> Problem {
    Problem::of(&reasons::NOT_FOUND)
}

/// The record of this person; `NOT_FOUND` for another person's.
pub(crate) fn own(record: Option<Record>, person_id: Uuid) -> Result<Record> {
    record
        .filter(|record| record.person_id == person_id)
        .ok_or_else(not_found)
}

/// Passes if a paper may be issued and downloaded.
pub(crate) fn holds(record: &mut Record) -> Result<()> {
    match std::mem::replace(&mut record.standing, Standing::Holds) {
        Standing::Holds => Ok(()),
        Standing::NotYet(refusal) | Standing::Revoked { refusal, .. } => Err(*refusal),
    }
}

/// Why there is no document, for the person.
pub(crate) fn failed(failure: Failure) -> Problem {
    match failure {
        Failure::Refused(refusal) => match refusal.code.as_str() {
            "MISSING_GLYPHS" => {
                Problem::of(&reasons::PAPER_CHARACTERS_MISSING).with("characters", refusal.detail)
            }
            "TOO_LONG" => Problem::of(&reasons::PAPER_TOO_LONG),
            _ => Problem::of(&reasons::PAPER_UNAVAILABLE)
                .because(anyhow::anyhow!("the renderer: {}", refusal.detail)),
        },
        Failure::Busy => Problem::of(&reasons::PAPER_BUSY).retry_after(RETRY_AFTER),
        Failure::Away(error) => Problem::of(&reasons::PAPER_UNAVAILABLE)
            .because(anyhow::Error::new(error).context("the renderer does not answer")),
    }
}

impl fmt::Debug for Papers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Papers")
            .field("kind", &self.source.kind())
            .finish_non_exhaustive()
    }
}
