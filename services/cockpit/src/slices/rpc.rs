//! The method `QuerySlices`.

use std::collections::{BTreeMap, HashMap};

use kit::{
    Call,
    errors::Result,
    wire::{date, parse_optional_date},
};
use proto_cockpit::v1::{self as wire, query_slices_request as asked};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Compare, Dimension, Grain, Slice, Slices,
    count::{self, Answer, Cell, Figure, Organisations, Point},
    dimension::UNKNOWN,
    rules::{self, Requested},
    store,
    when::{Span, compared},
};
use crate::{
    Cockpit,
    catalogue::{Kind, definition},
    freshness::with_heads,
    periods::State,
    reading::reach,
    scope::Scope,
};

/// Counts a slice. The database is asked for the caller's reach and for organisations and names; the numbers come from the index.
pub async fn query_slices(
    cockpit: &Cockpit,
    slices: &Slices,
    call: Call<wire::QuerySlicesRequest>,
) -> Result<wire::QuerySlicesResponse> {
    let request = &call.message;
    let requested = Requested {
        metric: &request.metric,
        filters: &request.filters,
        group_by: &request.group_by,
        from: parse_optional_date("from_day", &request.from_day)?,
        to: parse_optional_date("to_day", &request.to_day)?,
        grain: grain(request.grain()),
        compare: compare(request.compare()),
    };
    let today = kit::clock::business_date(call.now);
    let mut conn = cockpit.db.read().await?;
    let scope = reach(&mut conn, &call).await?;
    let slice = rules::slice(&requested, today, scope.everything)?;
    let organisations = organisations(&mut conn, &call, &scope, &slice).await?;
    slices.refresh(&mut conn).await?;

    let question = slice.clone();
    let (answer, position) = slices
        .ask(move |index| {
            let answer = count::answer(index, &question, &organisations);
            (answer, index.position().clone())
        })
        .await?;
    let answer = answer?;
    let labels = labels(&mut conn, &slice, &answer).await?;
    let mut fresh = with_heads(position.freshness, &cockpit.heads);
    let sources = sources(&slice);
    fresh.retain(|f| sources.contains(&f.source.as_str()));
    for f in &mut fresh {
        f.behind_seconds = behind_seconds(f, call.now);
    }
    Ok(to_message(&slice, answer, &labels, fresh))
}

/// The services whose events the answer depends on: gender and age are told by identity.
fn sources(slice: &Slice) -> Vec<&'static str> {
    let mut sources = slice.metric.definition().sources();
    let used = slice
        .group_by
        .iter()
        .chain(slice.filters.iter().map(|f| &f.dimension));
    if used
        .into_iter()
        .any(|d| matches!(d, Dimension::Gender | Dimension::AgeBand))
        && !sources.contains(&"identity")
    {
        sources.push("identity");
    }
    sources
}

/// For how long there have been events that are not counted: 0 if all known ones are.
fn behind_seconds(fresh: &wire::Freshness, now: OffsetDateTime) -> i64 {
    if fresh.applied_position >= fresh.head_position {
        return 0;
    }
    let last = fresh.last_fact_at.map_or(0, |at| at.seconds);
    (now.unix_timestamp() - last).max(0)
}

/// Organisations that the caller reaches, that the filters allow, and of each kind that is asked for.
async fn organisations<T>(
    conn: &mut PgConnection,
    call: &Call<T>,
    scope: &Scope,
    slice: &Slice,
) -> Result<Organisations> {
    let mut found = Organisations::default();
    if !scope.everything {
        found.reached = Some(store::organisation_ids(&mut *conn, scope).await?);
    }
    let attribute =
        |d: &Dimension| matches!(d, Dimension::OrganisationKind | Dimension::SubjectClass);
    let filtered = slice.filters.iter().map(|f| &f.dimension);
    let all = match filtered.chain(&slice.group_by).any(attribute) {
        true => store::organisations(&mut *conn, scope).await?,
        false => Vec::new(),
    };
    let value = |o: &store::Organisation, dimension| match dimension {
        Dimension::OrganisationKind => o.kind.clone(),
        _ if o.subject_class.is_empty() || o.subject_class.ends_with("UNSPECIFIED") => {
            UNKNOWN.to_owned()
        }
        _ => o.subject_class.clone(),
    };
    for filter in &slice.filters {
        if filter.dimension == Dimension::Organisation {
            let mut ids = Vec::new();
            for key in &filter.values {
                let Ok(id) = Uuid::try_parse(key) else {
                    continue;
                };
                call.require(&mut *conn, id).await?;
                if let Some(path) = kit::access::store::path_of(&mut *conn, id).await? {
                    ids.extend(store::organisation_ids(&mut *conn, &Scope::below(path)).await?);
                }
            }
            found.allowed.push(ids);
        } else if attribute(&filter.dimension) {
            let wanted = all
                .iter()
                .filter(|o| filter.values.contains(&value(o, filter.dimension)))
                .map(|o| o.organisation_id);
            found.allowed.push(wanted.collect());
        }
    }
    for dimension in slice.group_by.iter().copied().filter(|d| attribute(d)) {
        let mut groups: BTreeMap<String, Vec<Uuid>> = BTreeMap::new();
        for organisation in &all {
            groups
                .entry(value(organisation, dimension))
                .or_default()
                .push(organisation.organisation_id);
        }
        found
            .by_attribute
            .insert(dimension, groups.into_iter().collect());
    }
    Ok(found)
}

