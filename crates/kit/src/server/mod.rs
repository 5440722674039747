//! The gRPC server of a service: its routes and the layers in front of them.

mod catch;
mod deadline;
mod limit;
mod outcome;
pub(crate) mod refusal;
mod trace;

use std::{sync::Arc, time::Duration};

use axum::middleware::from_fn_with_state;
use http::Request;
use prost_reflect::{DescriptorError, DescriptorPool};
use tokio::{net::TcpListener, sync::Semaphore};
use tokio_util::sync::CancellationToken;
use tonic::{
    body::Body,
    server::NamedService,
    service::{Routes as TonicRoutes, RoutesBuilder},
    transport::server::TcpIncoming,
};
use tower::{Service, ServiceBuilder};

use crate::{
    access::{self, Access, Policy, PolicyError, Verifier, internal::Internal},
    call::layer::{self as call, Calls},
    clock::Clock,
    crypto::Keys,
    db::Db,
    telemetry::metrics,
    validation::{self, PlanError, Validator},
};

/// Maximum number of concurrent calls. Excess calls wait, up to their deadline.
const MAX_IN_FLIGHT: usize = 512;

/// The gRPC services of a service. Health, reflection and the event log are added by the chassis.
pub struct Routes {
    services: RoutesBuilder,
    names: Vec<&'static str>,
    descriptors: Vec<&'static [u8]>,
}

impl Routes {
    /// Without services yet. The descriptors are those of the package to which the services belong.
    pub fn of(descriptors: &'static [u8]) -> Self {
        Self {
            services: RoutesBuilder::default(),
            names: Vec::new(),
            descriptors: vec![descriptors],
        }
    }

    /// Adds the descriptors of another package.
    #[must_use]
    pub fn described_by(mut self, descriptors: &'static [u8]) -> Self {
        self.descriptors.push(descriptors);
        self
    }

    /// The descriptors of all packages.
    pub fn contract(&self) -> Result<DescriptorPool, DescriptorError> {
        let mut pool = DescriptorPool::new();
        for descriptors in &self.descriptors {
            // Files that several packages import are there once.
            pool.decode_file_descriptor_set(*descriptors)?;
        }
        Ok(pool)
    }

    /// Adds a service: `Routes::of(DESCRIPTORS).add(contract::grants(methods))`.
    // The name describes the operation, and routes are never added with `+`.
    #[allow(clippy::should_implement_trait)]
    #[must_use]
    pub fn add<S>(mut self, service: S) -> Self
    where
        S: Service<Request<Body>, Error = std::convert::Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Response: axum::response::IntoResponse,
        S::Future: Send + 'static,
    {
        self.names.push(S::NAME);
        self.services.add_service(service);
        self
    }
}

impl std::fmt::Debug for Routes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Routes").field(&self.names).finish()
    }
}

/// Dependencies of the access layer and of methods.
#[derive(Clone, Debug)]
pub struct Gate {
    /// Verifies people and clients.
    pub verifier: Verifier,
    /// Verifies services.
    pub internal: Internal,
    /// Source of grants and organisations.
    pub db: Db,
    /// Whether reflection is public.
    pub open_reflection: bool,
    /// For time-dependent rules.
    pub clock: Clock,
    /// Seal page tokens and stored responses.
    pub keys: Keys,
}

