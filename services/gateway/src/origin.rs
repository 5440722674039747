//! The origin of a request. Proxies in front of the gateway append it to `X-Forwarded-For`; how many proxies there are
//! is configuration, because any client can send that header.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{ConnectInfo, Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, HeaderValue};
use kit::{access::origin::RECEIVED_HEADER, clock::Clock};

/// Set by this layer on every request, replacing what the client sent.
pub const HEADER: &str = "x-cast-origin";

/// Writes the visitor's address into [`HEADER`] and the time into [`RECEIVED_HEADER`], and drops every other `x-cast-*` header: those are
/// reserved.
pub async fn layer(
    State(trusted_proxies): State<usize>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    let address = visitor(peer.ip(), request.headers(), trusted_proxies);
    let headers = request.headers_mut();
    let ours: Vec<_> = headers
        .keys()
        .filter(|name| name.as_str().starts_with("x-cast-"))
        .cloned()
        .collect();
    for name in ours {
        headers.remove(name);
    }
    if let Ok(value) = HeaderValue::from_str(&address.to_string()) {
        headers.insert(HEADER, value);
    }
    let received = Clock::system().now().unix_timestamp_nanos() / 1_000;
    if let Ok(value) = HeaderValue::from_str(&received.to_string()) {
        headers.insert(RECEIVED_HEADER, value);
    }
    next.run(request).await
}

/// The address that the outermost trusted proxy saw: the `trusted_proxies`-th entry from the right. Without proxies,
/// the peer.
fn visitor(peer: IpAddr, headers: &HeaderMap, trusted_proxies: usize) -> IpAddr {
    let Some(index) = trusted_proxies.checked_sub(1) else {
        return peer;
    };
    let forwarded: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    forwarded
        .iter()
        .rev()
        .nth(index)
        .and_then(|text| text.parse().ok())
        .unwrap_or(peer)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_what_trusted_proxies_wrote_counts() {
        let peer: IpAddr = "10.0.0.9".parse().unwrap();
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "6.6.6.6, 203.0.113.7".parse().unwrap());
        headers.append("x-forwarded-for", "10.0.0.8".parse().unwrap());
        assert_eq!(visitor(peer, &headers, 0), peer);
        assert_eq!(
            visitor(peer, &headers, 1),
            "10.0.0.8".parse::<IpAddr>().unwrap()
        );
        assert_eq!(
            visitor(peer, &headers, 2),
            "203.0.113.7".parse::<IpAddr>().unwrap()
        );
        assert_eq!(visitor(peer, &headers, 9), peer);
        assert_eq!(visitor(peer, &HeaderMap::new(), 1), peer);
    }
}
