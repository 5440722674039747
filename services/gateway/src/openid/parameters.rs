//! Parameters of requests that browsers bring, as they were sent.

use axum::{body::Bytes, extract::rejection::BytesRejection};
use http::{HeaderMap, Method, Uri, header};
use proto::cast::identity::v1::SentParameter;
use transcode::Language;

/// More than any request has.
const MOST: usize = 200;
/// More than any value has.
const MOST_CHARACTERS: usize = 30_000;

/// The field by which this host knows a form that it has posted again itself, see [`repost`](super::repost).
pub const MARKER: &str = "cast_reposted";

/// What a browser brings.
#[derive(Debug, Default)]
pub struct Sent {
    /// In the order in which they were sent, repetitions included.
    pub parameters: Vec<SentParameter>,
    /// Whether this host has posted them again.
    pub reposted: bool,
}

/// Why the parameters cannot be read, for the developer of the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable(pub &'static str);

/// The parameters of the query, or of the form of a POST, repetitions included.
pub fn read(
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &Result<Bytes, BytesRejection>,
) -> Result<Sent, Unreadable> {
    let encoded = if method == Method::POST {
        if !is_form(headers) {
            return Err(Unreadable(
                "send Content-Type: application/x-www-form-urlencoded",
            ));
        }
        match body {
            Ok(body) => &body[..],
            Err(_) => return Err(Unreadable("the request is too long")),
        }
    } else {
        uri.query().unwrap_or_default().as_bytes()
    };
    let mut sent = Sent::default();
    for (name, value) in url::form_urlencoded::parse(encoded) {
        // No parameter of ours has such a name; all unknown ones are ignored (RFC 6749 section 3.1).
        if name.chars().count() > 100 {
            continue;
        }
        if name == MARKER {
            sent.reposted = true;
            continue;
        }
        // No honest value has one, and no database keeps it.
        if name.contains('\0') || value.contains('\0') {
            return Err(Unreadable("a parameter contains a NUL"));
        }
        if sent.parameters.len() == MOST || value.chars().count() > MOST_CHARACTERS {
            return Err(Unreadable("the request is too long"));
        }
        sent.parameters.push(SentParameter {
            name: name.into_owned(),
            value: value.into_owned(),
        });
    }
    Ok(sent)
}

/// Whether the body is a form.
pub fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// The language of a page: that of `ui_locales`, or that of the browser.
pub fn language(ui_locales: &[String], headers: &HeaderMap) -> Language {
    ui_locales
        .iter()
        .find_map(|tag| match tag.split('-').next() {
            Some(tag) if tag.eq_ignore_ascii_case("zh") => Some(Language::Chinese),
            Some(tag) if tag.eq_ignore_ascii_case("en") => Some(Language::English),
            _ => None,
        })
        .unwrap_or_else(|| Language::negotiate(headers))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn of_query(query: &str) -> Result<Vec<(String, String)>, Unreadable> {
        let uri = format!("/oauth2/authorize?{query}").parse().unwrap();
        let sent = read(&Method::GET, &uri, &HeaderMap::new(), &Ok(Bytes::new()))?;
        let pairs = sent.parameters.into_iter();
        Ok(pairs.map(|one| (one.name, one.value)).collect())
    }

    #[test]
    fn parameters_are_read_as_they_were_sent_repetitions_included() {
        let sent = of_query("client_id=a&state=%26%3D&client_id=b&x=").unwrap();
        let sent: Vec<_> = sent.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(
            sent,
            [
                ("client_id", "a"),
                ("state", "&="),
                ("client_id", "b"),
                ("x", "")
            ]
        );
    }

    #[test]
    fn the_mark_of_a_form_that_was_posted_again_is_no_parameter() {
        let full = "a&".repeat(MOST);
        for (mark, reposted) in [("", false), (MARKER, true)] {
            let uri = format!("/oauth2/logout?{full}{mark}=1").parse().unwrap();
            let sent = read(&Method::GET, &uri, &HeaderMap::new(), &Ok(Bytes::new()));
            match reposted {
                true => {
                    let sent = sent.unwrap();
                    assert_eq!((sent.parameters.len(), sent.reposted), (MOST, true));
                }
                false => assert!(sent.is_err(), "one too many"),
            }
        }
    }

    #[test]
    fn what_no_site_sends_is_not_read() {
        assert!(of_query(&"a&".repeat(MOST + 1)).is_err());
        assert!(of_query("state=a%00b").is_err());
        assert!(of_query(&format!("state={}", "x".repeat(MOST_CHARACTERS + 1))).is_err());
        assert_eq!(of_query(&format!("{}=1", "n".repeat(101))).unwrap(), []);
        let uri = "/oauth2/authorize".parse().unwrap();
        let json = [(header::CONTENT_TYPE, "application/json".parse().unwrap())];
        let headers = HeaderMap::from_iter(json);
        let body = Ok(Bytes::from_static(b"{}"));
        assert!(read(&Method::POST, &uri, &headers, &body).is_err());
    }

    #[test]
    fn the_site_suggests_a_language_and_the_browser_decides_otherwise() {
        let english = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, "en".parse().unwrap())]);
        let tags = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            language(&tags(&["fr", "zh-CN"]), &english),
            Language::Chinese
        );
        assert_eq!(language(&tags(&["fr"]), &english), Language::English);
        assert_eq!(language(&[], &english), Language::English);
    }
}
