//! Telemetry of the service: log lines with their trace ids, traces, metrics. Messages are never logged, and so neither
//! are the personal data in them.

pub mod metrics;
pub mod propagation;
mod sampling;

use std::time::Duration;

use anyhow::Context as _;
use opentelemetry::{
    KeyValue, global,
    trace::{TraceContextExt as _, TracerProvider as _},
};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::{
    Resource, metrics::SdkMeterProvider, propagation::TraceContextPropagator,
    trace::SdkTracerProvider,
};
use prometheus::{Encoder as _, Registry, TextEncoder};
use tracing::level_filters::LevelFilter;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::{
    EnvFilter, Layer as _, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

use crate::{
    chance,
    clock::Clock,
    config::{LogFormat, Settings},
};

/// Owns the telemetry providers; call [`shutdown`](Self::shutdown) at the end to export the last spans.
#[derive(Debug)]
pub struct Telemetry {
    tracer: SdkTracerProvider,
    registry: Registry,
    // Instruments stop recording when it is dropped.
    _meter: SdkMeterProvider,
}

/// Starts logging, tracing and metrics of the process, once, inside the tokio runtime.
pub fn init(service: &'static str, settings: &Settings) -> anyhow::Result<Telemetry> {
    let resource = Resource::builder()
        .with_service_name(service)
        .with_attributes([
            KeyValue::new("service.namespace", "cast"),
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            // Distinguishes the replicas of a service.
            KeyValue::new(
                "service.instance.id",
                chance::id(Clock::system().now()).to_string(),
            ),
        ])
        .build();

    let mut tracer = SdkTracerProvider::builder()
        .with_sampler(sampling::sampler(settings.trace_ratio))
        .with_resource(resource.clone());
    if let Some(endpoint) = &settings.otlp_endpoint {
        let exporter = SpanExporter::builder()
            .with_tonic()
            .with_endpoint(endpoint.as_str())
            .build();
        tracer = tracer.with_batch_exporter(exporter.context("CAST_OTLP_ENDPOINT")?);
    }
    // Also without an exporter: trace ids connect the log lines of the services and are part of events.
    let tracer = tracer.build();

    let registry = Registry::new();
    let reader = opentelemetry_prometheus::exporter()
        .with_registry(registry.clone())
        .scope_info_enabled(false)
        .build()
        .context("metrics exporter")?;
    let meter = SdkMeterProvider::builder()
        .with_reader(reader)
        .with_resource(resource)
        .build();

    let filter = EnvFilter::try_new(&settings.log).context("CAST_LOG")?;
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match settings.log_format {
        LogFormat::Pretty => lines.with_filter(filter).boxed(),
        // The list of spans holds the trace id, wherever in the call the line was written.
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_filter(filter)
            .boxed(),
    };
    // Code locations and threads add little and would be most of a span's cost.
    let spans = tracing_opentelemetry::layer()
        .with_tracer(tracer.tracer("cast"))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_target(false)
        .with_filter(LevelFilter::INFO);
    tracing_subscriber::registry()
        .with(lines)
        .with(spans)
        .try_init()
        .context("telemetry was started before")?;
    // Only now: a second start must not replace the first.
    global::set_text_map_propagator(TraceContextPropagator::new());
    global::set_tracer_provider(tracer.clone());
    global::set_meter_provider(meter.clone());

    if settings.is_production() {
        std::panic::set_hook(Box::new(|panic| {
            // The message may quote data, so only the location is logged.
            let place = panic
                .location()
                .map(ToString::to_string)
                .unwrap_or_default();
            tracing::error!(place, "panic");
        }));
    }

    Ok(Telemetry {
        tracer,
        registry,
        _meter: meter,
    })
}

impl Telemetry {
    /// The metrics in Prometheus' text format.
    pub fn scrape(&self) -> anyhow::Result<String> {
        render(&self.registry)
    }

    /// The registry of the metrics.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Exports the remaining spans, for at most two seconds.
    pub fn shutdown(self) {
        if let Err(error) = self.tracer.shutdown_with_timeout(Duration::from_secs(2)) {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

/// The metrics of a registry in Prometheus' text format.
pub fn render(registry: &Registry) -> anyhow::Result<String> {
    let mut text = Vec::new();
    TextEncoder::new().encode(&registry.gather(), &mut text)?;
    Ok(String::from_utf8(text)?)
}

/// The trace id of the current span: 32 hex digits, or empty if there is none.
pub fn current_trace_id() -> String {
    let context = tracing::Span::current().context();
    let trace_id = context.span().span_context().trace_id();
    if trace_id == opentelemetry::TraceId::INVALID {
        String::new()
    } else {
        trace_id.to_string()
    }
}
