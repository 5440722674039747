//! Channels to the other services.
//!
//! ```ignore
//! let channel = kit::client::channel(settings.peer("identity")?)?;
//! let client = SignOnClient::with_interceptor(channel, chassis.signer.interceptor());
//! ```

use std::time::Duration;

use tonic::transport::{Channel, Endpoint, Error};
use url::Url;

pub use crate::telemetry::propagation::{WithTrace, inject};

/// A channel that connects when it is first used, and again whenever the connection breaks. For the trace to go on, put an interceptor
/// on the client: [`WithTrace`], or [`Internal::interceptor`](crate::access::Internal::interceptor), or call [`inject`].
pub fn channel(url: &Url) -> Result<Channel, Error> {
    Ok(Endpoint::from_shared(url.as_str().to_owned())?
        .connect_timeout(Duration::from_secs(3))
        .tcp_nodelay(true)
        .tcp_keepalive(Some(Duration::from_secs(30)))
        // A peer that vanished without a word is noticed within half a minute.
        .http2_keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(10))
        .keep_alive_while_idle(true)
        .connect_lazy())
}
