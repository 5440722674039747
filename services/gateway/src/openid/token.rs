//! The token endpoint (RFC 6749 section 3.2) and the userinfo endpoint (OpenID Connect Core 1.0 section 5.3).

use std::collections::HashMap;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use proto::cast::identity::v1::{GetUserInfoRequest, IssueTokenRequest};
use serde_json::json;

use super::ANY_SITE;
use crate::gateway::Gateway;

/// `POST /oauth2/token`.
pub async fn token(State(gateway): State<Gateway>, headers: HeaderMap, body: Bytes) -> Response {
    let request = match read(&headers, &body) {
        Ok(request) => request,
        Err((error, description)) => return refused(error, description, &headers),
    };
    let mut call = tonic::Request::new(request);
    gateway.authenticate(&headers, call.metadata_mut());
    let issued = match gateway.sign_on().issue_token(call).await {
        Ok(issued) => issued.into_inner(),
        // A field violates its limits: a client error in terms of RFC 6749.
        Err(status) if status.code() == tonic::Code::InvalidArgument => {
            return refused("invalid_request", "a parameter is too long", &headers);
        }
        Err(status) => return gateway.problem(&status),
    };
    if !issued.error.is_empty() {
        return refused(&issued.error, &issued.error_description, &headers);
    }
    let mut answer = json!({
        "access_token": issued.access_token,
        "token_type": "Bearer",
        "expires_in": issued.expires_in,
        "scope": issued.scope,
    });
    if !issued.id_token.is_empty() {
        answer["id_token"] = issued.id_token.into();
    }
    (
        [ANY_SITE, (header::CACHE_CONTROL, "no-store")],
        Json(answer),
    )
        .into_response()
}

type OAuthError = (&'static str, &'static str);

fn read(headers: &HeaderMap, body: &[u8]) -> Result<IssueTokenRequest, OAuthError> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
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
    let mut request = IssueTokenRequest {
        grant_type: take("grant_type"),
        client_id: take("client_id"),
        client_secret: take("client_secret"),
        code: take("code"),
        redirect_uri: take("redirect_uri"),
        code_verifier: take("code_verifier"),
        scope: take("scope"),
    };
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let (id, secret) =
            basic(value).ok_or(("invalid_client", "the Authorization header cannot be read"))?;
        if !request.client_secret.is_empty()
            || (!request.client_id.is_empty() && request.client_id != id)
        {
            return Err(("invalid_request", "authenticate in one way only"));
        }
        (request.client_id, request.client_secret) = (id, secret);
    }
    Ok(request)
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
fn refused(error: &str, description: &str, headers: &HeaderMap) -> Response {
    let client = error == "invalid_client";
    let status = if client {
        StatusCode::UNAUTHORIZED
    } else {
        StatusCode::BAD_REQUEST
    };
    let body = Json(json!({"error": error, "error_description": description}));
    let mut response = (
        status,
        [ANY_SITE, (header::CACHE_CONTROL, "no-store")],
        body,
    )
        .into_response();
    if client && headers.contains_key(header::AUTHORIZATION) {
        let basic = HeaderValue::from_static("Basic realm=\"cast\"");
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, basic);
    }
    response
}

/// `GET` and `POST /oauth2/userinfo`.
pub async fn userinfo(State(gateway): State<Gateway>, headers: HeaderMap) -> Response {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim().to_owned());
    let Some(access_token) = bearer else {
        return unauthorized("Bearer");
    };
    match gateway
        .sign_on()
        .get_user_info(GetUserInfoRequest { access_token })
        .await
    {
        Ok(info) => match info.into_inner().claims_json {
            empty if empty.is_empty() => unauthorized("Bearer error=\"invalid_token\""),
            claims => {
                let kind = (header::CONTENT_TYPE, "application/json");
                (
                    [ANY_SITE, kind, (header::CACHE_CONTROL, "no-store")],
                    claims,
                )
                    .into_response()
            }
        },
        Err(status) => gateway.problem(&status),
    }
}

/// RFC 6750 section 3.
fn unauthorized(challenge: &'static str) -> Response {
    (
        StatusCode::UNAUTHORIZED,
        [ANY_SITE, (header::WWW_AUTHENTICATE, challenge)],
    )
        .into_response()
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
        let by_header = read(
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
        let by_form = read(&headers(&[FORM]), b"client_id=x&client_secret=y").unwrap();
        assert_eq!(by_form.client_secret, "y");
        let both = read(
            &headers(&[FORM, ("authorization", &basic)]),
            b"client_secret=y",
        );
        assert_eq!(both.unwrap_err().0, "invalid_request");
    }

    #[test]
    fn what_is_no_form_or_repeats_itself_is_refused() {
        assert!(read(&headers(&[("content-type", "application/json")]), b"{}").is_err());
        assert!(read(&headers(&[FORM]), b"code=a&code=b").is_err());
        assert_eq!(
            read(&headers(&[FORM, ("authorization", "Basic ???")]), b"")
                .unwrap_err()
                .0,
            "invalid_client"
        );
    }
}
