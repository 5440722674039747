//! The services of the platform, from `services.toml`.

use std::fmt;

include!(concat!(env!("OUT_DIR"), "/services.rs"));

struct Entry {
    name: &'static str,
    database: Option<&'static str>,
    hears: &'static [Service],
    demo: bool,
    port: u16,
    admin_port: u16,
}

impl Service {
    /// Every service, in start order. They stop in reverse order.
    pub const ALL: [Self; ALL.len()] = ALL;

    /// The services that answer gRPC calls, in start order: all but the gateway.
    pub fn callable() -> impl Iterator<Item = Self> {
        ALL.into_iter()
            .filter(|service| service.database().is_some())
    }

    /// The service of this name.
    pub fn named(name: &str) -> Option<Self> {
        ALL.into_iter().find(|service| service.name() == name)
    }

    /// The name of the program, of the Cargo package, of the contract's package and of the source of its events.
    pub const fn name(self) -> &'static str {
        self.entry().name
    }

    /// The name of the database it owns. The gateway has no state.
    pub const fn database(self) -> Option<&'static str> {
        self.entry().database
    }

    /// The services whose events it consumes.
    pub const fn hears(self) -> &'static [Self] {
        self.entry().hears
    }

    /// Whether the program `demo` fills it with made-up people or activities.
    pub const fn has_demo(self) -> bool {
        self.entry().demo
    }

    /// The services that the program `demo` fills, in start order.
    pub fn with_demo() -> impl Iterator<Item = Self> {
        ALL.into_iter().filter(|service| service.has_demo())
    }

    /// The port of its first replica on a development platform.
    pub const fn port(self) -> u16 {
        self.entry().port
    }

    /// The port for probes and metrics of its first replica on a development platform.
    pub const fn admin_port(self) -> u16 {
        self.entry().admin_port
    }

    const fn entry(self) -> &'static Entry {
        // Both arrays are generated from the same list.
        &ENTRIES[self as usize]
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_service_has_the_entry_of_its_name() {
        for service in Service::ALL {
            assert_eq!(Service::named(service.name()), Some(service));
            assert_eq!(
                format!("{service:?}").to_lowercase(),
                service.name(),
                "enumeration and entries are in the same order"
            );
        }
        assert_eq!(Service::named("nothing"), None);
        assert!(!Service::callable().any(|service| service == Service::Gateway));
    }
}
