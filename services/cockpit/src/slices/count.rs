//! Counts a slice in the index. Pure.

use std::{
    collections::{BTreeMap, HashMap},
    ops::RangeInclusive,
};

use slices::{Count, Marks, Selection, Set};
use uuid::Uuid;

use super::{
    Dimension, MAX_POINTS, Slice, SliceError,
    dimension::{Column, age_bands, key, places, value},
    index::Index,
    when::{Span, compared, number, steps},
};
use crate::{
    catalogue::{Kind, Metric},
    periods::State,
};

/// Most groups in an answer: the largest.
pub const MAX_GROUPS: usize = 1_000;

/// Most groups that get a course of their own.
pub const MAX_COURSES: usize = 12;

/// Most combinations of two dimensions that are counted.
const MAX_COMBINATIONS: usize = 200_000;

/// What the index does not know: which organisations a caller reaches, and which lie below, or are of which kind.
#[derive(Clone, Debug, Default)]
pub struct Organisations {
    /// Those that the caller reaches; `None` for all, also those that are not known yet.
    pub reached: Option<Vec<Uuid>>,
    /// For each filter of the slice on organisations, in its order: those that it allows.
    pub allowed: Vec<Vec<Uuid>>,
    /// For each dimension of groups that is an attribute of organisations: the organisations of each of its values.
    pub by_attribute: BTreeMap<Dimension, Vec<(String, Vec<Uuid>)>>,
}

/// A number beside the one it is compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// The number.
    pub now: Figure,
    /// That of the other period, if one was asked for.
    pub compared: Option<Figure>,
}

/// A number, and how many distinct people it is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figure {
    /// Periods, or minutes.
    pub value: u64,
    /// Distinct people; 0 for what is about none.
    pub people: u64,
}

/// A step of a course.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// The step.
    pub span: Span,
    /// Its number.
    pub figure: Figure,
}

/// A group of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// One key for each dimension.
    pub keys: Vec<String>,
    /// Its number.
    pub cell: Cell,
    /// Its course; empty if there is none.
    pub points: Vec<Point>,
}

/// An answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The whole slice.
    pub total: Cell,
    /// Its course.
    pub points: Vec<Point>,
    /// Its groups, the largest first; none is empty in both periods.
    pub groups: Vec<Group>,
    /// How many more there are.
    pub left_out: usize,
}

/// Counts a slice.
pub fn answer(
    index: &Index,
    slice: &Slice,
    organisations: &Organisations,
) -> Result<Answer, SliceError> {
    let mut counting = Counting {
        index,
        set: index.set(State::of(slice.metric)),
        slice,
        organisations,
        marks: Marks::default(),
    };
    let span = Span {
        from: slice.from,
        to: slice.to,
    };
    let other = slice.compare.map(|c| compared(span, c)).transpose()?;
    let steps = match slice.grain {
        Some(grain) => steps(span, grain, MAX_POINTS).ok_or(SliceError::TooManyPoints)?,
        None => Vec::new(),
    };
    let (total, mut groups) = counting.table(span)?;
    let mut answer = Answer {
        total: Cell {
            now: total,
            compared: None,
        },
        ..Answer::default()
    };
    let mut cells: BTreeMap<Vec<String>, Cell> = BTreeMap::new();
    for (keys, figure) in groups.drain(..) {
        cells.entry(keys).or_default().now = figure;
    }
    if let Some(other) = other {
        let (total, groups) = counting.table(other)?;
        answer.total.compared = Some(total);
        for (keys, figure) in groups {
            cells.entry(keys).or_default().compared = Some(figure);
        }
        for cell in cells.values_mut() {
            cell.compared.get_or_insert_default();
        }
    }
    answer.groups = cells
        .into_iter()
        .map(|(keys, cell)| Group {
            keys,
            cell,
            points: Vec::new(),
        })
        .collect();
    let size = |group: &Group| {
        let compared = group.cell.compared.map_or(0, |figure| figure.value);
        std::cmp::Reverse((group.cell.now.value, compared))
    };
    // Stable: equal ones stay in order of their keys.
    answer.groups.sort_by_key(size);
    answer.left_out = answer.groups.len().saturating_sub(MAX_GROUPS);
    answer.groups.truncate(MAX_GROUPS);
    for span in steps {
        let selected = counting.selected(span);
        let figure = counting.figure(&selected);
        answer.points.push(Point { span, figure });
        for group in answer.groups.iter_mut().take(MAX_COURSES) {
            let mut of_group = selected.clone();
            for (dimension, key) in slice.group_by.iter().zip(&group.keys) {
                of_group &= counting.of_key(*dimension, key, span);
            }
            let figure = counting.figure(&of_group);
            group.points.push(Point { span, figure });
        }
    }
    Ok(answer)
}

