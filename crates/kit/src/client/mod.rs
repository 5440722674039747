//! Load-balanced channels to the other services.
//!
//! ```ignore
//! let channel = kit::client::channel(settings.peer("identity")?, &proto_identity::POOL);
//! let client = SignOnClient::with_interceptor(channel, chassis.signer.interceptor());
//! ```
//!
//! An HTTP/2 connection multiplexes any number of calls, so a single connection would put all load on one replica, and
//! its failure would affect every call. A [`Channel`] therefore keeps a connection to each known address and sends a
//! call to the replica with the fewest calls in flight. See docs/decisions/0007.

mod again;
mod call;
mod replica;
mod replicas;
#[cfg(test)]
mod tests;

use std::{
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response};
use prost_reflect::DescriptorPool;
use tonic::body::Body;
use tower::Service;
use url::Url;

pub use crate::telemetry::propagation::{WithTrace, inject};
use again::Repeatables;
use call::Call;
use replica::BoxError;
use replicas::{NameServer, Replicas};

/// A channel to every replica of a service behind `urls`. The descriptors say which calls may be repeated; a call that
/// they do not know is never repeated once it has begun. All addresses of each host count; they are resolved again
/// while calls are made. Connects on first use and reconnects when a connection breaks. To propagate the trace, put an
/// interceptor on the client: [`WithTrace`], or [`Internal::interceptor`](crate::access::Internal::interceptor), or
/// call [`inject`].
pub fn channel(urls: &[Url], contract: &DescriptorPool) -> Channel {
    let names: NameServer = Box::new(|host, port| Box::pin(system(host, port)));
    channel_by(urls, contract, names)
}

async fn system(host: String, port: u16) -> std::io::Result<Vec<SocketAddr>> {
    Ok(tokio::net::lookup_host((host, port)).await?.collect())
}

fn channel_by(urls: &[Url], contract: &DescriptorPool, names: NameServer) -> Channel {
    Channel {
        replicas: Arc::new(Replicas::new(urls, names)),
        repeatables: Arc::new(Repeatables::of(contract)),
    }
}

/// See [`channel`]. Cheap to clone; clones share the connections.
#[derive(Clone)]
pub struct Channel {
    replicas: Arc<Replicas>,
    repeatables: Arc<Repeatables>,
}

impl std::fmt::Debug for Channel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Channel").field(&self.replicas.urls).finish()
    }
}

impl Service<Request<Body>> for Channel {
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let Self {
            replicas,
            repeatables,
        } = self.clone();
        Box::pin(async move {
            let call = Call::of(request, &repeatables).await?;
            call.send(&replicas).await
        })
    }
}
