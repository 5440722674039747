//! Free ports.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Mutex, PoisonError};

/// What this process has given away: between being given and being listened on a port looks free.
static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());

/// A port on 127.0.0.1 that nobody listens on at this moment, and that this process has given to nobody else.
///
/// It lies below the range from which systems take the ports of outgoing connections. Otherwise a client that keeps
/// trying to reach a stopped server could be given the server's own port and take it away.
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

/// The port a person can remember, or any free one if it is taken.
pub(crate) fn usual_or_free(usual: u16) -> u16 {
    listen(usual).map_or_else(free_port, |_| usual)
}

fn listen(port: u16) -> Option<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok()
}

/// Ports that are kept from being taken twice while a platform finds its addresses.
pub(crate) struct Reserve {
    usual: bool,
    held: Vec<TcpListener>,
}

impl Reserve {
    /// With `usual`, the ports a person can remember are preferred.
    pub(crate) fn new(usual: bool) -> Self {
        Self {
            usual,
            held: Vec::new(),
        }
    }

    /// The usual port if it is wanted and free, or else any free one.
    pub(crate) fn take(&mut self, usual: u16) -> u16 {
        let listener = if self.usual { listen(usual) } else { None };
        let listener = listener.unwrap_or_else(|| {
            loop {
                if let Some(listener) = listen(free_port()) {
                    return listener;
                }
            }
        });
        // A bound listener always knows its address.
        let port = listener
            .local_addr()
            .map_or(usual, |address| address.port());
        self.held.push(listener);
        port
    }
}