/// The names of keys that have one: places and organisations. Those of other dimensions are words of the portal.
type Labels = HashMap<(Dimension, String), String>;

async fn labels(conn: &mut PgConnection, slice: &Slice, answer: &Answer) -> Result<Labels> {
    let mut labels = Labels::new();
    for (at, dimension) in slice.group_by.iter().copied().enumerate() {
        let mut keys: Vec<String> = answer
            .groups
            .iter()
            .filter_map(|group| group.keys.get(at).cloned())
            .collect();
        keys.sort_unstable();
        keys.dedup();
        let names = match dimension {
            Dimension::Province => store::province_names(&mut *conn).await?,
            Dimension::City | Dimension::County => store::division_names(&mut *conn, &keys).await?,
            Dimension::Organisation => {
                let ids: Vec<Uuid> = keys.iter().filter_map(|k| k.parse().ok()).collect();
                store::organisation_names(&mut *conn, &ids).await?
            }
            _ => Vec::new(),
        };
        labels.extend(
            names
                .into_iter()
                .map(|(key, name)| ((dimension, key), name)),
        );
        if matches!(
            dimension,
            Dimension::Province | Dimension::City | Dimension::County
        ) {
            let unknown = crate::overview::UNKNOWN_PROVINCE.to_owned();
            labels.insert((dimension, "000000".to_owned()), unknown);
        }
    }
    Ok(labels)
}

fn to_message(
    slice: &Slice,
    answer: Answer,
    labels: &Labels,
    freshness: Vec<wire::Freshness>,
) -> wire::QuerySlicesResponse {
    let about_people = State::of(slice.metric).about_people();
    let groups = answer.groups.into_iter().map(|group| wire::SliceGroup {
        labels: slice
            .group_by
            .iter()
            .zip(&group.keys)
            .map(|(dimension, key)| {
                let label = labels.get(&(*dimension, key.clone()));
                label.cloned().unwrap_or_default()
            })
            .collect(),
        keys: group.keys,
        cell: Some(cell(group.cell, about_people)),
        points: points(&group.points, about_people),
    });
    let span = Span {
        from: slice.from,
        to: slice.to,
    };
    let other = slice.compare.and_then(|c| compared(span, c).ok());
    wire::QuerySlicesResponse {
        groups: groups.collect(),
        metric: Some(definition(slice.metric)),
        total: Some(cell(answer.total, about_people)),
        points: points(&answer.points, about_people),
        groups_left_out: i64::try_from(answer.left_out).unwrap_or(i64::MAX),
        // What a stock was before does not matter.
        from_day: match slice.metric.definition().kind {
            Kind::Stock if slice.grain.is_none() => String::new(),
            _ => date(slice.from),
        },
        to_day: date(slice.to),
        compared_from_day: other.map(|o| date(o.from)).unwrap_or_default(),
        compared_to_day: other.map(|o| date(o.to)).unwrap_or_default(),
        freshness,
    }
}

fn cell(cell: Cell, about_people: bool) -> wire::SliceCell {
    let people = |f: Figure| about_people.then(|| signed(f.people));
    wire::SliceCell {
        value: signed(cell.now.value),
        people: people(cell.now),
        compared_value: cell.compared.map(|f| signed(f.value)),
        compared_people: cell.compared.and_then(people),
    }
}

fn points(points: &[Point], about_people: bool) -> Vec<wire::SlicePoint> {
    points
        .iter()
        .map(|point| wire::SlicePoint {
            from_day: date(point.span.from),
            to_day: date(point.span.to),
            value: signed(point.figure.value),
            people: about_people.then(|| signed(point.figure.people)),
        })
        .collect()
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn grain(requested: asked::Grain) -> Option<Grain> {
    match requested {
        asked::Grain::Unspecified => None,
        asked::Grain::Day => Some(Grain::Day),
        asked::Grain::Week => Some(Grain::Week),
        asked::Grain::Month => Some(Grain::Month),
        asked::Grain::Quarter => Some(Grain::Quarter),
        asked::Grain::Year => Some(Grain::Year),
    }
}

fn compare(requested: asked::Compare) -> Option<Compare> {
    match requested {
        asked::Compare::Unspecified => None,
        asked::Compare::PreviousPeriod => Some(Compare::PreviousPeriod),
        asked::Compare::PreviousYear => Some(Compare::PreviousYear),
    }
}
