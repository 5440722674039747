//! The gateway's own settings, besides those of every service.

use std::{
    num::{NonZeroU32, NonZeroUsize},
    time::Duration,
};

use serde::Deserialize;

use crate::{concurrency, connections};

/// The gateway's own variables.
#[derive(Clone, Debug, Deserialize)]
pub struct Settings {
    /// `CAST_TRUSTED_PROXIES`: how many proxies in front of the gateway append to `X-Forwarded-For`; default 0.
    #[serde(default)]
    pub trusted_proxies: usize,
    /// `CAST_REQUESTS_PER_SECOND`: of one address, with a burst of ten seconds' worth; default 200, because a
    /// university behind one address is many people.
    #[serde(default = "requests_per_second")]
    pub requests_per_second: NonZeroU32,
    /// `CAST_TRUST_TRACEPARENT`: whether the trace context of a request is continued; default no: a trace begins at the
    /// gateway. Only for a proxy that sets the context itself.
    #[serde(default)]
    pub trust_traceparent: bool,
    /// `CAST_HEADER_TIMEOUT_SECONDS`: timeout of receiving a request head; default 15.
    #[serde(default = "header_timeout")]
    pub header_timeout_seconds: NonZeroU32,
    /// `CAST_IDLE_TIMEOUT_SECONDS`: idle timeout of a connection; default 75. Must be longer than a proxy in front
    /// keeps idle connections, or requests arrive on a connection that is just being closed.
    #[serde(default = "idle_timeout")]
    pub idle_timeout_seconds: NonZeroU32,
    /// `CAST_STALL_TIMEOUT_SECONDS`: timeout of a client that does not read the response; default 60.
    #[serde(default = "stall_timeout")]
    pub stall_timeout_seconds: NonZeroU32,
    /// `CAST_CONNECTIONS`: maximum number of connections; default 16,384, reduced if the limit of open files requires
    /// it.
    #[serde(default = "connections")]
    pub connections: NonZeroUsize,
    /// `CAST_CONNECTIONS_PER_ADDRESS`: maximum number of connections of one address; default 6,000: a browser opens at
    /// most six, and a thousand people may share one address. Ignored behind proxies (`CAST_TRUSTED_PROXIES`), whose
    /// connections are shared by many visitors.
    #[serde(default = "connections_per_address")]
    pub connections_per_address: NonZeroUsize,
    /// `CAST_CONCURRENT_REQUESTS_PER_ADDRESS`: requests of one address in flight, streams not counted; default 2,000.
    #[serde(default = "per_address")]
    pub concurrent_requests_per_address: NonZeroUsize,
    /// `CAST_STREAMS_PER_ADDRESS`: live streams of one address; default 2,000.
    #[serde(default = "per_address")]
    pub streams_per_address: NonZeroUsize,
    /// `CAST_STREAMS_PER_SESSION`: live streams of one session or access token; default 12; a tab of the portal needs
    /// one.
    #[serde(default = "streams_per_session")]
    pub streams_per_session: NonZeroUsize,
    /// `CAST_DEMONSTRATION`: whether people, memberships and activities are made up, which every page then says; default no. Refused in
    /// production.
    #[serde(default)]
    pub demonstration: bool,
}

/// File descriptors reserved for everything else: channels to services, listeners, probes.
const OTHER_FILES: usize = 128;

impl Settings {
    /// Refuses what is for development alone.
    pub fn check(&self, production: bool) -> anyhow::Result<()> {
        anyhow::ensure!(
            !(self.demonstration && production),
            "CAST_DEMONSTRATION is refused in production"
        );
        Ok(())
    }

    /// Limits of connections, given the limit of open files.
    pub fn connection_limits(&self, files: Option<u64>) -> connections::Limits {
        let seconds = |setting: NonZeroU32| Duration::from_secs(setting.get().into());
        let room = files.map_or(usize::MAX, |files| {
            usize::try_from(files).unwrap_or(usize::MAX)
        });
        connections::Limits {
            head: seconds(self.header_timeout_seconds),
            idle: seconds(self.idle_timeout_seconds),
            stalled: seconds(self.stall_timeout_seconds),
            connections: self
                .connections
                .get()
                .min(room.saturating_sub(OTHER_FILES).max(1)),
            per_address: (self.trusted_proxies == 0).then_some(self.connections_per_address.get()),
        }
    }

    /// Concurrency limits of one visitor.
    pub fn concurrency(&self) -> concurrency::Most {
        concurrency::Most {
            requests_per_address: self.concurrent_requests_per_address.get(),
            streams_per_address: self.streams_per_address.get(),
            streams_per_session: self.streams_per_session.get(),
        }
    }
}

/// Raises the limit of open files as far as permitted, and returns it; `None`: unlimited.
pub fn raise_open_files() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    }
}

fn header_timeout() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(14)
}

fn idle_timeout() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(74)
}

fn stall_timeout() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(59)
}

fn connections() -> NonZeroUsize {
    NonZeroUsize::MIN.saturating_add(16_383)
}

fn connections_per_address() -> NonZeroUsize {
    NonZeroUsize::MIN.saturating_add(5_999)
}

fn per_address() -> NonZeroUsize {
    NonZeroUsize::MIN.saturating_add(1_999)
}

fn streams_per_session() -> NonZeroUsize {
    NonZeroUsize::MIN.saturating_add(11)
}

fn requests_per_second() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(199)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn no_production_is_a_demonstration() {
        let settings = |text| serde_json::from_str::<Settings>(text).unwrap();
        let (plain, made_up) = (settings("{}"), settings(r#"{"demonstration": true}"#));
        assert!(plain.check(true).is_ok() && plain.check(false).is_ok());
        assert!(made_up.check(false).is_ok() && made_up.check(true).is_err());
    }
}
