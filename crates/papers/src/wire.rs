//! Papers on the wire.

use proto_papers::v1 as wire;
use time::OffsetDateTime;

use crate::{
    facts::Facts,
    kind::Reason,
    source::{Record, Standing},
    store::Paper,
};

/// The state of a paper now; why and since when it is revoked, if it is.
pub(crate) fn state(
    paper: &Paper,
    record: &Record,
) -> (wire::paper::State, Option<(Reason, OffsetDateTime)>) {
    let revoked = match (&paper.superseded_at, &record.standing) {
        (Some(since), _) => Some((Reason::Superseded, *since)),
        (None, Standing::Revoked { reason, since, .. }) => Some((*reason, *since)),
        (None, Standing::Holds | Standing::NotYet(_)) => None,
    };
    match revoked {
        Some(_) => (wire::paper::State::Revoked, revoked),
        None => (wire::paper::State::Issued, None),
    }
}

/// What a paper says.
pub(crate) fn facts_on_wire(facts: &Facts) -> Vec<wire::PaperFact> {
    let facts = facts.facts.iter().map(|(key, fact)| wire::PaperFact {
        key: key.clone(),
        zh: fact.zh.clone(),
        en: fact.en.clone(),
    });
    facts.collect()
}
