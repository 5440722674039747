//! The way out: calls to addresses that people of an organisation have typed in, such as where a site is told of a sign-out.
//!
//! Such an address must not become a way into the platform's own network (server-side request forgery). So names are resolved here, and what
//! is connected to is the very address that was checked; redirects are not followed, no proxy is used, and of an answer to a notice
//! nothing but its status is kept. What is fetched is bounded, and shown to no visitor.

mod rules;

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use http::StatusCode;
use reqwest::{
    Client,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
};
use url::{Host, Url};

pub use rules::is_public;

/// An answer must be there within this, the connection included. A site that hangs holds a worker for no longer.
const TIMEOUT: Duration = Duration::from_secs(4);

/// Calls addresses outside of the platform. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Outside {
    client: Client,
    private: bool,
}

/// Why there was no answer. The words hold no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreachable {
    /// Not an address that may be called, now or later: no https, a port of its own, or inside of a private network.
    #[error("the address may not be called")]
    Forbidden,
    /// No answer in time.
    #[error("no answer in time")]
    Timeout,
    /// The name leads nowhere, or to private addresses alone; or there is no connection.
    #[error("not reachable")]
    Connect,
    /// The connection broke.
    #[error("the connection broke")]
    Broken,
    /// Another answer than the one that was asked for.
    #[error("the answer is of no use")]
    Useless,
}

impl Outside {
    /// `private`: whether private addresses, plain http and any port may be called, for development and tests.
    pub fn new(private: bool) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .timeout(TIMEOUT)
            .redirect(Policy::none())
            .no_proxy()
            .dns_resolver(Arc::new(Resolver { private }))
            .build()?;
        Ok(Self { client, private })
    }

    /// Posts a form; returns the status of the answer, whatever it is.
    pub async fn post_form(
        &self,
        address: &str,
        form: &[(&str, &str)],
    ) -> Result<StatusCode, Unreachable> {
        let url = self.permitted(address)?;
        let answer = self.client.post(url).form(form).send().await;
        Ok(answer.map_err(|error| unreachable(&error))?.status())
    }

    /// Fetches what is at an address, `most` bytes at most; answers other than 200 are of no use.
    pub async fn get(&self, address: &str, most: usize) -> Result<Vec<u8>, Unreachable> {
        let url = self.permitted(address)?;
        let answer = self.client.get(url).send().await;
        let mut answer = answer.map_err(|error| unreachable(&error))?;
        if answer.status() != StatusCode::OK {
            return Err(Unreachable::Useless);
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| unreachable(&error))? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > most {
                return Err(Unreachable::Useless);
            }
        }
        Ok(bytes)
    }

    /// An address that may be called, as far as can be said before its name is resolved. Addresses in numbers are not resolved at all.
    fn permitted(&self, address: &str) -> Result<Url, Unreachable> {
        let url = Url::parse(address).map_err(|_| Unreachable::Forbidden)?;
        let scheme = match url.scheme() {
            // Sites are there; behind other ports are services that no outsider is to reach through the platform.
            "https" => url.port().is_none() || self.private,
            "http" => self.private,
            _ => false,
        };
        let host = match url.host() {
            Some(Host::Ipv4(ip)) => self.private || is_public(IpAddr::V4(ip)),
            Some(Host::Ipv6(ip)) => self.private || is_public(IpAddr::V6(ip)),
            Some(Host::Domain(_)) => true,
            None => false,
        };
        let named = url.username().is_empty() && url.password().is_none();
        (scheme && host && named)
            .then_some(url)
            .ok_or(Unreachable::Forbidden)
    }
}

fn unreachable(error: &reqwest::Error) -> Unreachable {
    if error.is_timeout() {
        Unreachable::Timeout
    } else if error.is_connect() {
        Unreachable::Connect
    } else {
        Unreachable::Broken
    }
}

/// Resolves names to addresses that may be connected to.
#[derive(Debug)]
struct Resolver {
    private: bool,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let private = self.private;
        Box::pin(async move {
            // The port is put in by the caller of a resolver.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let permitted = permitted(found, private);
            if permitted.is_empty() {
                return Err("no public address".into());
            }
            Ok(Box::new(permitted.into_iter()) as Addrs)
        })
    }
}

