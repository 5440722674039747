//! The portal: files built by Vite, embedded in the program. Hashed files never change and are kept for ever; the page itself is
//! always asked for. Any address that is no file is a page of the portal and gets the same document.

use axum::{body::Body, response::Response};
use http::{HeaderValue, Method, StatusCode, Uri, header};
use proto::reasons;
use rust_embed::{EmbeddedFile, RustEmbed};
use transcode::{Language, Problem};

#[derive(RustEmbed)]
#[folder = "../../portal/dist"]
struct Files;

/// Anything no other route knows.
pub async fn serve(method: Method, uri: Uri, headers: http::HeaderMap) -> Response {
    let language = Language::negotiate(&headers);
    let refused = |reason| Problem::new(reason).to_response(language, None);
    if method != Method::GET && method != Method::HEAD {
        return refused(&reasons::NOT_FOUND);
    }
    let path = uri.path().trim_start_matches('/');
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
    let looks_like_file = path
        .rsplit('/')
        .next()
        .is_some_and(|name| name.contains('.'));
    match Files::get("index.html") {
        // A card link ends in a token with dots in it.
        Some(page) if !looks_like_file || path.starts_with("v/") => send(&page, "no-cache"),
        _ => refused(&reasons::NOT_FOUND),
    }
}

fn send(file: &EmbeddedFile, cache: &'static str) -> Response {
    let mut response = Response::new(Body::from(file.data.clone().into_owned()));
    *response.status_mut() = StatusCode::OK;
    let headers = response.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(file.metadata.mimetype()) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    response
}
