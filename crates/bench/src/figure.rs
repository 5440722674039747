//! A measured figure over several rounds, and the baseline of the same rounds.

/// One line of the table.
#[derive(Debug, Clone)]
pub struct Figure {
    /// What was measured, e.g. `GET /v1/organisations/{id} through the gateway`.
    pub what: String,
    /// The unit of a round, e.g. `calls/s`, `ms`.
    pub unit: &'static str,
    /// One value per round.
    pub rounds: Vec<f64>,
    /// The baseline.
    pub baseline: Option<Baseline>,
    /// Further observations: percentiles, processor time, checks.
    pub seen: String,
}

/// The baseline of a figure, measured in the same rounds and unit.
#[derive(Debug, Clone)]
pub struct Baseline {
    /// E.g. `pgbench -S`.
    pub what: String,
    /// One value per round.
    pub rounds: Vec<f64>,
}

/// Minimum, median and maximum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    pub min: f64,
    pub median: f64,
    pub max: f64,
}

impl Figure {
    /// A figure without baseline and observations.
    pub fn new(what: impl Into<String>, unit: &'static str, rounds: Vec<f64>) -> Self {
        Self {
            what: what.into(),
            unit,
            rounds,
            baseline: None,
            seen: String::new(),
        }
    }

    /// Adds this baseline.
    pub fn beside(mut self, what: impl Into<String>, rounds: &[f64]) -> Self {
        self.baseline = Some(Baseline {
            what: what.into(),
            rounds: rounds.to_vec(),
        });
        self
    }

    /// Adds further observations.
    pub fn seen(mut self, seen: impl Into<String>) -> Self {
        self.seen = seen.into();
        self
    }

    /// The median of the rounds' ratios: figure and baseline of a round had the same noise. `None` without a baseline.
    pub fn ratio(&self) -> Option<f64> {
        let baseline = self.baseline.as_ref()?;
        let ratios: Vec<f64> = self
            .rounds
            .iter()
            .zip(&baseline.rounds)
            .filter(|(_, baseline)| **baseline > 0.0)
            .map(|(figure, baseline)| figure / baseline)
            .collect();
        Spread::of(&ratios).map(|ratios| ratios.median)
    }
}

impl Spread {
    /// Of these values; `None` if there are none.
    pub fn of(values: &[f64]) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let (min, max) = (*sorted.first()?, *sorted.last()?);
        let middle = sorted.len() / 2;
        let median = match sorted.len() % 2 {
            0 => (sorted[middle - 1] + sorted[middle]) / 2.0,
            _ => sorted[middle],
        };
        Some(Self { min, median, max })
    }
}

/// A number for people: three significant digits, thousands separated.
pub fn readable(value: f64) -> String {
    if value.abs() < 0.005 {
        return "0".to_owned();
    }
    let decimals = match value.abs() {
        v if v >= 100.0 => 0,
        v if v >= 10.0 => 1,
        _ => 2,
    };
    let text = format!("{value:.decimals$}");
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let (sign, digits) = match whole.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", whole),
    };
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spread_of_an_even_number_of_rounds_has_its_median_between_the_middle_two() {
        let spread = Spread::of(&[4.0, 1.0, 3.0, 2.0]);
        let expected = Spread {
            min: 1.0,
            median: 2.5,
            max: 4.0,
        };
        assert_eq!(spread, Some(expected));
        assert_eq!(Spread::of(&[]), None);
        assert_eq!(Spread::of(&[7.0]).map(|spread| spread.median), Some(7.0));
    }

    #[test]
    fn the_ratio_compares_round_with_round() {
        // The machine was busy in the second round: both values halve, and the ratio does not change.
        let figure = Figure::new("calls", "calls/s", vec![100.0, 50.0, 110.0]);
        assert_eq!(figure.ratio(), None);
        let figure = figure.beside("empty calls", &[200.0, 100.0, 220.0]);
        assert_eq!(figure.ratio(), Some(0.5));
        assert_eq!(figure.beside("nothing", &[0.0]).ratio(), None);
    }

    #[test]
    fn numbers_are_written_for_people() {
        for (value, text) in [
            (0.0, "0"),
            (0.1234, "0.12"),
            (9.876, "9.88"),
            (12.34, "12.3"),
            (1234.5, "1,234"),
            (-1_234_567.0, "-1,234,567"),
        ] {
            assert_eq!(readable(value), text);
        }
    }
}
