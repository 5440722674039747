//! Forms that other sites post to this host. A browser leaves the session cookie out of such a POST (SameSite=Lax), so that nothing is known of
//! the person whose browser it is. It is answered with a page of this host that posts the same fields to the same address: that request is
//! one of this site, and comes with the cookie. What was posted stays out of addresses all the way.

use axum::response::Response;
use http::{HeaderMap, Method, header};
use kit::errors::Problem;
use proto::{cast::identity::v1::SentParameter, reasons};
use transcode::{Language, Render as _};
use url::Url;

use super::{
    form_post::{hidden, sent_at_once},
    parameters::{self, MARKER, Sent},
};
use crate::{pages::say, session};

/// What a request says of the person's session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Arrival {
    /// All that the browser has: it is answered.
    Whole,
    /// The cookie may have been left out: posted again by this host, it comes with it.
    WithoutCookie,
    /// It was posted again, and still counts as one of another site.
    Stuck,
}

/// A page instead of an answer, if the form has to be posted again; `None` if it can be answered. `action` is the address of this host
/// that it came to.
pub fn needed(
    action: &str,
    method: &Method,
    headers: &HeaderMap,
    sent: &Sent,
    public_url: &Url,
) -> Option<Response> {
    match arrival(method, headers, sent.reposted, public_url) {
        Arrival::Whole => None,
        Arrival::WithoutCookie => {
            let locales = value(&sent.parameters, "ui_locales");
            let tags: Vec<String> = locales.split(' ').map(str::to_owned).collect();
            let language = parameters::language(&tags, headers);
            Some(page(language, action, &sent.parameters))
        }
        Arrival::Stuck => {
            let problem = Problem::of(&reasons::CROSS_SITE_REQUEST);
            Some(problem.to_response(Language::negotiate(headers), None))
        }
    }
}

fn arrival(method: &Method, headers: &HeaderMap, reposted: bool, public_url: &Url) -> Arrival {
    if method != Method::POST || session::secret(headers).is_some() {
        return Arrival::Whole;
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    // Fetch Metadata; browsers that do not know it, and those that reach this host by plain http, send the origin alone.
    match (text("sec-fetch-site"), reposted) {
        (Some("same-origin"), _) => Arrival::Whole,
        (Some(_), true) => Arrival::Stuck,
        (None, true) => match text(header::ORIGIN.as_str()) {
            // Pages of this host send no referrer, and with it no origin.
            None | Some("null") => Arrival::Whole,
            Some(origin) if origin == public_url.origin().ascii_serialization() => Arrival::Whole,
            Some(_) => Arrival::Stuck,
        },
        (_, false) => Arrival::WithoutCookie,
    }
}

fn page(language: Language, action: &str, sent: &[SentParameter]) -> Response {
    let marker = SentParameter {
        name: MARKER.to_owned(),
        value: "1".to_owned(),
    };
    let inputs = hidden(sent) + &hidden(&[marker]);
    let title = say(language, "正在继续", "Going on");
    // The answer leads back to the site, which may lead on; that of an app has a scheme of its own. Only registered addresses are gone to.
    let app = ["redirect_uri", "post_logout_redirect_uri"]
        .iter()
        .filter_map(|name| Url::parse(value(sent, name)).ok())
        .find(|url| !url.has_host() && url.scheme().contains('.'))
        .map(|url| format!(" {}:", url.scheme()))
        .unwrap_or_default();
    sent_at_once(
        language,
        title,
        action,
        &inputs,
        &format!("https: http:{app}"),
    )
}

fn value<'a>(sent: &'a [SentParameter], name: &str) -> &'a str {
    let found = sent.iter().find(|one| one.name == name);
    found.map(|one| one.value.as_str()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn arrives(method: Method, pairs: &[(&'static str, &str)], reposted: bool) -> Arrival {
        let headers = pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        let public = Url::parse("https://cast.example").unwrap();
        arrival(&method, &headers, reposted, &public)
    }

    #[test]
    fn a_form_without_cookie_is_posted_again_once() {
        use Arrival::*;
        let (from, origin) = ("sec-fetch-site", "origin");
        for (pairs, first, second) in [
            (&[][..], WithoutCookie, Whole),
            (&[(from, "cross-site")], WithoutCookie, Stuck),
            (&[(from, "same-site")], WithoutCookie, Stuck),
            (&[(from, "none")], WithoutCookie, Stuck),
            (&[(from, "same-origin")], Whole, Whole),
            (&[(origin, "https://site.example")], WithoutCookie, Stuck),
            (&[(origin, "https://cast.example")], WithoutCookie, Whole),
            (&[(origin, "null")], WithoutCookie, Whole),
            (
                &[("cookie", "__Host-session=a"), (from, "cross-site")],
                Whole,
                Whole,
            ),
        ] {
            assert_eq!(arrives(Method::POST, pairs, false), first, "{pairs:?}");
            assert_eq!(arrives(Method::POST, pairs, true), second, "{pairs:?}");
        }
        // A link comes with the cookie.
        assert_eq!(arrives(Method::GET, &[(from, "cross-site")], false), Whole);
    }

    #[test]
    fn the_answer_may_lead_to_the_app_that_asked() {
        let field = |name: &str, value: &str| SentParameter {
            name: name.to_owned(),
            value: value.to_owned(),
        };
        let policy = |sent: &[SentParameter]| {
            let page = page(Language::English, "/oauth2/logout", sent);
            let policy = &page.headers()[header::CONTENT_SECURITY_POLICY];
            policy.to_str().unwrap().to_owned()
        };
        let app = policy(&[field("post_logout_redirect_uri", "com.example.app:/bye")]);
        assert!(
            app.contains("form-action 'self' https: http: com.example.app:;"),
            "{app}"
        );
        let strange = policy(&[field("redirect_uri", "javascript:alert(1)")]);
        assert!(
            strange.contains("form-action 'self' https: http:;"),
            "{strange}"
        );
        assert!(strange.contains("script-src 'sha256-"), "{strange}");
    }
}
