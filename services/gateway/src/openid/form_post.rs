//! OAuth 2.0 Form Post Response Mode: the answer is a form that the browser posts to the site, so that it is in no address and no log.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use proto::cast::identity::v1::SentParameter;
use transcode::Language;

use crate::pages::{document, escape, not_kept, say};

/// Posts the form as soon as the page is there. A file of its own: pages run no inline script.
const SCRIPT: &str = "document.forms[0].submit();\n";

/// `GET /oauth2/form-post.js`.
pub async fn script() -> impl IntoResponse {
    (
        [
            (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
            (header::CACHE_CONTROL, "public, max-age=3600"),
        ],
        SCRIPT,
    )
}

/// The page with the form. Without script the person sends it by its button.
pub fn form_post(language: Language, post_to: &str, fields: &[SentParameter]) -> Response {
    let title = say(language, "正在返回网站", "Going back to the site");
    let go_on = say(language, "继续", "Continue");
    let inputs = hidden(fields);
    let body = format!(
        "<h1>{title}</h1><form method=\"post\" action=\"{}\">{inputs}<button class=\"action\">{go_on}</button></form>\
         <script src=\"/oauth2/form-post.js\" defer></script>",
        escape(post_to)
    );
    let mut response = document(language, StatusCode::OK, title, &body);
    // Sites redirect what is posted to them, and `form-action` holds for that too.
    allow_forms_to(&mut response, "https: http:");
    not_kept(response)
}

/// The fields of a form as they are.
pub fn hidden(fields: &[SentParameter]) -> String {
    let input = |one: &SentParameter| {
        let (name, value) = (escape(&one.name), escape(&one.value));
        format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">")
    };
    fields.iter().map(input).collect()
}

/// Lets the forms of a page be sent to these sources besides this host; nothing else is allowed that other pages are not.
pub fn allow_forms_to(response: &mut Response, sources: &str) {
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self' {sources}; \
         frame-ancestors 'none'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response
            .headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, policy);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_values() {
        let field = SentParameter {
            name: "state".into(),
            value: "\"><script>alert(1)</script>".into(),
        };
        assert_eq!(
            hidden(&[field]),
            "<input type=\"hidden\" name=\"state\" value=\"&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;\">"
        );
    }
}
