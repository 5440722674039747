//! OAuth 2.0 Form Post Response Mode: the answer is a form that the browser posts to the site, so that it is in no address and no log.

use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use proto::cast::identity::v1::SentParameter;
use transcode::Language;

use crate::pages::{document, escape, not_kept, say};

/// Sends the only form of a page as soon as the page is there. Not `forms[0].submit()`: a field of that name would stand in its way.
const SCRIPT: &str = "HTMLFormElement.prototype.submit.call(document.forms[0])";
/// SHA-256 of [`SCRIPT`], by which pages allow this script and no other (Content Security Policy Level 3 section 2.3.1).
const SCRIPT_HASH: &str = "sha256-ox4bri+xTrW3kuLTyRoak73QX8KZGuyP3JlQYusbSlA=";

/// The page with the form. Without script the person sends it by its button.
pub fn form_post(language: Language, post_to: &str, fields: &[SentParameter]) -> Response {
    let title = say(language, "正在返回网站", "Going back to the site");
    // Sites redirect what is posted to them, and `form-action` holds for that too.
    sent_at_once(language, title, post_to, &hidden(fields), "https: http:")
}

/// A page with one form that is sent as soon as the page is there. `inputs` is HTML; `sources`: where the form, and what answers it, may
/// lead besides this host.
pub fn sent_at_once(
    language: Language,
    title: &str,
    action: &str,
    inputs: &str,
    sources: &str,
) -> Response {
    let text = say(
        language,
        "请稍候。如果页面没有自动跳转，请点下面的按钮。",
        "One moment. If the page does not go on by itself, use the button below.",
    );
    let go_on = say(language, "继续", "Continue");
    let body = format!(
        "<h1>{title}</h1><p>{text}</p><form method=\"post\" action=\"{}\">{inputs}<button class=\"action\">{go_on}</button></form>\
         <script>{SCRIPT}</script>",
        escape(action)
    );
    let mut response = document(language, StatusCode::OK, title, &body);
    set_policy(&mut response, &format!("'{SCRIPT_HASH}'"), sources);
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

/// Lets the forms of a page be sent to these sources besides this host; the page runs no script.
pub fn allow_forms_to(response: &mut Response, sources: &str) {
    set_policy(response, "'none'", sources);
}

fn set_policy(response: &mut Response, scripts: &str, form_sources: &str) {
    let policy = format!(
        "default-src 'none'; script-src {scripts}; style-src 'self'; img-src 'self'; base-uri 'none'; \
         form-action 'self' {form_sources}; frame-ancestors 'none'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response
            .headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, policy);
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest::{SHA256, digest};
    use base64::{Engine as _, engine::general_purpose::STANDARD};

    use super::*;

    #[test]
    fn the_policy_names_the_script_of_the_page() {
        let hash = STANDARD.encode(digest(&SHA256, SCRIPT.as_bytes()));
        assert_eq!(SCRIPT_HASH, format!("sha256-{hash}"));
    }

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
