//! The token endpoint (RFC 6749 section 3.2) and the userinfo endpoint (OpenID Connect Core 1.0 section 5.3).

use axum::{
    Json,
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use proto::cast::identity::v1::{GetUserInfoRequest, IssueTokenRequest};
use serde_json::json;

use super::{
    algorithms::ALGORITHMS,
    client_form::{Form, dpop_proof, refused},
    parameters::is_form,
};
use crate::gateway::Gateway;

/// `POST /oauth2/token`.
pub async fn token(State(gateway): State<Gateway>, headers: HeaderMap, body: Bytes) -> Response {
    let mut form = match Form::read(&headers, &body) {
        Ok(form) => form,
        Err((error, description)) => return refused(error, description, &headers),
    };
    let dpop_proof = match dpop_proof(&headers) {
        Ok(proof) => proof,
        Err((error, description)) => return refused(error, description, &headers),
    };
    let request = IssueTokenRequest {
        dpop_proof,
        grant_type: form.take("grant_type"),
        code: form.take("code"),
        redirect_uri: form.take("redirect_uri"),
        code_verifier: form.take("code_verifier"),
        scope: form.take("scope"),
        refresh_token: form.take("refresh_token"),
        device_code: form.take("device_code"),
        client_id: form.client_id,
        client_secret: form.client_secret,
        client_assertion: form.client_assertion,
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
        "token_type": match issued.token_type.as_str() {
            // Of an identity of the release before.
            "" => "Bearer",
            other => other,
        },
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
    let Presented {
        token: access_token,
        dpop,
    } = match access_token(&method, &headers, &body) {
        Ok(Some(presented)) => presented,
        Ok(None) => return challenged(),
        Err(()) => {
            return unauthorized(
                StatusCode::BAD_REQUEST,
                "Bearer error=\"invalid_request\", error_description=\"send the token once\"",
            );
        }
    };
    let dpop_proof = match dpop_proof(&headers) {
        Ok(proof) => proof,
        Err((error, words)) => return refused_proof(error, words),
    };
    let mut call = tonic::Request::new(GetUserInfoRequest {
        access_token,
        dpop,
        dpop_proof,
        http_method: method.to_string(),
    });
    gateway.authenticate(&headers, call.metadata_mut());
    match gateway.sign_on().get_user_info(call).await {
        Ok(info) => {
            let info = info.into_inner();
            if !info.error.is_empty() {
                return refused_proof(&info.error, &info.error_description);
            }
            if info.claims_json.is_empty() {
                return match dpop {
                    true => refused_proof("invalid_token", "the token is not valid"),
                    false => {
                        unauthorized(StatusCode::UNAUTHORIZED, "Bearer error=\"invalid_token\"")
                    }
                };
            }
            let kind = (header::CONTENT_TYPE, "application/json");
            let cache = (header::CACHE_CONTROL, "no-store");
            ([kind, cache], info.claims_json).into_response()
        }
        // A field violates its limits, and a token of ours does not.
        Err(status) if status.code() == tonic::Code::InvalidArgument => {
            unauthorized(StatusCode::UNAUTHORIZED, "Bearer error=\"invalid_token\"")
        }
        Err(status) => gateway.problem(&status),
    }
}

/// A token as it was sent.
#[derive(Debug, PartialEq, Eq)]
struct Presented {
    token: String,
    /// As one that is bound to a key (RFC 9449 section 7.1).
    dpop: bool,
}

/// The token of a request; an error if it comes in two ways.
fn access_token(
    method: &Method,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Option<Presented>, ()> {
    let in_header = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .and_then(|(scheme, token)| {
            let dpop = scheme.eq_ignore_ascii_case("dpop");
            let token = token.trim().to_owned();
            (dpop || scheme.eq_ignore_ascii_case("bearer")).then_some(Presented { token, dpop })
        });
    let mut in_form = Vec::new();
    if method == Method::POST && is_form(headers) {
        let fields = url::form_urlencoded::parse(body);
        let tokens = fields.filter(|(name, _)| name == "access_token");
        in_form.extend(tokens.map(|(_, token)| token.into_owned()));
    }
    match (in_header, in_form.as_slice()) {
        (None, []) => Ok(None),
        (Some(presented), []) => Ok(Some(presented)),
        (None, [token]) => Ok(Some(Presented {
            token: token.clone(),
            dpop: false,
        })),
        _ => Err(()),
    }
}

/// Without a token: by which ways one may be sent.
fn challenged() -> Response {
    let mut response = unauthorized(StatusCode::UNAUTHORIZED, "Bearer");
    if let Ok(dpop) = HeaderValue::from_str(&format!("DPoP algs=\"{}\"", ALGORITHMS.join(" "))) {
        response
            .headers_mut()
            .append(header::WWW_AUTHENTICATE, dpop);
    }
    response
}

/// RFC 9449 section 7.1. The words are ours, and have no quotation marks.
fn refused_proof(error: &str, words: &str) -> Response {
    let challenge = format!(
        "DPoP error=\"{error}\", error_description=\"{words}\", algs=\"{}\"",
        ALGORITHMS.join(" ")
    );
    (
        StatusCode::UNAUTHORIZED,
        [(header::WWW_AUTHENTICATE, challenge)],
    )
        .into_response()
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
        let sent = |token: &str| {
            Ok(Some(Presented {
                token: token.to_owned(),
                dpop: false,
            }))
        };
        let with =
            |fields: &[(http::HeaderName, http::HeaderValue)]| fields.iter().cloned().collect();
        let at =
            |headers: &HeaderMap, body: &str| access_token(&Method::POST, headers, body.as_bytes());
        let (in_header, in_form): (HeaderMap, HeaderMap) = (
            with(std::slice::from_ref(&bearer)),
            with(std::slice::from_ref(&form)),
        );
        assert_eq!(at(&in_header, "access_token=b"), sent("a"), "no form");
        assert_eq!(at(&in_form, "access_token=b"), sent("b"));
        assert_eq!(at(&in_form, "x=b"), Ok(None));
        assert_eq!(at(&in_form, "access_token=b&access_token=c"), Err(()));
        assert_eq!(at(&with(&[bearer, form]), "access_token=b"), Err(()));
        assert_eq!(
            access_token(&Method::GET, &in_form, b"access_token=b"),
            Ok(None)
        );
        let bound = with(&[(header::AUTHORIZATION, "dpop c".parse().unwrap())]);
        let bound = access_token(&Method::GET, &bound, b"").unwrap().unwrap();
        assert_eq!((bound.token.as_str(), bound.dpop), ("c", true));
    }
}
