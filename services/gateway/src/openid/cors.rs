//! Browser apps of other sites call some endpoints. These use no cookie, so any site may read their answers (Fetch, CORS protocol).

use axum::{extract::Request, middleware::Next, response::Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

const PREFLIGHT: [(HeaderName, &str); 3] = [
    (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
    (
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        "authorization, content-type",
    ),
    (header::ACCESS_CONTROL_MAX_AGE, "86400"),
];

/// Answers preflights, and lets any site read the answers.
pub async fn layer(request: Request, next: Next) -> Response {
    let preflight = request.method() == Method::OPTIONS
        && request
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    if preflight {
        let mut response = Response::default();
        *response.status_mut() = StatusCode::NO_CONTENT;
        for (name, value) in PREFLIGHT {
            let value = HeaderValue::from_static(value);
            response.headers_mut().insert(name, value);
        }
        open(response.headers_mut());
        return response;
    }
    let mut response = next.run(request).await;
    open(response.headers_mut());
    response
}

fn open(headers: &mut HeaderMap) {
    let any = HeaderValue::from_static("*");
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, any);
    // Why a token is refused (RFC 6750 section 3).
    let exposed = HeaderValue::from_static("WWW-Authenticate");
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
}
