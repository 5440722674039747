//! The definitions of all metrics. The build generates [`Metric`] and [`CATALOGUE`] from `metrics.toml`.

mod rpc;

pub use rpc::definition;

include!(concat!(env!("OUT_DIR"), "/metrics.rs"));

/// The definition of a metric: one entry of `metrics.toml`.
#[derive(Debug)]
pub struct Definition {
    /// The metric.
    pub metric: Metric,
    /// Stable name, e.g. `memberships_active`.
    pub name: &'static str,
    /// In Chinese, as on a tile.
    pub title_zh: &'static str,
    /// In English, as on a tile.
    pub title_en: &'static str,
    /// In words, Chinese.
    pub definition_zh: &'static str,
    /// In words, English.
    pub definition_en: &'static str,
    /// What is counted, e.g. `memberships`.
    pub unit: &'static str,
    /// Stock or flow.
    pub kind: Kind,
    /// `<service>/<event>` of every event that moves it.
    pub source_events: &'static [&'static str],
    /// The dimensions by which it can be broken down.
    pub dimensions: &'static [&'static str],
    /// How it is computed, Chinese.
    pub formula_zh: &'static str,
    /// How it is computed, English.
    pub formula_en: &'static str,
    /// The names of the dimensions of its slices.
    pub slices: &'static [&'static str],
    /// The record behind a single unit of it, e.g. `membership`.
    pub grain: &'static str,
    /// The service whose team answers for the definition.
    pub owner: &'static str,
    /// The day from which it is defined so, YYYY-MM-DD.
    pub since: &'static str,
    /// Grows with each change of the definition.
    pub version: u32,
    /// Whether it is a headline figure.
    pub headline: bool,
    /// Its step in the funnel, if it is one.
    pub funnel: Option<FunnelStep>,
}

/// How a metric behaves in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The number at the end of a day.
    Stock,
    /// The number of occurrences on a day.
    Flow,
}

/// A step of the funnel from application to membership.
#[derive(Debug)]
pub struct FunnelStep {
    /// Stable name, e.g. `passed_first_review`.
    pub step: &'static str,
    /// In Chinese.
    pub title_zh: &'static str,
    /// In English.
    pub title_en: &'static str,
}

impl Metric {
    /// Its entry in the catalogue.
    pub fn definition(self) -> &'static Definition {
        // Variants and entries are generated together, in one order.
        &CATALOGUE[self as usize]
    }

    /// Its stable name.
    pub fn name(self) -> &'static str {
        self.definition().name
    }

    /// The metric of this name.
    pub fn by_name(name: &str) -> Option<Self> {
        CATALOGUE.iter().find(|d| d.name == name).map(|d| d.metric)
    }
}

impl Definition {
    /// Whether its facts have an organisation. Facts about people have none.
    pub fn by_organisation(&self) -> bool {
        self.dimensions.contains(&"organisation")
    }

    /// The services whose events move it, each once.
    pub fn sources(&self) -> Vec<&'static str> {
        let mut sources: Vec<_> = self
            .source_events
            .iter()
            .filter_map(|e| e.split('/').next())
            .collect();
        sources.sort_unstable();
        sources.dedup();
        sources
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_metric_is_found_by_its_name() {
        for definition in CATALOGUE {
            assert_eq!(Metric::by_name(definition.name), Some(definition.metric));
            assert_eq!(definition.metric.name(), definition.name);
        }
        assert_eq!(Metric::by_name("people"), None);
    }

    #[test]
    fn every_source_event_is_a_message_of_the_contract() {
        for definition in CATALOGUE {
            for event in definition.source_events {
                let (service, name) = event.split_once('/').unwrap();
                let full = format!("cast.{service}.v1.{name}");
                assert!(
                    proto::POOL.get_message_by_name(&full).is_some(),
                    "{}: no {full}",
                    definition.name
                );
            }
        }
    }

    #[test]
    fn the_funnel_has_the_steps_that_the_contract_names() {
        let steps: Vec<_> = CATALOGUE
            .iter()
            .filter_map(|d| d.funnel.as_ref())
            .map(|f| f.step)
            .collect();
        assert_eq!(
            steps,
            [
                "submitted",
                "passed_first_review",
                "approved",
                "returned",
                "rejected",
                "withdrawn"
            ]
        );
    }
}
