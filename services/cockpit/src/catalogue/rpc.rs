//! The catalogue as messages.

use proto_cockpit::v1 as wire;

use super::{Kind, Metric};

/// The definition of a metric as a message.
pub fn definition(metric: Metric) -> wire::Metric {
    let d = metric.definition();
    let owned = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect();
    wire::Metric {
        metric: d.name.to_owned(),
        title_zh: d.title_zh.to_owned(),
        title_en: d.title_en.to_owned(),
        definition_zh: d.definition_zh.to_owned(),
        definition_en: d.definition_en.to_owned(),
        unit: d.unit.to_owned(),
        stock: d.kind == Kind::Stock,
        source_events: owned(d.source_events),
        dimensions: owned(d.dimensions),
        slice_dimensions: owned(d.slices),
        formula_zh: d.formula_zh.to_owned(),
        formula_en: d.formula_en.to_owned(),
        grain: d.grain.to_owned(),
        owner: d.owner.to_owned(),
        since: d.since.to_owned(),
        version: i32::try_from(d.version).unwrap_or(i32::MAX),
    }
}
