//! Channels to the other services.
//!
//! ```ignore
//! let channel = kit::client::channel(settings.peer("identity")?)?;
//! let client = SignOnClient::with_interceptor(channel, chassis.signer.interceptor());
//! ```

mod replicas;

use std::{net::SocketAddr, time::Duration};

use tonic::transport::{Channel, Endpoint, Error};
use url::{Host, Url};

pub use crate::telemetry::propagation::{WithTrace, inject};

/// A channel that connects when it is first used, and again whenever a connection breaks. If the host is a name, the calls are spread
/// over all addresses it stands for, as they come and go; call it inside the runtime then. For the trace to go on, put an interceptor
/// on the client: [`WithTrace`], or [`Internal::interceptor`](crate::access::Internal::interceptor), or call [`inject`].
pub fn channel(url: &Url) -> Result<Channel, Error> {
    let by_name = endpoint(url.as_str())?;
    let (Some(Host::Domain(host)), "http", Some(port)) =
        (url.host(), url.scheme(), url.port_or_known_default())
    else {
        return Ok(by_name.connect_lazy());
    };
    let (host, origin) = (host.to_owned(), by_name.uri().clone());
    let resolve = move || {
        let host = host.clone();
        async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) }
    };
    let one = move |address: SocketAddr| {
        let endpoint = endpoint(&format!("http://{address}"))?;
        // The replica is told the name it was called by.
        Ok(endpoint.origin(origin.clone()))
    };
    Ok(replicas::spread(resolve, by_name, one, replicas::REFRESH))
}

fn endpoint(url: &str) -> Result<Endpoint, Error> {
    Ok(Endpoint::from_shared(url.to_owned())?
        .connect_timeout(Duration::from_secs(3))
        .tcp_nodelay(true)
        .tcp_keepalive(Some(Duration::from_secs(30)))
        // A peer that vanished without a word is noticed within half a minute.
        .http2_keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(10))
        .keep_alive_while_idle(true))
}
