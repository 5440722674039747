//! The gRPC server of a service: what is served, and the layers in front of it.

mod catch;
mod deadline;
mod limit;
mod outcome;
pub(crate) mod refusal;
mod trace;

use std::{sync::Arc, time::Duration};

use axum::middleware::from_fn_with_state;
use http::Request;
use prost_reflect::DescriptorPool;
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

/// Calls worked on at the same time. Beyond that they wait, up to their deadline.
const MAX_IN_FLIGHT: usize = 512;

/// The gRPC services of a service. Health, reflection and the event log are added by the chassis.
#[derive(Default)]
pub struct Routes {
    services: RoutesBuilder,
    names: Vec<&'static str>,
}

impl Routes {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a service: `Routes::new().add(GrantsServer::new(rooms))`.
    // It reads as what it does, and nobody adds up routes with `+`.
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

/// What decides about callers.
#[derive(Clone, Debug)]
pub struct Gate {
    /// Verifies people and clients.
    pub verifier: Verifier,
    /// Verifies our services.
    pub internal: Internal,
    /// Where grants and organisations are.
    pub db: Db,
    /// Whether anybody may read the contract by reflection.
    pub open_reflection: bool,
    /// For rules about the present.
    pub clock: Clock,
    /// Seal page tokens and remembered answers.
    pub keys: Keys,
}

/// Why a server cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The contract does not say who may call a method.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The contract has a rule that nobody would check.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The descriptors are not readable.
    #[error("reflection")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// The network.
    #[error("the gRPC server")]
    Transport(#[from] tonic::transport::Error),
}

/// A server that is ready to serve: the contract of every service in it has been checked.
#[derive(Debug)]
pub struct Server {
    routes: TonicRoutes,
    policy: Policy,
    closing: CancellationToken,
}

impl Server {
    /// Puts the layers in front of `routes`. `pool` and `descriptors` are the contract, decoded and encoded.
    pub async fn new(
        routes: Routes,
        pool: &DescriptorPool,
        descriptors: &'static [u8],
        gate: Gate,
    ) -> Result<Self, ServerError> {
        let policy = Policy::of(pool, routes.names.iter().copied())?;
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
            .register_encoded_file_descriptor_set(descriptors)
            .build_v1()?;
        let mut services = routes.services;
        services.add_service(health).add_service(reflection);

        metrics::places(MAX_IN_FLIGHT);
        // From the outside to the inside; a request goes down the list, its answer up.
        let layers = ServiceBuilder::new()
            // Everything below is written and timed inside the span of the call.
            .layer(from_fn_with_state(policy.clone(), trace::trace))
            // Counts what every layer below refuses, as the caller sees it.
            .layer(from_fn_with_state(policy.clone(), outcome::measure))
            // A panic below becomes INTERNAL, and is counted and traced as such.
            .layer(axum::middleware::from_fn(catch::panics))
            // The caller's patience covers all that follows: also fetching keys, reading the request and waiting for a place.
            .layer(from_fn_with_state(limits, deadline::limit))
            // Before anything of the request's content is looked at, it is known who sent it and that they may.
            .layer(from_fn_with_state(Arc::new(access), access::layer::check))
            // Only well-formed requests of legitimate callers take a place in the queue below.
            .layer(from_fn_with_state(
                Arc::new(validator),
                validation::layer::check,
            ))
            // Now it is known what the request says, and so whom and what it names.
            .layer(from_fn_with_state(Arc::new(calls), call::admit))
            // What is let through is as much as the machine can work on at a time.
            .layer(from_fn_with_state(
                Arc::new(Semaphore::new(MAX_IN_FLIGHT)),
                limit::in_flight,
            ));
        let router = services.routes().into_axum_router().layer(layers);
        Ok(Self {
            routes: TonicRoutes::from(router).prepare(),
            policy,
            closing,
        })
    }

    /// The contract of what is served.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Serves until `stop`; then accepts nothing new and finishes what was accepted, for at most `patience`.
    pub async fn serve(
        self,
        listener: TcpListener,
        stop: CancellationToken,
        patience: Duration,
    ) -> Result<(), ServerError> {
        let serving = tonic::transport::Server::builder()
            // Finds peers that vanished without a word.
            .http2_keepalive_interval(Some(Duration::from_secs(20)))
            .http2_keepalive_timeout(Some(Duration::from_secs(10)))
            // No `max_connection_age`: measured, each connection closed for its age loses some calls that are just being sent.
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
