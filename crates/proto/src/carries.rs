//! What generated clients can be put on.

use tonic::{
    body::Body,
    codegen::{Service, StdError, http},
};

/// What carries calls to a service: tonic's `Channel`, or one of our own. A name for what the generated clients ask of it, implemented by
/// whatever has it.
pub trait Carries:
    Service<
        http::Request<Body>,
        Response = http::Response<Body>,
        Error: Into<StdError> + Send + Sync,
        Future: Send,
    > + Clone
    + Send
    + Sync
    + 'static
{
}

impl<C> Carries for C where
    C: Service<
            http::Request<Body>,
            Response = http::Response<Body>,
            Error: Into<StdError> + Send + Sync,
            Future: Send,
        > + Clone
        + Send
        + Sync
        + 'static
{
}
