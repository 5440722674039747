//! Forms that clients send to the endpoints at which they prove themselves (RFC 6749 section 2.3).

use std::collections::HashMap;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use proto::cast::identity::v1::{ClientAssertion, SentParameter};
use serde_json::json;

use super::parameters::is_form;

/// Code and words of RFC 6749 section 5.2.
type OAuthError = (&'static str, &'static str);

/// What a client sends, with who it says it is.
pub struct Form {
    /// From the form or from HTTP Basic.
    pub client_id: String,
    /// Likewise; empty without one.
    pub client_secret: String,
    /// What the client has signed instead.
    pub client_assertion: Option<ClientAssertion>,
    fields: HashMap<String, String>,
}

impl Form {
    /// Reads the form of a request.
    pub fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, OAuthError> {
        if !is_form(headers) {
            return Err((
                "invalid_request",
                "send Content-Type: application/x-www-form-urlencoded",
            ));
        }
        let mut fields = HashMap::new();
        for (name, value) in url::form_urlencoded::parse(body) {
            if fields
                .insert(name.into_owned(), value.into_owned())
                .is_some()
            {
                return Err(("invalid_request", "a parameter is given twice"));
            }
        }
        let mut take = |name: &str| fields.remove(name).unwrap_or_default();
        let mut form = Self {
            client_id: take("client_id"),
            client_secret: take("client_secret"),
            client_assertion: Some(ClientAssertion {
                r#type: take("client_assertion_type"),
                assertion: take("client_assertion"),
            })
            .filter(|signed| *signed != ClientAssertion::default()),
            fields,
        };
        if let Some(value) = headers.get(header::AUTHORIZATION) {
            let (id, secret) = basic(value)
                .ok_or(("invalid_client", "the Authorization header cannot be read"))?;
            if !form.client_secret.is_empty()
                || form.client_assertion.is_some()
                || (!form.client_id.is_empty() && form.client_id != id)
            {
                return Err(("invalid_request", "authenticate in one way only"));
            }
            (form.client_id, form.client_secret) = (id, secret);
        }
        Ok(form)
    }

    /// What is left of the form.
    pub fn rest(self) -> Vec<SentParameter> {
        let fields = self.fields.into_iter();
        fields
            .map(|(name, value)| SentParameter { name, value })
            .collect()
    }

    /// The value of a parameter; empty if it was not sent.
    pub fn take(&mut self, name: &str) -> String {
        self.fields.remove(name).unwrap_or_default()
    }
}

/// The proof of possession of a request (RFC 9449 section 4.3); empty without one, and an error if there are several.
pub fn dpop_proof(headers: &HeaderMap) -> Result<String, OAuthError> {
    const UNREADABLE: OAuthError = ("invalid_dpop_proof", "send one DPoP header");
    let mut proofs = headers.get_all("dpop").iter();
    match (proofs.next(), proofs.next()) {
        (None, _) => Ok(String::new()),
        (Some(proof), None) => Ok(proof.to_str().map_err(|_| UNREADABLE)?.to_owned()),
        _ => Err(UNREADABLE),
    }
}

/// Client id and secret of HTTP Basic; both are form-encoded first (RFC 6749 section 2.3.1).
fn basic(value: &HeaderValue) -> Option<(String, String)> {
    let (scheme, encoded) = value.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    let plain = |text: &str| {
        let pair = format!("={text}");
        url::form_urlencoded::parse(pair.as_bytes())
            .next()
            .map(|(_, value)| value.into_owned())
    };
    Some((plain(id)?, plain(secret)?))
}

/// RFC 6749 section 5.2.
pub fn refused(error: &str, description: &str, headers: &HeaderMap) -> Response {
    let client = error == "invalid_client";
    let status = if client {
        StatusCode::UNAUTHORIZED
    } else {
        StatusCode::BAD_REQUEST
    };
    let body = Json(json!({"error": error, "error_description": description}));
    let mut response = (status, [(header::CACHE_CONTROL, "no-store")], body).into_response();
    if client && headers.contains_key(header::AUTHORIZATION) {
        let basic = HeaderValue::from_static("Basic realm=\"cast\"");
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, basic);
    }
    response
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }
    const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

    #[test]
    fn a_client_authenticates_by_header_or_by_form_but_not_by_both() {
        let basic = format!("Basic {}", STANDARD.encode("a%3Ab:s%2Bt"));
        let by_header = Form::read(
            &headers(&[FORM, ("authorization", &basic)]),
            b"grant_type=client_credentials",
        )
        .unwrap();
        assert_eq!(
            (
                by_header.client_id.as_str(),
                by_header.client_secret.as_str()
            ),
            ("a:b", "s+t")
        );
        let by_form = Form::read(&headers(&[FORM]), b"client_id=x&client_secret=y").unwrap();
        assert_eq!(by_form.client_secret, "y");
        let both = Form::read(
            &headers(&[FORM, ("authorization", &basic)]),
            b"client_secret=y",
        );
        assert_eq!(both.err().unwrap().0, "invalid_request");
        let signed = b"client_assertion_type=jwt&client_assertion=a.b.c";
        let by_key = Form::read(&headers(&[FORM]), signed).unwrap();
        assert_eq!(by_key.client_assertion.unwrap().assertion, "a.b.c");
        let both = Form::read(&headers(&[FORM, ("authorization", &basic)]), signed);
        assert_eq!(both.err().unwrap().0, "invalid_request");
    }

    #[test]
    fn a_proof_comes_once() {
        assert_eq!(dpop_proof(&headers(&[])).unwrap(), "");
        let mut sent = headers(&[("dpop", "a.b.c")]);
        assert_eq!(dpop_proof(&sent).unwrap(), "a.b.c");
        sent.append("dpop", HeaderValue::from_static("d.e.f"));
        assert_eq!(dpop_proof(&sent).err().unwrap().0, "invalid_dpop_proof");
    }

    #[test]
    fn what_is_no_form_or_repeats_itself_is_refused() {
        assert!(Form::read(&headers(&[("content-type", "application/json")]), b"{}").is_err());
        assert!(Form::read(&headers(&[FORM]), b"code=a&code=b").is_err());
        assert_eq!(
            Form::read(&headers(&[FORM, ("authorization", "Basic ???")]), b"")
                .err()
                .unwrap()
                .0,
            "invalid_client"
        );
    }
}
