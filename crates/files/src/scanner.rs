//! An optional virus scanner: `clamd`, or what speaks its protocol, over TCP.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

/// Timeout of one scan, connection included.
const SCAN_TIMEOUT: Duration = Duration::from_secs(20);
/// Bytes that are sent at a time.
const PIECE: usize = 64 * 1024;
/// An answer is one short line.
const MAX_ANSWER: u64 = 4_096;

/// What the scanner says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing was found.
    Clean,
    /// Something was found. Its name is in the scanner's own log.
    Infected,
}

/// A scanner at an address. What cannot be scanned is not let through.
#[derive(Clone, Debug)]
pub struct Scanner {
    address: String,
}

impl Scanner {
    /// At `host:port`.
    pub fn new(address: impl Into<String>) -> Self {
        Self {
            address: address.into(),
        }
    }

    /// Scans content by the command INSTREAM: length (4 bytes, big-endian) and bytes, again and again, then a length of 0.
    ///
    /// # Errors
    ///
    /// The scanner does not answer in time, or not what it should.
    pub async fn scan(&self, content: &[u8]) -> io::Result<Verdict> {
        timeout(SCAN_TIMEOUT, self.ask(content))
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    async fn ask(&self, content: &[u8]) -> io::Result<Verdict> {
        let mut stream = TcpStream::connect(&self.address).await?;
        stream.write_all(b"zINSTREAM\0").await?;
        for piece in content.chunks(PIECE) {
            // A piece has at most 64 KiB.
            let length = u32::try_from(piece.len()).unwrap_or(u32::MAX);
            stream.write_all(&length.to_be_bytes()).await?;
            stream.write_all(piece).await?;
        }
        stream.write_all(&[0; 4]).await?;
        let mut answer = Vec::new();
        stream.take(MAX_ANSWER).read_to_end(&mut answer).await?;
        let answer = String::from_utf8_lossy(&answer);
        let answer = answer.trim_end_matches(['\0', '\n']);
        if answer == "stream: OK" {
            Ok(Verdict::Clean)
        } else if answer.starts_with("stream: ") && answer.ends_with(" FOUND") {
            Ok(Verdict::Infected)
        } else {
            Err(io::Error::other("the scanner refused to scan"))
        }
    }
}
