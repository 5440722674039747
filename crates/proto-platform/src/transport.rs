//! The transport of generated clients.

use tonic::{
    body::Body,
    codegen::{Service, StdError, http},
};

/// The transport of a client: tonic's `Channel`, or a wrapper. An alias for the bounds of the generated clients,
/// implemented for every type that meets them.
pub trait Transport:
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

impl<C> Transport for C where
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
