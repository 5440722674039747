//! Refusals by the layers in front of the methods.

use axum::response::Response;
use tonic::Status;

use crate::errors::Problem;

/// Maximum request size: tonic's default, enforced where the request is first read.
pub const MAX_REQUEST_BYTES: usize = 4 * 1024 * 1024;

/// A refusal as a response.
pub(crate) fn refuse(problem: impl Into<Problem>) -> Response {
    Status::from(problem.into()).into_http()
}
