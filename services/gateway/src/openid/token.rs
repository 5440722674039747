//! The token endpoint (RFC 6749 section 3.2) and the userinfo endpoint (OpenID Connect Core 1.0 section 5.3).

use axum::{
    Json,
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Method, StatusCode, header};
use proto::cast::identity::v1::{GetUserInfoRequest, IssueTokenRequest};
use serde_json::json;

use super::{
    client_form::{Form, refused},
    parameters::is_form,
};
use crate::gateway::Gateway;

/// `POST /oauth2/token`.
pub async fn token(State(gateway): State<Gateway>, headers: HeaderMap, body: Bytes) -> Response {
    let mut form = match Form::read(&headers, &body) {
        Ok(form) => form,
        Err((error, description)) => return refused(error, description, &headers),
    };
    let request = IssueTokenRequest {
        grant_type: form.take("grant_type"),
        code: form.take("code"),
        redirect_uri: form.take("redirect_uri"),
        code_verifier: form.take("code_verifier"),
        scope: form.take("scope"),
        refresh_token: form.take("refresh_token"),
        client_id: form.client_id,
        client_secret: form.client_secret,
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
    for (name, token) in [
        ("id_token", issued.id_token),
        ("refresh_token", issued.refresh_token),
    ] {
        if !token.is_empty() {
            answer[name] = token.into();
        }
    }
    ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response()
}

/// `GET` and `POST /oauth2/userinfo`. The token comes in the header, or in the form of a POST (RFC 6750 section 2).
pub async fn userinfo(
    State(gateway): State<Gateway>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let access_token = match access_token(&method, &headers, &body) {
        Ok(Some(token)) => token,
        Ok(None) => return unauthorized(StatusCode::UNAUTHORIZED, "Bearer"),
        Err(()) => {
            return unauthorized(
                StatusCode::BAD_REQUEST,
                "Bearer error=\"invalid_request\", error_description=\"send the token once\"",
            );
        }
    };
    let mut call = tonic::Request::new(GetUserInfoRequest { access_token });
    gateway.authenticate(&headers, call.metadata_mut());
    match gateway.sign_on().get_user_info(call).await {
        Ok(info) => match info.into_inner().claims_json {
            empty if empty.is_empty() => {
                unauthorized(StatusCode::UNAUTHORIZED, "Bearer error=\"invalid_token\"")
            }
            claims => {
                let kind = (header::CONTENT_TYPE, "application/json");
                let cache = (header::CACHE_CONTROL, "no-store");
                ([kind, cache], claims).into_response()
            }
        },
        Err(status) => gateway.problem(&status),
    }
}

/// The token of a request; an error if it comes in two ways.
fn access_token(method: &Method, headers: &HeaderMap, body: &[u8]) -> Result<Option<String>, ()> {
    let in_header = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim().to_owned());
    let mut in_form = Vec::new();
    if method == Method::POST && is_form(headers) {
        let fields = url::form_urlencoded::parse(body);
        let tokens = fields.filter(|(name, _)| name == "access_token");
        in_form.extend(tokens.map(|(_, token)| token.into_owned()));
    }
    match (in_header, in_form.as_slice()) {
        (None, []) => Ok(None),
        (Some(token), []) => Ok(Some(token)),
        (None, [token]) => Ok(Some(token.clone())),
        _ => Err(()),
    }
}

/// RFC 6750 section 3.
fn unauthorized(status: StatusCode, challenge: &'static str) -> Response {
    (status, [(header::WWW_AUTHENTICATE, challenge)]).into_response()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_token_comes_in_the_header_or_in_the_form_and_not_in_both() {
        let form = (
            header::CONTENT_TYPE,
            "application/x-www-form-urlencoded".parse().unwrap(),
        );
        let bearer = (header::AUTHORIZATION, "Bearer a".parse().unwrap());
        let with =
            |fields: &[(http::HeaderName, http::HeaderValue)]| fields.iter().cloned().collect();
        let at =
            |headers: &HeaderMap, body: &str| access_token(&Method::POST, headers, body.as_bytes());
        let (in_header, in_form): (HeaderMap, HeaderMap) = (
            with(std::slice::from_ref(&bearer)),
            with(std::slice::from_ref(&form)),
        );
        assert_eq!(
            at(&in_header, "access_token=b"),
            Ok(Some("a".into())),
            "no form"
        );
        assert_eq!(at(&in_form, "access_token=b"), Ok(Some("b".into())));
        assert_eq!(at(&in_form, "x=b"), Ok(None));
        assert_eq!(at(&in_form, "access_token=b&access_token=c"), Err(()));
        assert_eq!(at(&with(&[bearer, form]), "access_token=b"), Err(()));
        assert_eq!(
            access_token(&Method::GET, &in_form, b"access_token=b"),
            Ok(None)
        );
    }
}
