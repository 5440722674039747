//! Services are coupled by contract and events, never as libraries.

use std::collections::BTreeSet;

use crate::{finding::Finding, source::Crate};

/// The crate of the whole contract.
const WHOLE_CONTRACT: &str = "proto";
/// The service that knows all others.
const GATEWAY: &str = "gateway";

/// Services whose Cargo.toml depends on another service.
pub fn check(services: &[Crate]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for service in services {
        for other in services {
            if dependencies(service).any(|name| name == other.name) {
                findings.push(Finding {
                    place: format!("services/{}/Cargo.toml", service.name),
                    what: format!(
                        "depends on the service {}: services meet by contract only",
                        other.name
                    ),
                });
            }
        }
    }
    findings
}

/// Dependencies of services, but the gateway, on the whole contract, also by a library: any change of the contract would
/// rebuild all of them.
pub fn whole_contract(services: &[Crate], libraries: &[Crate]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut seen = BTreeSet::new();
    let mut open: Vec<(&str, &Crate)> = services
        .iter()
        .filter(|service| service.name != GATEWAY)
        .map(|service| ("services", service))
        .collect();
    while let Some((folder, one)) = open.pop() {
        if !seen.insert(&one.name) {
            continue;
        }
        for name in dependencies(one) {
            if name == WHOLE_CONTRACT {
                findings.push(Finding {
                    place: format!("{folder}/{}/Cargo.toml", one.name),
                    what: "depends on `proto`, the whole contract: take the packages that it uses"
                        .to_owned(),
                });
            }
            let library = libraries.iter().find(|library| library.name == name);
            open.extend(library.map(|library| ("crates", library)));
        }
    }
    findings
}

fn dependencies(of: &Crate) -> impl Iterator<Item = &str> {
    let table = of.manifest.get("dependencies");
    let table = table.and_then(toml::Value::as_table);
    table.into_iter().flatten().map(|(name, _)| name.as_str())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::source::{Crate, tests::a_crate};

    fn depending(name: &str, dependencies: &[&str]) -> Crate {
        let mut one = a_crate(&[]);
        one.name = name.to_owned();
        let lines = dependencies
            .iter()
            .map(|name| format!("{name}.workspace = true\n"));
        let lines: String = lines.collect();
        one.manifest = format!("[dependencies]\n{lines}").parse().unwrap();
        one
    }

    #[test]
    fn the_whole_contract_is_for_the_gateway_alone() {
        let services = [
            depending("gateway", &["proto"]),
            depending("events", &["kit"]),
        ];
        let libraries = [depending("kit", &["text"]), depending("text", &[])];
        assert!(super::whole_contract(&services, &libraries).is_empty());
        let libraries = [depending("kit", &["text"]), depending("text", &["proto"])];
        let found = super::whole_contract(&services, &libraries);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].place, "crates/text/Cargo.toml");
    }

    #[test]
    fn a_service_that_depends_on_another_is_found() {
        let events = depending("events", &["identity"]);
        let identity = depending("identity", &[]);
        let found = super::check(&[events, identity]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].place, "services/events/Cargo.toml");
    }
}
