//! Pages the gateway writes itself: the API reference and the explanation of every error. They are plain documents,
//! readable without script, in Chinese or English.

pub mod api;
pub mod problems;

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use transcode::Language;

/// The style sheet of these pages.
pub async fn style() -> impl IntoResponse {
    (
        [
            (header::CONTENT_TYPE, "text/css; charset=utf-8"),
            (header::CACHE_CONTROL, "public, max-age=3600"),
        ],
        include_str!("pages.css"),
    )
}

/// Text made safe for HTML content and quoted attributes.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Chinese or English, whichever the reader prefers.
pub fn say<'a>(language: Language, zh: &'a str, en: &'a str) -> &'a str {
    match language {
        Language::Chinese => zh,
        Language::English => en,
    }
}

/// A whole document around `body`, which is HTML already.
pub fn document(language: Language, status: StatusCode, title: &str, body: &str) -> Response {
    let brand = say(language, "网上科协", "Online CAST");
    let html = format!(
        "<!doctype html><html lang=\"{lang}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title} · {brand}</title>\
         <link rel=\"icon\" href=\"/icon.svg\" type=\"image/svg+xml\"><link rel=\"stylesheet\" href=\"/pages.css\"></head><body>\
         <a class=\"skip\" href=\"#main\">{skip}</a>\
         <header><a href=\"/\">{brand}</a><nav><a href=\"/api\">{api}</a> <a href=\"/problems\">{errors}</a> \
         <a href=\"/openapi.json\">openapi.json</a></nav></header><main id=\"main\">{body}</main></body></html>",
        lang = language.tag(),
        title = escape(title),
        skip = say(language, "跳到正文", "Skip to content"),
        api = say(language, "开放接口", "API"),
        errors = say(language, "错误说明", "Errors"),
    );
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    headers.insert(
        header::CONTENT_LANGUAGE,
        HeaderValue::from_static(language.tag()),
    );
    headers.insert(header::VARY, HeaderValue::from_static("accept-language"));
    response
}

#[cfg(test)]
mod tests {
    #[test]
    fn markup_in_text_stays_text() {
        assert_eq!(
            super::escape("<a href='x'>&\""),
            "&lt;a href=&#39;x&#39;&gt;&amp;&quot;"
        );
    }
}
