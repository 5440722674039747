//! Services are coupled by contract and events, never as libraries.

use crate::{finding::Finding, source::Crate};

/// Services whose Cargo.toml depends on another service.
pub fn check(services: &[Crate]) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for service in services {
        let dependencies = service
            .manifest
            .get("dependencies")
            .and_then(toml::Value::as_table);
        for other in services {
            if dependencies.is_some_and(|dependencies| dependencies.contains_key(&other.name)) {
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
    Ok(findings)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::source::tests::a_crate;

    #[test]
    fn a_service_that_depends_on_another_is_found() {
        let mut events = a_crate(&[]);
        events.name = "events".to_owned();
        events.manifest = "[dependencies]\nidentity.workspace = true".parse().unwrap();
        let mut identity = a_crate(&[]);
        identity.name = "identity".to_owned();
        let found = super::check(&[events, identity]).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].place, "services/events/Cargo.toml");
    }
}