/// The addresses of a name that may be connected to: of some public and some private ones, the public ones.
fn permitted(found: impl Iterator<Item = SocketAddr>, private: bool) -> Vec<SocketAddr> {
    found
        .filter(|address| private || is_public(address.ip()))
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use axum::{
        Router,
        response::Redirect,
        routing::{get, post},
    };

    use super::*;

    async fn site() -> u16 {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let router = Router::new()
            .route("/ok", post(|| async { "taken" }))
            .route("/keys", get(|| async { "12345678" }))
            .route("/away", post(|| async { Redirect::temporary("/ok") }));
        tokio::spawn(async move { axum::serve(listener, router).await });
        port
    }

    fn outside(private: bool) -> Outside {
        crate::lifecycle::install_crypto();
        Outside::new(private).unwrap()
    }

    #[tokio::test]
    async fn private_addresses_are_called_in_development_alone() {
        let port = site().await;
        let form = [("a", "b")];
        for host in ["127.0.0.1", "localhost"] {
            let address = format!("http://{host}:{port}/ok");
            let answer = outside(true).post_form(&address, &form).await;
            assert_eq!(answer, Ok(StatusCode::OK), "{host}");
            assert!(outside(false).post_form(&address, &form).await.is_err());
        }
    }

    /// What the names lead to that are in no need of a name server.
    async fn resolved(name: &str, private: bool) -> Vec<IpAddr> {
        let resolver = Resolver { private };
        match resolver.resolve(name.parse().unwrap()).await {
            Ok(found) => found.map(|address| address.ip()).collect(),
            Err(_) => Vec::new(),
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_not_connected_to() {
        let inside = resolved("localhost", true).await;
        assert!(inside.iter().all(IpAddr::is_loopback) && !inside.is_empty());
        assert_eq!(resolved("localhost", false).await, [] as [IpAddr; 0]);
        assert_eq!(resolved("10.0.0.1", false).await, [] as [IpAddr; 0]);
        // The control: the resolver lets through what is outside.
        let public: IpAddr = "223.5.5.5".parse().unwrap();
        assert_eq!(resolved("223.5.5.5", false).await, [public]);
    }

    #[test]
    fn of_several_addresses_the_public_ones_are_taken() {
        let address = |text: &str| SocketAddr::new(text.parse().unwrap(), 0);
        let found = ["10.0.0.1", "223.5.5.5", "::1", "2400:3200::1"].map(address);
        let taken = [address("223.5.5.5"), address("2400:3200::1")];
        assert_eq!(permitted(found.into_iter(), false), taken);
        assert_eq!(permitted(found.into_iter(), true), found);
    }

    #[tokio::test]
    async fn the_client_asks_this_resolver() {
        let address = format!("http://localhost:{}/ok", site().await);
        // Past the check of the address itself, so that only the resolver stands before the site.
        let call = async |private: bool| outside(private).client.post(&address).send().await;
        assert_eq!(call(true).await.unwrap().status(), StatusCode::OK);
        assert!(call(false).await.unwrap_err().is_connect());
    }

    #[tokio::test]
    async fn redirects_are_not_followed() {
        let address = format!("http://127.0.0.1:{}/away", site().await);
        let answer = outside(true).post_form(&address, &[]).await;
        assert_eq!(answer, Ok(StatusCode::TEMPORARY_REDIRECT));
    }

    #[tokio::test]
    async fn what_is_fetched_is_bounded_and_comes_from_where_calls_may_go() {
        let port = site().await;
        let address = format!("http://127.0.0.1:{port}/keys");
        let fetched = outside(true).get(&address, 8).await;
        assert_eq!(fetched, Ok(b"12345678".to_vec()));
        let long = outside(true).get(&address, 7).await;
        assert_eq!(long, Err(Unreachable::Useless));
        let absent = outside(true).get(&format!("{address}/no"), 8).await;
        assert_eq!(absent, Err(Unreachable::Useless));
        let inside = outside(false).get(&address, 8).await;
        assert_eq!(inside, Err(Unreachable::Forbidden));
    }

    #[test]
    fn what_is_no_public_https_address_is_not_called() {
        for address in [
            "http://site.example.cn/",
            "https://10.0.0.1/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://169.254.169.254/latest/meta-data",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://user@site.example.cn/",
            "https://site.example.cn:8443/",
            "https://site.example.cn:22/",
            "file:///etc/passwd",
            "gopher://site.example.cn/",
            "/relative",
            "",
        ] {
            let refused = outside(false).permitted(address).unwrap_err();
            assert_eq!(refused, Unreachable::Forbidden, "{address}");
        }
        for address in [
            "https://site.example.cn/a?b",
            "https://site.example.cn:443/",
        ] {
            outside(false).permitted(address).unwrap();
        }
    }
}
