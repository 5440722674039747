//! An overview as a message.

use proto_cockpit::v1 as wire;

use super::{Numbers, Society, UNKNOWN_PROVINCE, rules};
use crate::{
    facts::Province,
    freshness::{SourceHeads, with_heads},
    scope::Scope,
};

/// The numbers as a message.
pub fn overview(numbers: &Numbers, scope: &Scope, heads: &SourceHeads) -> wire::Overview {
    let sums = &numbers.sums;
    let visible = || rules::visible(scope.everything);
    let figures = visible().filter(|d| d.headline).map(|d| {
        let (value, today) = rules::in_total(sums, d.metric);
        wire::overview::Figure {
            metric: d.name.to_owned(),
            title_zh: d.title_zh.to_owned(),
            title_en: d.title_en.to_owned(),
            unit: d.unit.to_owned(),
            value,
            today,
        }
    });
    let funnel = visible().filter_map(|d| {
        let step = d.funnel.as_ref()?;
        Some(wire::overview::FunnelStep {
            step: step.step.to_owned(),
            title_zh: step.title_zh.to_owned(),
            title_en: step.title_en.to_owned(),
            applications: rules::in_total(sums, d.metric).0,
        })
    });
    let provinces = rules::provinces(sums)
        .into_iter()
        .map(|(province, figures)| wire::overview::Province {
            province_code: province.code().to_owned(),
            name: province_name(province, known(&numbers.province_names, province)),
            people: figures.people,
            memberships: figures.memberships,
            activities: figures.activities,
            attendances: figures.attendances,
        });
    wire::Overview {
        figures: figures.collect(),
        funnel: funnel.collect(),
        provinces: provinces.collect(),
        societies: numbers.societies.iter().map(society).collect(),
        freshness: with_heads(numbers.freshness.clone(), heads),
        computed_at: Some(kit::wire::timestamp(numbers.computed_at)),
    }
}

fn society(society: &Society) -> wire::overview::Society {
    wire::overview::Society {
        organisation_id: society.organisation_id.to_string(),
        name: society.name.clone().unwrap_or_default(),
        memberships: society.memberships,
        applications: society.applications,
        activities: society.activities,
    }
}

fn known(names: &[(String, String)], province: Province) -> Option<&str> {
    let known = names.iter().find(|(code, _)| code == province.code());
    known.map(|(_, name)| name.as_str())
}

/// The displayed name of a province: its name if that is loaded, its code if it is not.
pub(crate) fn province_name(province: Province, name: Option<&str>) -> String {
    match name {
        Some(name) => name.to_owned(),
        None if province == Province::UNKNOWN => UNKNOWN_PROVINCE.to_owned(),
        None => province.code().to_owned(),
    }
}
