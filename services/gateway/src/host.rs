//! The host of a request. HTTP/1.1 requires exactly one valid `Host` (RFC 9112 section 3.2), HTTP/2 `:authority` or the
//! same host in both (RFC 9113 section 8.3.1). Programs interpret a request without one, or with two, differently.

use axum::{extract::Request, middleware::Next, response::Response};
use http::{Version, header, uri::Authority};
use kit::telemetry::current_trace_id;
use problem::Problem;
use proto::reasons;
use transcode::{Language, Render as _};

/// Refuses with 400 what names no host, several, or none that can be one.
pub async fn layer(request: Request, next: Next) -> Response {
    if names_one_host(&request) {
        return next.run(request).await;
    }
    Problem::of(&reasons::HOST_INVALID).to_response(
        Language::negotiate(request.headers()),
        Some(current_trace_id().as_str()).filter(|id| !id.is_empty()),
    )
}

fn names_one_host<B>(request: &http::Request<B>) -> bool {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let (first, second) = (hosts.next(), hosts.next());
    let version = request.version();
    match (first, second) {
        (_, Some(_)) => false,
        (Some(host), None) => {
            let host = host
                .to_str()
                .ok()
                .and_then(|host| host.parse::<Authority>().ok())
                // `user@host` is no host.
                .filter(|host| !host.as_str().contains('@'));
            match (host, request.uri().authority()) {
                (Some(host), Some(authority)) if version >= Version::HTTP_2 => {
                    host.as_str().eq_ignore_ascii_case(authority.as_str())
                }
                (host, _) => host.is_some(),
            }
        }
        // HTTP/1.0 knows no Host.
        (None, None) if version >= Version::HTTP_2 => request.uri().authority().is_some(),
        (None, None) => version < Version::HTTP_11,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn check(version: Version, uri: &str, hosts: &[&str]) -> bool {
        let mut request = http::Request::builder().version(version).uri(uri);
        for host in hosts {
            request = request.header("host", *host);
        }
        names_one_host(&request.body(()).unwrap())
    }

    #[test]
    fn exactly_one_host_is_named() {
        for (hosts, right) in [
            (&["cast.example"][..], true),
            (&["cast.example:8080"], true),
            (&["[::1]:8080"], true),
            (&[], false),
            (&["cast.example", "cast.example"], false),
            (&["cast.example", "evil.example"], false),
            (&[""], false),
            (&["user@cast.example"], false),
            (&["cast example"], false),
        ] {
            assert_eq!(check(Version::HTTP_11, "/", hosts), right, "{hosts:?}");
        }
        assert!(check(Version::HTTP_10, "/", &[]));
        assert!(check(Version::HTTP_2, "https://cast.example/", &[]));
        assert!(check(
            Version::HTTP_2,
            "https://cast.example/",
            &["cast.example"]
        ));
        assert!(!check(
            Version::HTTP_2,
            "https://cast.example/",
            &["evil.example"]
        ));
        assert!(!check(Version::HTTP_2, "/", &[]));
    }
}