struct Counting<'a> {
    index: &'a Index,
    set: &'a Set,
    slice: &'a Slice,
    organisations: &'a Organisations,
    marks: Marks,
}

/// The groups of a table with their numbers.
type Groups = Vec<(Vec<String>, Figure)>;

impl Counting<'_> {
    /// The periods of the slice in a span: of a stock those that go on at its end.
    fn selected(&self, span: Span) -> Selection {
        let metric = self.slice.metric;
        let mut selected = match metric.definition().kind {
            Kind::Stock => self.set.as_of(number(span.to)),
            Kind::Flow => self.set.begun_between(number(span.from), number(span.to)),
        };
        if metric == Metric::MembershipsJoined {
            selected &= self.set.having(Column::First as usize, [1]);
        }
        if let Some(reached) = &self.organisations.reached {
            selected &= self.of_organisations(reached);
        }
        let mut allowed = self.organisations.allowed.iter();
        for filter in &self.slice.filters {
            if filter.dimension.of_organisations() {
                // One for each of these filters.
                let of_filter = allowed.next().map(|ids| self.of_organisations(ids));
                selected &= of_filter.unwrap_or_default();
            } else {
                let mut any = Selection::new();
                for key in &filter.values {
                    any |= self.of_key(filter.dimension, key, span);
                }
                selected &= any;
            }
        }
        selected
    }

    fn of_organisations(&self, ids: &[Uuid]) -> Selection {
        let numbers = self.index.organisation_numbers(ids);
        self.set.having(Column::Organisation as usize, numbers)
    }

    fn born(&self, years: RangeInclusive<u32>) -> Selection {
        let column = Column::BirthYear as usize;
        let there = self.set.values(column).map(|(year, _)| year);
        let wanted: Vec<u32> = there.filter(|year| years.contains(year)).collect();
        self.set.having(column, wanted)
    }

    /// The periods with one value of a dimension; bands of age are those of the end of the span.
    fn of_key(&self, dimension: Dimension, wanted: &str, span: Span) -> Selection {
        match dimension {
            Dimension::AgeBand => age_bands(span.to.year())
                .into_iter()
                .find(|(name, _)| *name == wanted)
                .map(|(_, years)| self.born(years))
                .unwrap_or_default(),
            Dimension::Organisation => Uuid::try_parse(wanted)
                .map(|id| self.of_organisations(&[id]))
                .unwrap_or_default(),
            Dimension::OrganisationKind | Dimension::SubjectClass => self
                .organisations
                .by_attribute
                .get(&dimension)
                .and_then(|values| values.iter().find(|(key, _)| key == wanted))
                .map(|(_, ids)| self.of_organisations(ids))
                .unwrap_or_default(),
            _ => value(dimension.column(), wanted)
                .or_else(|| wanted.parse().ok())
                .map(|value| self.set.having(dimension.column() as usize, [value]))
                .unwrap_or_default(),
        }
    }

    /// The groups of a selection by a dimension, with their numbers.
    fn groups(
        &mut self,
        selected: &Selection,
        dimension: Dimension,
        span: Span,
    ) -> Vec<(String, Figure)> {
        let index = self.index;
        let metric = self.slice.metric;
        let named = |groups: Vec<(u32, Count)>, name: &dyn Fn(u32) -> String| {
            groups
                .into_iter()
                .map(|(value, count)| (name(value), figure(metric, count)))
                .collect()
        };
        let column = dimension.column();
        match dimension {
            // Provinces and cities by the counties that lie in them.
            Dimension::Province | Dimension::City => {
                let place = |division: u32| {
                    let (province, city) = places(division).unwrap_or((0, 0));
                    Some(match dimension {
                        Dimension::Province => province,
                        _ => city,
                    })
                };
                let wide = Column::County as usize;
                let found = self.set.groups(selected, wide, place, &mut self.marks);
                named(found, &|value| key(column, value))
            }
            Dimension::OrganisationKind | Dimension::SubjectClass => {
                let attributes = self.organisations.by_attribute.get(&dimension);
                let attributes = attributes.map_or(&[][..], Vec::as_slice);
                let mut of: HashMap<u32, u32> = HashMap::new();
                for (at, (_, ids)) in (0..).zip(attributes) {
                    of.extend(index.organisation_numbers(ids).map(|number| (number, at)));
                }
                let attribute = |number: u32| of.get(&number).copied();
                let wide = column as usize;
                let found = self.set.groups(selected, wide, attribute, &mut self.marks);
                named(found, &|at| {
                    let attribute = attributes.get(at as usize);
                    attribute.map(|(key, _)| key.clone()).unwrap_or_default()
                })
            }
            Dimension::AgeBand => {
                let bands = age_bands(span.to.year());
                let band = |born: u32| {
                    let at = bands.iter().position(|(_, years)| years.contains(&born));
                    at.and_then(|at| u32::try_from(at).ok())
                };
                let narrow = column as usize;
                let found = self.set.groups(selected, narrow, band, &mut self.marks);
                named(found, &|at| {
                    let band = bands.get(at as usize);
                    band.map(|(name, _)| (*name).to_owned()).unwrap_or_default()
                })
            }
            _ => {
                let found = self
                    .set
                    .groups(selected, column as usize, Some, &mut self.marks);
                named(found, &|value| match dimension {
                    Dimension::Organisation => index.organisation(value).to_string(),
                    _ => key(column, value),
                })
            }
        }
    }

    fn figure(&mut self, selected: &Selection) -> Figure {
        figure(self.slice.metric, self.set.count(selected, &mut self.marks))
    }

    /// The total of a span, and its groups that are not empty.
    fn table(&mut self, span: Span) -> Result<(Figure, Groups), SliceError> {
        let selected = self.selected(span);
        let total = self.figure(&selected);
        let mut groups = Groups::new();
        match self.slice.group_by[..] {
            [one] => {
                let found = self.groups(&selected, one, span);
                groups.extend(found.into_iter().map(|(key, figure)| (vec![key], figure)));
            }
            [one, other] => {
                // The periods are parted by the dimension with fewer values, and each part is counted by the other.
                let wide = |d: Dimension| {
                    matches!(
                        d,
                        Dimension::Organisation | Dimension::County | Dimension::City
                    )
                };
                let turned = wide(one) && !wide(other);
                let (outer, inner) = if turned { (other, one) } else { (one, other) };
                for (first, _) in self.groups(&selected, outer, span) {
                    let part = &selected & self.of_key(outer, &first, span);
                    for (second, figure) in self.groups(&part, inner, span) {
                        let keys = match turned {
                            true => vec![second, first.clone()],
                            false => vec![first.clone(), second],
                        };
                        groups.push((keys, figure));
                    }
                    if groups.len() > MAX_COMBINATIONS {
                        return Err(SliceError::TooManyGroups);
                    }
                }
            }
            _ => {}
        }
        Ok((total, groups))
    }
}

/// What a count is in a metric.
fn figure(metric: Metric, count: Count) -> Figure {
    Figure {
        value: match metric {
            Metric::CreditedMinutes => count.amount,
            _ => count.periods,
        },
        people: count.people,
    }
}
