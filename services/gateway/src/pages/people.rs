//! Addresses that browsers are sent to: a person sees a page there, whatever goes wrong, and never the JSON that programs get.

use axum::{body::to_bytes, extract::Request, middleware::Next, response::Response};
use http::header;
use serde_json::Value;
use transcode::Language;

use super::{document, escape, say};

/// No problem is longer.
const MOST_BYTES: usize = 64 * 1024;

/// Whether browsers are sent to this path by other sites.
fn is_for_browsers(path: &str) -> bool {
    ["/oauth2/authorize", "/oauth2/logout"]
        .iter()
        .any(|begin| path == *begin || path.starts_with(&format!("{begin}/")))
}

/// Makes pages of problems at these addresses.
pub async fn layer(request: Request, next: Next) -> Response {
    if !is_for_browsers(request.uri().path()) {
        return next.run(request).await;
    }
    let language = Language::negotiate(request.headers());
    let response = next.run(request).await;
    let failed = response.status().is_client_error() || response.status().is_server_error();
    let kind = response.headers().get(header::CONTENT_TYPE);
    let page = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if !failed || page {
        return response;
    }
    let (parts, body) = response.into_parts();
    let problem: Value = to_bytes(body, MOST_BYTES)
        .await
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default();
    let text = |name: &str| problem[name].as_str().filter(|text| !text.is_empty());
    let title = text("title").unwrap_or(say(
        language,
        "这个请求处理不了",
        "This request cannot be answered",
    ));
    let detail = text("detail").unwrap_or(say(
        language,
        "请返回上一页重试。",
        "Go back and try again.",
    ));
    let code = text("code").map_or(String::new(), |code| {
        let code = escape(code);
        format!("<p class=\"lead\"><code>{code}</code></p>")
    });
    let body = format!(
        "<h1>{}</h1><p>{}</p>{code}<p><a href=\"/\">{}</a></p>",
        escape(title),
        escape(detail),
        say(language, "返回网上科协", "Back to Online CAST")
    );
    let mut made = document(language, parts.status, title, &body);
    for name in [
        header::RETRY_AFTER,
        header::SET_COOKIE,
        header::CACHE_CONTROL,
        header::ALLOW,
    ] {
        if let Some(value) = parts.headers.get(&name) {
            made.headers_mut().insert(name, value.clone());
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use super::is_for_browsers;

    #[test]
    fn only_addresses_that_sites_send_browsers_to_are_pages() {
        for path in [
            "/oauth2/authorize",
            "/oauth2/authorize/7",
            "/oauth2/logout",
            "/oauth2/logout/confirm",
        ] {
            assert!(is_for_browsers(path), "{path}");
        }
        for path in ["/oauth2/token", "/oauth2/authorized", "/v1/me", "/"] {
            assert!(!is_for_browsers(path), "{path}");
        }
    }
}
