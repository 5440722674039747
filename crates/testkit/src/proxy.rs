//! A TCP proxy that injects faults between a client and a server: hang, delay, half-close, cut.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::AbortHandle,
};

/// A proxy in front of a server, for a single test. It ends with the value.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    state: Arc<State>,
    accepting: AbortHandle,
}

#[derive(Debug)]
struct State {
    /// Connections are numbered from 1; those below this number forward nothing and stay open.
    silent_below: watch::Sender<u64>,
    /// Those below this number are closed towards the client; the direction to the server stays open.
    half_closed_below: watch::Sender<u64>,
    /// Those below this number are closed.
    cut_below: watch::Sender<u64>,
    next: AtomicU64,
    delay_ms: AtomicU64,
}

impl Proxy {
    /// Accepts connections for the server at `target` (`host:port`).
    pub async fn to(target: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound listener");
        let state = Arc::new(State {
            silent_below: watch::Sender::new(0),
            half_closed_below: watch::Sender::new(0),
            cut_below: watch::Sender::new(0),
            next: AtomicU64::new(1),
            delay_ms: AtomicU64::new(0),
        });
        let (target, shared) = (target.to_owned(), state.clone());
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let number = shared.next.fetch_add(1, Ordering::SeqCst);
                let (target, state) = (target.clone(), shared.clone());
                tokio::spawn(async move { carry(client, &target, number, state).await });
            }
        });
        Self {
            address,
            state,
            accepting: accepting.abort_handle(),
        }
    }

    /// The listening address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections it has accepted so far.
    pub fn accepted(&self) -> u64 {
        self.state.next.load(Ordering::SeqCst) - 1
    }

    /// Existing connections forward nothing any more, in either direction, and stay open, as if the host had vanished
    /// silently. New ones work.
    pub fn silence(&self) {
        let next = self.state.next.load(Ordering::SeqCst);
        self.state.silent_below.send_replace(next);
    }

    /// Closes existing connections in the direction to the client; what the client sends still arrives. New ones work.
    pub fn half_close(&self) {
        let next = self.state.next.load(Ordering::SeqCst);
        self.state.half_closed_below.send_replace(next);
    }

    /// Closes existing connections. New ones work.
    pub fn cut(&self) {
        let next = self.state.next.load(Ordering::SeqCst);
        self.state.cut_below.send_replace(next);
    }

    /// Delays everything by this much from now on.
    pub fn delay(&self, delay: Duration) {
        let ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        self.state.delay_ms.store(ms, Ordering::SeqCst);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.state.cut_below.send_replace(u64::MAX);
    }
}

async fn carry(client: TcpStream, target: &str, number: u64, state: Arc<State>) {
    let Ok(server) = TcpStream::connect(target).await else {
        return;
    };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let mut cut = state.cut_below.subscribe();
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let mut half_closed = state.half_closed_below.subscribe();
    let both = async {
        tokio::join!(pump(from_client, to_server, number, &state), async {
            tokio::select! {
                () = pump(from_server, to_client, number, &state) => {}
                // Dropping closes the connection.
                () = includes(&mut half_closed, number) => {}
            }
        })
    };
    tokio::select! {
        _ = both => {}
        () = includes(&mut cut, number) => {}
    }
}

/// Waits until the connection of this number is among those below the mark.
async fn includes(mark: &mut watch::Receiver<u64>, number: u64) {
    // An error means that the proxy has been dropped.
    let _ = mark.wait_for(|below| number < *below).await;
}

/// Forwards bytes in one direction, including the end of the stream.
async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    number: u64,
    state: &State,
) {
    let mut silent = state.silent_below.subscribe();
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let read = tokio::select! {
            biased;
            () = includes(&mut silent, number) => std::future::pending().await,
            read = from.read(&mut buffer) => read,
        };
        let Ok(length @ 1..) = read else {
            let _ = to.shutdown().await;
            return;
        };
        let delay = state.delay_ms.load(Ordering::SeqCst);
        if delay > 0 {
            tokio::time::sleep(Duration::from_millis(delay)).await;
        }
        let silenced = number < *silent.borrow();
        if silenced {
            std::future::pending::<()>().await;
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}
