//! What a site demands when it sends a person here: read once, kept on the server, asked again before a code is issued. The pages in
//! between carry the id of the demand and nothing else, so what the site asked for cannot be lost or changed on the way.

pub mod rules;
pub mod store;

use kit::errors::Problem;
use proto_identity::{reasons, v1::SentParameter};
use time::Duration;

/// How long a person may take to sign in and decide.
pub const LIFETIME: Duration = Duration::minutes(10);

/// `AUTHORIZATION_REQUEST_ENDED`.
pub fn ended() -> Problem {
    Problem::of(&reasons::AUTHORIZATION_REQUEST_ENDED)
}

/// Names and values as they were sent.
pub fn pairs(sent: &[SentParameter]) -> Vec<(&str, &str)> {
    sent.iter()
        .map(|one| (one.name.as_str(), one.value.as_str()))
        .collect()
}
