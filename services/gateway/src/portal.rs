//! The portal: files built by Vite, embedded in the program. Hashed files never change and are cached permanently; the
//! page itself is always revalidated. The page is the same document at every address except for its [`head`]; at an
//! unknown address, or one whose record does not exist, it is served with 404, for programs and search engines.

use axum::{body::Body, extract::State, response::Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use kit::telemetry::current_trace_id;
use problem::Problem;
use proto::reasons;
use rust_embed::{EmbeddedFile, RustEmbed};
use transcode::{Language, Render as _};

use crate::{gateway::Gateway, head, portal_paths, session};

#[derive(RustEmbed)]
#[folder = "../../portal/dist"]
struct Files;

/// The fallback route.
pub async fn serve(
    State(gateway): State<Gateway>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let path = uri.path().trim_start_matches('/');
    if method != Method::GET && method != Method::HEAD {
        return not_found(&headers);
    }
    if let Some(file) = Files::get(path).filter(|_| !path.is_empty() && path != "index.html") {
        let hashed = path.starts_with("assets/");
        return send(
            &file,
            if hashed {
                "public, max-age=31536000, immutable"
            } else {
                "public, max-age=600"
            },
        );
    }
    let known = portal_paths::is_page(uri.path());
    match Files::get("index.html").map(|file| page(&file, gateway.demonstration)) {
        // Link readers send no session; pages for people do not wait for a head.
        Some(page) if known && session::secret(&headers).is_some() => send(&page, "no-cache"),
        Some(page) if known => {
            let head = head::of(&gateway, &headers, uri.path()).await;
            let mut response = send(&page, "no-cache");
            *response.status_mut() = head.status();
            let file = String::from_utf8_lossy(&page.data);
            *response.body_mut() = Body::from(head.write(&file, &gateway.public_url, uri.path()));
            response
        }
        Some(page) if is_for_people(path, &headers) => {
            let mut response = send(&page, "no-cache");
            *response.status_mut() = StatusCode::NOT_FOUND;
            response
        }
        _ => not_found(&headers),
    }
}

/// The page, which says that what it shows is made up where that is so.
fn page(file: &EmbeddedFile, demonstration: bool) -> EmbeddedFile {
    let mut page = file.clone();
    if demonstration {
        page.data = marked(&String::from_utf8_lossy(&file.data))
            .into_bytes()
            .into();
    }
    page
}

/// The portal looks for the attribute.
fn marked(page: &str) -> String {
    page.replacen("<html ", "<html data-demonstration ", 1)
}

fn not_found(headers: &HeaderMap) -> Response {
    let trace_id = current_trace_id();
    Problem::of(&reasons::NOT_FOUND).to_response(
        Language::negotiate(headers),
        Some(trace_id.as_str()).filter(|id| !id.is_empty()),
    )
}

/// Whether a person requests a missing page; programs get a problem instead. Browsers accept HTML; addresses of the API
/// and of files are never pages.
fn is_for_people(path: &str, headers: &HeaderMap) -> bool {
    let first = path.split('/').next().unwrap_or_default();
    let version = first
        .strip_prefix('v')
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()));
    let of_api = version || matches!(first, "oauth2" | "api" | "problems" | ".well-known");
    let of_file = path
        .rsplit('/')
        .next()
        .is_some_and(|name| name.contains('.'));
    let page_wanted = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.contains("text/html"));
    page_wanted && !of_api && !of_file
}

fn send(file: &EmbeddedFile, cache: &'static str) -> Response {
    let mut response = Response::new(Body::from(file.data.clone().into_owned()));
    let headers = response.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(file.metadata.mimetype()) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    response
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_page_of_a_demonstration_says_so() {
        let page = include_str!("../../../portal/index.html");
        assert!(!page.contains("data-demonstration"));
        assert!(marked(page).contains("<html data-demonstration lang=\"zh-CN\">"));
    }

    #[test]
    fn a_browser_gets_a_page_and_a_program_a_problem() {
        let browser = HeaderMap::from_iter([(
            header::ACCEPT,
            "text/html,application/xhtml+xml".parse().unwrap(),
        )]);
        let program = HeaderMap::from_iter([(header::ACCEPT, "application/json".parse().unwrap())]);
        assert!(is_for_people("no/such/page", &browser));
        assert!(!is_for_people("no/such/page", &program));
        assert!(!is_for_people("no/such/page", &HeaderMap::new()));
        for path in [
            "v2/activities",
            "v2",
            "v10/x",
            "oauth2/nope",
            "api/x",
            ".well-known/nope",
            "problems/x/y",
            "missing.png",
        ] {
            assert!(!is_for_people(path, &browser), "{path}");
        }
        assert!(is_for_people("very/much", &browser));
    }
}
