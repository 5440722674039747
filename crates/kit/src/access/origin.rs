//! Origin of a call. Behind the gateway the TCP peer is always the gateway, so the origin travels in metadata; it is
//! trusted only with a valid internal token.

use std::net::IpAddr;

use http::HeaderMap;
use tonic::metadata::MetadataMap;

/// The network address of the original caller.
pub const ADDRESS_HEADER: &str = "x-cast-origin";
/// The User-Agent of the original caller.
pub const USER_AGENT_HEADER: &str = "x-cast-user-agent";
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
        }
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
    }
}
