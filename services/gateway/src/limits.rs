//! Rate limit per visitor. Each replica counts separately: the limit protects the platform from a runaway program and
//! is no quota. Limits that must hold across replicas (wrong passwords, one-time codes) are enforced by identity.

use std::{
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::{Arc, LazyLock},
    time::Duration,
};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock as _};
use kit::telemetry::current_trace_id;
use opentelemetry::{global, metrics::Counter};
use problem::Problem;
use proto::reasons;
use transcode::{Language, Render as _};

use crate::origin;

static REFUSED: LazyLock<Counter<u64>> = LazyLock::new(|| {
    global::meter("cast.gateway")
        .u64_counter("cast.gateway.requests.limited")
        .with_description("Requests refused because their visitor asks too often")
        .build()
});

/// Requests per second of one address, with a burst of ten seconds' worth.
#[derive(Clone)]
pub struct Limits(Arc<DefaultKeyedRateLimiter<IpAddr>>);

impl Limits {
    /// `per_second` requests per second of one address.
    pub fn new(per_second: NonZeroU32) -> Self {
        // An alert must distinguish zero from absent.
        REFUSED.add(0, &[]);
        let burst = per_second.saturating_mul(NonZeroU32::MIN.saturating_add(9));
        Self(Arc::new(RateLimiter::keyed(
            Quota::per_second(per_second).allow_burst(burst),
        )))
    }

    /// Drops addresses without recent requests, to bound memory.
    pub fn sweep(&self) {
        self.0.retain_recent();
        self.0.shrink_to_fit();
    }

    fn check(&self, address: IpAddr) -> Result<(), Duration> {
        let clock = governor::clock::DefaultClock::default();
        self.0
            .check_key(&network(address))
            .map_err(|refused| refused.wait_time_from(clock.now()))
    }
}

/// One household or office: an IPv4 address, or the /64 from which an IPv6 visitor can choose addresses freely.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        v4 => v4,
    }
}

/// Refuses with 429 and `Retry-After`.
pub async fn layer(State(limits): State<Limits>, request: Request, next: Next) -> Response {
    let address = request
        .headers()
        .get(origin::HEADER)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    match address.map_or(Ok(()), |address| limits.check(address)) {
        Ok(()) => next.run(request).await,
        Err(wait) => {
            REFUSED.add(1, &[]);
            Problem::of(&reasons::TOO_MANY_REQUESTS)
                .retry_after(wait)
                .to_response(
                    Language::negotiate(request.headers()),
                    Some(current_trace_id().as_str()).filter(|id| !id.is_empty()),
                )
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_visitor_who_asks_too_often_waits_and_others_do_not() {
        let limits = Limits::new(NonZeroU32::MIN);
        let a: IpAddr = "203.0.113.1".parse().unwrap();
        for _ in 0..10 {
            limits.check(a).unwrap();
        }
        assert!(limits.check(a).unwrap_err() <= Duration::from_secs(1));
        limits.check("203.0.113.2".parse().unwrap()).unwrap();
    }

    #[test]
    fn an_ipv6_visitor_is_a_network() {
        let one: IpAddr = "2001:db8:1:2::1".parse().unwrap();
        let other: IpAddr = "2001:db8:1:2:ffff::9".parse().unwrap();
        assert_eq!(network(one), network(other));
        let mapped: IpAddr = "::ffff:203.0.113.1".parse().unwrap();
        assert_eq!(network(mapped), "203.0.113.1".parse::<IpAddr>().unwrap());
    }
}