/// Why a server cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The contract does not declare who may call a method.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The contract has a rule that is not implemented.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The descriptors are not readable.
    #[error("the descriptors of the contract")]
    Descriptors(#[from] DescriptorError),
    /// The descriptors cannot be served.
    #[error("reflection")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// A network error.
    #[error("the gRPC server")]
    Transport(#[from] tonic::transport::Error),
}

/// A server ready to run: the contract of every service in it has been checked.
#[derive(Debug)]
pub struct Server {
    routes: TonicRoutes,
    policy: Policy,
    closing: CancellationToken,
}

impl Server {
    /// Wraps `routes` with the layers.
    pub async fn new(routes: Routes, gate: Gate) -> Result<Self, ServerError> {
        let contract = routes.contract()?;
        let policy = Policy::of(&contract, routes.names.iter().copied())?;
        let closing = CancellationToken::new();
        let limits = deadline::Limits {
            policy: policy.clone(),
            closing: closing.clone(),
        };
        let validator = Validator::of(
            policy.methods().map(|method| &method.input),
            gate.clock.clone(),
        )?;
        let calls = Calls {
            db: gate.db.clone(),
            keys: gate.keys,
            clock: gate.clock,
        };
        let access = Access {
            policy: policy.clone(),
            verifier: gate.verifier,
            internal: gate.internal,
            db: gate.db,
            open_reflection: gate.open_reflection,
        };

        let (reporter, health) = tonic_health::server::health_reporter();
        for name in &routes.names {
            reporter
                .set_service_status(*name, tonic_health::ServingStatus::Serving)
                .await;
        }
        let reflection = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(&contract.encode_to_vec())
            .build_v1()?;
        let mut services = routes.services;
        services.add_service(health).add_service(reflection);

        metrics::places(MAX_IN_FLIGHT);
        // From outermost to innermost; a request passes down the list, its response up.
        let layers = ServiceBuilder::new()
            // Everything below is logged and timed inside the span of the call.
            .layer(from_fn_with_state(policy.clone(), trace::trace))
            // Counts the refusals of every layer below, as the caller sees them.
            .layer(from_fn_with_state(policy.clone(), outcome::measure))
            // A panic below becomes INTERNAL, and is counted and traced as such.
            .layer(axum::middleware::from_fn(catch::panics))
            // The caller's deadline covers all that follows: fetching keys, reading the request and waiting for a
            // place.
            .layer(from_fn_with_state(limits, deadline::limit))
            // The caller is authenticated and authorised before any content of the request is read.
            .layer(from_fn_with_state(Arc::new(access), access::layer::check))
            // Only well-formed requests of authorised callers take a place in the queue below.
            .layer(from_fn_with_state(
                Arc::new(validator),
                validation::layer::check,
            ))
            // Limits concurrency to what the machine can process.
            .layer(from_fn_with_state(
                Arc::new(Semaphore::new(MAX_IN_FLIGHT)),
                limit::in_flight,
            ))
            // With the request decoded, the subject and the organisation that it names are checked; behind the queue, so
            // that the check is of the moment at which the method runs, and asks the database within the limit.
            .layer(from_fn_with_state(Arc::new(calls), call::admit));
        let router = services.routes().into_axum_router().layer(layers);
        Ok(Self {
            routes: TonicRoutes::from(router).prepare(),
            policy,
            closing,
        })
    }

    /// The contract of the served methods.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Serves until `stop`; then accepts nothing new and finishes accepted calls, for at most `patience`.
    pub async fn serve(
        self,
        listener: TcpListener,
        stop: CancellationToken,
        patience: Duration,
    ) -> Result<(), ServerError> {
        let serving = tonic::transport::Server::builder()
            // Detects peers that vanished silently.
            .http2_keepalive_interval(Some(Duration::from_secs(20)))
            .http2_keepalive_timeout(Some(Duration::from_secs(10)))
            // No `max_connection_age`: measured, each connection closed for its age loses some calls that are just
            // being sent.
            .http2_max_header_list_size(32 * 1024)
            .add_routes(self.routes)
            .serve_with_incoming_shutdown(
                TcpIncoming::from(listener).with_nodelay(Some(true)),
                stop.clone().cancelled_owned(),
            );
        let closing = self.closing;
        let too_late = async {
            stop.cancelled().await;
            closing.cancel();
            tokio::time::sleep(patience).await;
        };
        tokio::select! {
            done = serving => done?,
            () = too_late => tracing::warn!("some calls did not finish in time and were cut"),
        }
        Ok(())
    }
}
