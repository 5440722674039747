//! The sources of the projection, and the names of its consumers.

/// The services whose events are counted.
pub const SOURCES: [&str; 3] = ["identity", "membership", "events"];

/// The name of the live projection: the key of its checkpoints and of its quarantine.
pub const CONSUMER: &str = "cockpit.facts";

/// The name of the projection that a rebuild runs beside it.
pub const REBUILD_CONSUMER: &str = "cockpit.facts.rebuild";
