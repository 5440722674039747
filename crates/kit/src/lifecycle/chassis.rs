//! The dependencies of a running service.

use std::{fmt, sync::Arc, time::Duration};

use anyhow::Context as _;
use async_nats::ServerAddr;
use eventlog::Nudge;
use proto_identity::v1::{GetKeySetRequest, sign_on_client::SignOnClient};
use secrecy::ExposeSecret as _;
use sqlx::PgPool;
use tonic::service::interceptor::InterceptedService;

use super::Service;
use crate::{
    access::{Internal, KeySource, Verifier, WithInternal},
    client::{self, Channel},
    clock::Clock,
    config::Settings,
    crypto::Keys,
    db::{self, Db},
};

/// Everything a module needs. Cheap to clone.
pub struct Chassis<S> {
    /// The chassis' settings.
    pub settings: Arc<Settings>,
    /// The service's own settings.
    pub own: Arc<S>,
    /// The database.
    pub db: Db,
    /// The keys that encrypt columns.
    pub keys: Keys,
    /// The clock.
    pub clock: Clock,
    /// The NATS client: connects in the background and retries without limit.
    pub nats: async_nats::Client,
    /// Signs internal tokens for calls to other services, and verifies theirs.
    pub signer: Internal,
    /// Verifies access tokens.
    pub verifier: Verifier,
    pub(super) log_pool: PgPool,
}

impl<S> Chassis<S> {
    /// Connects to everything. NATS may be unavailable: the event log catches up later.
    pub async fn connect<T: Service<Settings = S>>(
        settings: Settings,
        own: S,
        clock: Clock,
    ) -> anyhow::Result<Self> {
        let url = settings.database_url()?;
        let pool = db::connect(url, T::NAME)
            .await
            .context("CAST_DATABASE_URL: the database does not answer")?;
        let log_pool = db::log_pool(url, T::NAME)?;
        let nats = nats(T::NAME, &settings).await?;
        let keys = settings.data_keys()?.clone();
        let signer = Internal::of(T::NAME, &settings, clock.clone());
        let source: Arc<dyn KeySource> = match settings.peer("identity") {
            Ok(urls) => Arc::new(IdentityKeys::new(
                client::channel(urls, &proto_identity::POOL),
                &signer,
            )),
            // Identity does not call itself and provides `Service::key_source`.
            Err(missing) => Arc::new(NoKeys(missing.to_string())),
        };
        Ok(Self {
            verifier: Verifier::new(&settings.public_url, source, clock.clone()),
            settings: Arc::new(settings),
            own: Arc::new(own),
            db: Db::new(pool, Nudge::new()),
            keys,
            clock,
            nats,
            signer,
            log_pool,
        })
    }
}

/// A NATS client for the servers of the settings, named `name`. Returns at once and connects in the background.
pub async fn nats(name: &str, settings: &Settings) -> anyhow::Result<async_nats::Client> {
    let urls = settings.nats_url()?.expose_secret();
    let servers = urls
        .split(',')
        .map(|url| url.trim().parse::<ServerAddr>())
        .collect::<Result<Vec<_>, _>>()
        .context("CAST_NATS_URL")?;
    let mut options = eventlog::nats_options().name(name);
    // The client authenticates with a single name and password, and takes them from no address.
    let credentials = servers.iter().find_map(|server| {
        let password = server.password().unwrap_or_default();
        Some((server.username()?.to_owned(), password.to_owned()))
    });
    if let Some((user, password)) = credentials {
        anyhow::ensure!(
            !user.contains('%') && !password.contains('%'),
            "CAST_NATS_URL: a user and password of letters and digits, without %, are understood"
        );
        options = options.user_and_password(user, password);
    }
    options.connect(servers).await.context("CAST_NATS_URL")
}

impl<S> Clone for Chassis<S> {
    fn clone(&self) -> Self {
        Self {
            settings: self.settings.clone(),
            own: self.own.clone(),
            db: self.db.clone(),
            keys: self.keys.clone(),
            clock: self.clock.clone(),
            nats: self.nats.clone(),
            signer: self.signer.clone(),
            verifier: self.verifier.clone(),
            log_pool: self.log_pool.clone(),
        }
    }
}

impl<S> fmt::Debug for Chassis<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chassis")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// The keys that identity publishes: `SignOn.GetKeySet`.
#[derive(Clone, Debug)]
pub struct IdentityKeys(SignOnClient<InterceptedService<Channel, WithInternal>>);

impl IdentityKeys {
    /// `channel` leads to identity.
    pub fn new(channel: Channel, signer: &Internal) -> Self {
        Self(SignOnClient::with_interceptor(
            channel,
            signer.interceptor(),
        ))
    }
}

#[async_trait::async_trait]
impl KeySource for IdentityKeys {
    async fn key_set(&self) -> anyhow::Result<String> {
        let mut request = tonic::Request::new(GetKeySetRequest {});
        request.set_timeout(Duration::from_secs(3));
        let answer = self.0.clone().get_key_set(request).await;
        // Code and message of the status suffice; its details are noise in the log.
        answer
            .map(|a| a.into_inner().key_set_json)
            .map_err(|s| anyhow::anyhow!("{}: {}", s.code(), s.message()))
    }
}

struct NoKeys(String);

#[async_trait::async_trait]
impl KeySource for NoKeys {
    async fn key_set(&self) -> anyhow::Result<String> {
        anyhow::bail!("{}", self.0)
    }
}
