//! Free ports.

use std::net::{Ipv4Addr, TcpListener};

/// A port on 127.0.0.1 that nobody listens on at this moment.
///
/// It lies below the range from which systems take the ports of outgoing connections. Otherwise a client that keeps
/// trying to reach a stopped server could be given the server's own port and take it away.
pub fn free_port() -> u16 {
    loop {
        let port = rand::random_range(15_000..32_000);
        if is_free(port) {
            return port;
        }
    }
}

/// Whether a listener could be opened on this port of 127.0.0.1.
pub fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// The wanted port, or another one if it is taken.
pub fn prefer(port: u16) -> u16 {
    if is_free(port) { port } else { free_port() }
}
