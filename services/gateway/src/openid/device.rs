//! The device authorization endpoint (RFC 8628 section 3.1).

use axum::{
    Json,
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, header};
use proto::cast::identity::v1::BeginDeviceSignInRequest;
use serde_json::json;

use super::client_form::{Form, refused};
use crate::gateway::Gateway;

/// `POST /oauth2/device_authorization`.
pub async fn begin(State(gateway): State<Gateway>, headers: HeaderMap, body: Bytes) -> Response {
    let mut form = match Form::read(&headers, &body) {
        Ok(form) => form,
        Err((error, description)) => return refused(error, description, &headers),
    };
    let mut call = tonic::Request::new(BeginDeviceSignInRequest {
        scope: form.take("scope"),
        client_id: form.client_id,
        client_secret: form.client_secret,
        client_assertion: form.client_assertion,
    });
    gateway.authenticate(&headers, call.metadata_mut());
    let begun = match gateway.sign_on().begin_device_sign_in(call).await {
        Ok(begun) => begun.into_inner(),
        // A field violates its limits: a client error in terms of RFC 6749.
        Err(status) if status.code() == tonic::Code::InvalidArgument => {
            return refused("invalid_request", "a parameter is too long", &headers);
        }
        Err(status) => return gateway.problem(&status),
    };
    if !begun.error.is_empty() {
        return refused(&begun.error, &begun.error_description, &headers);
    }
    let answer = Json(json!({
        "device_code": begun.device_code,
        "user_code": begun.user_code,
        "verification_uri": begun.verification_uri,
        "verification_uri_complete": begun.verification_uri_complete,
        "expires_in": begun.expires_in,
        "interval": begun.interval,
    }));
    ([(header::CACHE_CONTROL, "no-store")], answer).into_response()
}
