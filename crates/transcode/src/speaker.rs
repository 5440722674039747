//! Localisation of responses.

use axum::body::Body;
use http::Response;

use problem::Problem;

use crate::rendering::{Language, Render as _};

/// The language and trace of a response.
#[derive(Clone)]
pub(crate) struct Speaker {
    pub language: Language,
    pub trace_id: Option<String>,
}

impl Speaker {
    pub(crate) fn respond(&self, problem: &Problem) -> Response<Body> {
        problem.to_response(self.language, self.trace_id.as_deref())
    }
}
