//! Free ports.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Mutex, PoisonError};

/// Ports that this process has handed out: until it is bound, a port looks free.
static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());

/// A port on 127.0.0.1 that is free now and that this process has not handed out before.
///
/// It is below the ephemeral range of outgoing connections. Otherwise a client that keeps trying to reach a stopped
/// server could be assigned the server's own port and occupy it.
pub fn free_port() -> u16 {
    loop {
        let port = rand::random_range(15_000..32_000);
        let new = GIVEN
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(port);
        if new && listen(port).is_some() {
            return port;
        }
    }
}

/// The well-known port, or any free one if it is taken.
pub(crate) fn usual_or_free(usual: u16) -> u16 {
    listen(usual).map_or_else(free_port, |_| usual)
}

fn listen(port: u16) -> Option<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok()
}

/// Reserves ports while a platform assigns its addresses.
pub(crate) struct Reserve {
    usual: bool,
    held: Vec<TcpListener>,
}

impl Reserve {
    /// With `usual`, well-known ports are preferred.
    pub(crate) fn new(usual: bool) -> Self {
        Self {
            usual,
            held: Vec::new(),
        }
    }

    /// The well-known port if it is wanted and free, or else any free one.
    pub(crate) fn take(&mut self, usual: u16) -> u16 {
        let listener = if self.usual { listen(usual) } else { None };
        let listener = listener.unwrap_or_else(|| {
            loop {
                if let Some(listener) = listen(free_port()) {
                    return listener;
                }
            }
        });
        // A bound listener always has an address.
        let port = listener
            .local_addr()
            .map_or(usual, |address| address.port());
        self.held.push(listener);
        port
    }
}
