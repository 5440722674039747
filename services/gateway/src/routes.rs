//! Every route of the platform. `/v1` is the contract's; only routes that are not RPCs are listed here.

use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state},
    response::Response,
    routing::{any, get},
};
use http::HeaderMap;
use problem::Problem;
use proto::reasons;
use tower_http::compression::CompressionLayer;
use transcode::{Language, Render as _};

use crate::{
    concurrency, gateway, gateway::Gateway, headers, host, limits, openid, origin, pages, portal,
    settings::Settings, sitemap, trace,
};

/// The router with its layers.
pub fn router(gateway: Gateway, limits: limits::Limits, settings: &Settings) -> Router {
    let https = gateway.public_url.scheme() == "https";
    Router::new()
        .merge(openid::routes())
        .route("/openapi.json", get(gateway::openapi))
        .route("/api", get(pages::api::reference))
        .route("/problems", get(pages::problems::list))
        .route("/problems/{code}", get(pages::problems::one))
        .route("/pages.css", get(pages::style))
        .route("/sitemap.xml", get(sitemap::sitemap))
        .route("/robots.txt", get(sitemap::robots))
        .route("/v1", any(gateway::api))
        .route("/v1/{*path}", any(gateway::api))
        .fallback(portal::serve)
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(gateway)
        // From innermost to outermost. Requests are counted until their last byte.
        .layer(from_fn_with_state(
            concurrency::Concurrency::new(settings.concurrency()),
            concurrency::layer,
        ))
        // Excess requests cost nothing but the refusal.
        .layer(from_fn_with_state(limits, limits::layer))
        // The limits count by visitor, so the origin is determined first.
        .layer(from_fn_with_state(settings.trusted_proxies, origin::layer))
        // Measures and traces refusals too.
        .layer(from_fn_with_state(settings.trust_traceparent, trace::layer))
        // Whatever is refused further in, a person sees a page where sites send browsers to.
        .layer(from_fn(pages::people::layer))
        // The host is checked first, because programs interpret an ambiguous one differently.
        .layer(from_fn(host::layer))
        // Applies to every response, also refusals. Event streams are not compressed.
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(https, headers::layer))
}

async fn method_not_allowed(headers: HeaderMap) -> Response {
    Problem::of(&reasons::METHOD_NOT_ALLOWED).to_response(Language::negotiate(&headers), None)
}
