//! Whose events are consumed, and under which names.

/// The services whose events are counted.
pub const SOURCES: [&str; 3] = ["identity", "membership", "events"];

/// The name of the projection that serves: the key of its checkpoints and of its quarantine.
pub const CONSUMER: &str = "cockpit.facts";

/// The name of the one that a rebuild runs beside it.
pub const REBUILD_CONSUMER: &str = "cockpit.facts.rebuild";
