//! Origin of a call. Behind the gateway the TCP peer is always the gateway, so the origin travels in metadata; it is
//! trusted only with a valid internal token.

use std::net::IpAddr;

use http::HeaderMap;
use time::{Duration, OffsetDateTime};
use tonic::metadata::MetadataMap;

/// The network address of the original caller.
pub const ADDRESS_HEADER: &str = "x-cast-origin";
/// The User-Agent of the original caller.
pub const USER_AGENT_HEADER: &str = "x-cast-user-agent";
/// When the gateway received the request: microseconds since 1970.
pub const RECEIVED_HEADER: &str = "x-cast-received-at";
/// A request that was received earlier than this before a service lets it through did not wait that long: a clock is wrong.
const LONGEST_WAIT: Duration = Duration::minutes(2);
/// Longer values are cut: they are stored in audit records.
const MAX_USER_AGENT: usize = 300;

/// Origin of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Network address of the person's or client's machine.
    pub address: Option<IpAddr>,
    /// The User-Agent of their program.
    pub user_agent: Option<String>,
    /// Trace of the call (32 hex digits); empty if there is none.
    pub trace_id: String,
    /// When the gateway received the request.
    pub received_at: Option<OffsetDateTime>,
}

impl Origin {
    /// Reads the origin that a trusted service declared.
    pub(super) fn trusted(headers: &HeaderMap, trace_id: String) -> Self {
        let text = |name| headers.get(name).and_then(|v| v.to_str().ok());
        Self {
            address: text(ADDRESS_HEADER).and_then(|a| a.parse().ok()),
            user_agent: text(USER_AGENT_HEADER)
                .map(|agent| agent.chars().take(MAX_USER_AGENT).collect()),
            trace_id,
            received_at: text(RECEIVED_HEADER).and_then(moment),
        }
    }

    /// When the request was received, for a service that lets it through at `now`: `now` itself if that is not known or cannot be right.
    pub(crate) fn received_at(&self, now: OffsetDateTime) -> OffsetDateTime {
        self.received_at
            .filter(|received| (now - LONGEST_WAIT..=now).contains(received))
            .unwrap_or(now)
    }

    /// Writes the origin for the called service, which trusts it only beside an internal token.
    pub fn write(&self, metadata: &mut MetadataMap) {
        if let Some(value) = self.address.and_then(|a| a.to_string().parse().ok()) {
            metadata.insert(ADDRESS_HEADER, value);
        }
        let visible = |c: char| {
            if c.is_ascii_graphic() || c == ' ' {
                c
            } else {
                '?'
            }
        };
        let agent = self
            .user_agent
            .iter()
            .flat_map(|agent| agent.chars().take(MAX_USER_AGENT));
        if let Ok(value) = agent.map(visible).collect::<String>().parse()
            && self.user_agent.is_some()
        {
            metadata.insert(USER_AGENT_HEADER, value);
        }
        let received = self.received_at.map(|at| at.unix_timestamp_nanos() / 1_000);
        if let Some(value) = received.and_then(|micros| micros.to_string().parse().ok()) {
            metadata.insert(RECEIVED_HEADER, value);
        }
    }
}

/// The moment in [`RECEIVED_HEADER`].
pub fn moment(micros: &str) -> Option<OffsetDateTime> {
    let nanos = micros.parse::<i128>().ok()?.checked_mul(1_000)?;
    OffsetDateTime::from_unix_timestamp_nanos(nanos).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use time::macros::datetime;

    #[test]
    fn when_a_request_was_received_travels_and_is_believed_if_it_can_be_right() {
        let now = datetime!(2026-12-11 15:59:59.5 UTC);
        let sent = Origin {
            received_at: Some(now - Duration::seconds(30)),
            ..Origin::default()
        };
        let mut metadata = MetadataMap::new();
        sent.write(&mut metadata);
        let arrived = Origin::trusted(&metadata.into_headers(), String::new());
        assert_eq!(arrived, sent);
        assert_eq!(arrived.received_at(now), now - Duration::seconds(30));
        // A clock that is ahead, one that is far behind, and a service's own call.
        assert_eq!(
            arrived.received_at(now - Duration::minutes(1)),
            now - Duration::minutes(1)
        );
        assert_eq!(
            arrived.received_at(now + Duration::minutes(3)),
            now + Duration::minutes(3)
        );
        assert_eq!(Origin::default().received_at(now), now);
    }

    #[test]
    fn what_is_no_moment_is_none() {
        for text in ["", "soon", "-", "99999999999999999999999999999999999999999"] {
            assert_eq!(moment(text), None, "{text}");
        }
    }
}
