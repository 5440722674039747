//! Browser apps of other sites call some endpoints. These use no cookie, so any site may read their answers (Fetch, CORS protocol).

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, StatusCode, header};

const PREFLIGHT: [(HeaderName, &str); 3] = [
    (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
    (
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        "authorization, content-type, dpop",
    ),
    (header::ACCESS_CONTROL_MAX_AGE, "86400"),
];

/// What a browser asks before it calls.
pub async fn preflight() -> impl IntoResponse {
    (StatusCode::NO_CONTENT, PREFLIGHT)
}

/// Lets any site read the answers, and why a token is refused (RFC 6750 section 3).
pub async fn open_to_all(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, "WWW-Authenticate"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
