//! The pushed authorization request endpoint (RFC 9126).

use axum::{
    Json,
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use proto::cast::identity::v1::PushAuthorizationRequest;
use serde_json::json;

use super::client_form::{Form, dpop_proof, refused};
use crate::gateway::Gateway;

/// `POST /oauth2/par`.
pub async fn push(State(gateway): State<Gateway>, headers: HeaderMap, body: Bytes) -> Response {
    let read = Form::read(&headers, &body).and_then(|form| Ok((form, dpop_proof(&headers)?)));
    let (mut form, dpop_proof) = match read {
        Ok(read) => read,
        Err((error, description)) => return refused(error, description, &headers),
    };
    let mut call = tonic::Request::new(PushAuthorizationRequest {
        client_id: std::mem::take(&mut form.client_id),
        client_secret: std::mem::take(&mut form.client_secret),
        client_assertion: form.client_assertion.take(),
        parameters: form.rest(),
        dpop_proof,
    });
    gateway.authenticate(&headers, call.metadata_mut());
    let kept = match gateway.sign_on().push_authorization(call).await {
        Ok(kept) => kept.into_inner(),
        // A field violates its limits: a client error in terms of RFC 6749.
        Err(status) if status.code() == tonic::Code::InvalidArgument => {
            return refused("invalid_request", "a parameter is too long", &headers);
        }
        Err(status) => return gateway.problem(&status),
    };
    if !kept.error.is_empty() {
        return refused(&kept.error, &kept.error_description, &headers);
    }
    let answer = Json(json!({
        "request_uri": kept.request_uri,
        "expires_in": kept.expires_in,
    }));
    let cache = [(header::CACHE_CONTROL, "no-store")];
    (StatusCode::CREATED, cache, answer).into_response()
}
