//! Deterministic randomness: every synthetic value is a function of its ordinal, so that services that never see each
//! other's data generate consistent data, and an interrupted run can be resumed.

/// The kind of draw, so that two draws for one person are independent.
#[derive(Clone, Copy, Debug)]
#[repr(u64)]
pub enum Of {
    /// A place.
    Division = 1,
    /// A name.
    Name,
    /// Date of verification.
    Birth,
    /// A society.
    Society,
    /// Small choices.
    Path,
    /// A category.
    Category,
    /// A state.
    State,
    /// A delay.
    Delay,
    /// A title.
    Title,
    /// A size.
    Size,
    /// A holder.
    Pool,
    /// An attendee.
    Seat,
    /// An id.
    Id,
    /// How long something has waited.
    Age,
    /// What something is about.
    Topic,
    /// Man or woman.
    Gender,
}

/// 64 pseudo-random bits (SplitMix64, Steele, Lea and Flood 2014), for one draw with this ordinal.
pub fn bits(of: Of, ordinal: u64) -> u64 {
    let mut z = ordinal
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .wrapping_add((of as u64).wrapping_mul(0xd1b5_4a32_d192_ed03));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A number in [0, 1).
pub fn unit(of: Of, ordinal: u64) -> f64 {
    // A double holds 53 bits.
    (bits(of, ordinal) >> 11) as f64 / (1u64 << 53) as f64
}

/// A number in [0, n); `n` must not be 0.
pub fn below(of: Of, ordinal: u64, n: u64) -> u64 {
    bits(of, ordinal) % n
}

/// Zipf's law: the item of rank n has a share proportional to 1/nˢ.
#[derive(Debug, Clone)]
pub struct Zipf {
    /// Cumulated shares.
    cumulated: Vec<f64>,
}

impl Zipf {
    /// Over this number of items, at least one.
    pub fn new(things: usize, exponent: f64) -> Self {
        let mut cumulated: Vec<f64> = (1..=things.max(1))
            .scan(0.0, |sum, place| {
                *sum += (place as f64).powf(-exponent);
                Some(*sum)
            })
            .collect();
        let total = cumulated.last().copied().unwrap_or(1.0);
        for share in &mut cumulated {
            *share /= total;
        }
        Self { cumulated }
    }

    /// The rank (from 0) for a number in [0, 1).
    pub fn place(&self, unit: f64) -> usize {
        let place = self.cumulated.partition_point(|share| *share <= unit);
        place.min(self.cumulated.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_three_comes_as_often_as_zipf_says() {
        // Shares 6/11, 3/11, 2/11.
        let zipf = Zipf::new(3, 1.0);
        let mut counts = [0u32; 3];
        for ordinal in 0..110_000 {
            counts[zipf.place(unit(Of::Society, ordinal))] += 1;
        }
        for (count, expected) in counts.into_iter().zip([60_000.0, 30_000.0, 20_000.0]) {
            let off = (f64::from(count) - expected).abs() / expected;
            assert!(off < 0.02, "{counts:?}");
        }
    }

    #[test]
    fn every_place_can_be_drawn_and_no_other() {
        let zipf = Zipf::new(5, 1.0);
        assert_eq!((zipf.place(0.0), zipf.place(0.999_999)), (0, 4));
        assert_eq!(zipf.place(1.0), 4);
        assert_eq!(Zipf::new(0, 1.0).place(0.5), 0);
    }

    #[test]
    fn two_draws_about_one_thing_do_not_go_together() {
        let same = (0..10_000)
            .filter(|n| (unit(Of::Division, *n) < 0.5) == (unit(Of::Society, *n) < 0.5))
            .count();
        assert!((4_800..5_200).contains(&same), "{same}");
    }
}
