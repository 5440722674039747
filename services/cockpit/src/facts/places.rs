//! Provinces and their cities. Pure, like the rules.

use std::fmt;

/// A province by its GB/T 2260 code, or the unknown one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Province(&'static str);

/// The provinces of GB/T 2260 that a fact can belong to, by code. They change once in decades; `seeds/province-tiles.csv` names them.
pub const PROVINCES: [Province; 34] = [
    Province("110000"),
    Province("120000"),
    Province("130000"),
    Province("140000"),
    Province("150000"),
    Province("210000"),
    Province("220000"),
    Province("230000"),
    Province("310000"),
    Province("320000"),
    Province("330000"),
    Province("340000"),
    Province("350000"),
    Province("360000"),
    Province("370000"),
    Province("410000"),
    Province("420000"),
    Province("430000"),
    Province("440000"),
    Province("450000"),
    Province("460000"),
    Province("500000"),
    Province("510000"),
    Province("520000"),
    Province("530000"),
    Province("540000"),
    Province("610000"),
    Province("620000"),
    Province("630000"),
    Province("640000"),
    Province("650000"),
    Province("710000"),
    Province("810000"),
    Province("820000"),
];

impl Province {
    /// The unknown province.
    pub const UNKNOWN: Self = Self("000000");

    /// Its code.
    pub fn code(self) -> &'static str {
        self.0
    }

    /// The province or the unknown one with exactly this code.
    pub fn by_code(code: &str) -> Option<Self> {
        if code == Self::UNKNOWN.0 {
            return Some(Self::UNKNOWN);
        }
        PROVINCES
            .binary_search_by(|p| p.0.cmp(code))
            .ok()
            .map(|at| PROVINCES[at])
    }

    /// The province of a division (6 digits) or of none (empty). A code outside all provinces is refused rather than
    /// counted as unknown, so that the mistake is noticed.
    pub fn of_division(code: &str) -> Result<Self, NoProvince> {
        if code.is_empty() {
            return Ok(Self::UNKNOWN);
        }
        let digits = code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit());
        PROVINCES
            .into_iter()
            .find(|p| digits && p.0[..2] == code[..2])
            .ok_or(NoProvince)
    }
}

/// A division code that lies in no province.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the division code lies in no province of GB/T 2260")]
pub struct NoProvince;

/// The first level of division of a province, by GB/T 2260 code: a city at prefecture level, a county under a municipality or directly under
/// its province, or the province itself if no more is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct City {
    province: Province,
    code: u32,
}

/// Beijing, Tianjin, Shanghai, Chongqing: their counties are directly below them, for any middle digits of the code.
const MUNICIPALITIES: [u32; 4] = [11, 12, 31, 50];

/// Middle digits of the counties that a province governs without a city between.
const WITHOUT_CITY: u32 = 90;

impl City {
    /// The unknown city.
    pub const UNKNOWN: Self = Self {
        province: Province::UNKNOWN,
        code: 0,
    };

    /// The city of a division (6 digits) or of none (empty). A code that lies in no province is refused.
    pub fn of_division(code: &str) -> Result<Self, NoProvince> {
        let province = Province::of_division(code)?;
        if province == Province::UNKNOWN {
            return Ok(Self::UNKNOWN);
        }
        let digits: u32 = code.parse().map_err(|_| NoProvince)?;
        let county =
            MUNICIPALITIES.contains(&(digits / 10_000)) || digits / 100 % 100 == WITHOUT_CITY;
        let code = if county { digits } else { digits / 100 * 100 };
        Ok(Self { province, code })
    }

    /// Its code as a number.
    pub fn number(self) -> u32 {
        self.code
    }

    /// Its province.
    pub fn province(self) -> Province {
        self.province
    }
}

/// Its code, six digits.
impl fmt::Display for City {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}", self.code)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_division_lies_in_its_city() {
        for (division, city, province) in [
            ("", "000000", "000000"),
            ("110000", "110000", "110000"),
            ("110108", "110108", "110000"),
            ("500229", "500229", "500000"),
            ("320000", "320000", "320000"),
            ("320100", "320100", "320000"),
            ("320106", "320100", "320000"),
            ("429004", "429004", "420000"),
            ("810000", "810000", "810000"),
        ] {
            let found = City::of_division(division).unwrap();
            assert_eq!(found.to_string(), city, "{division}");
            assert_eq!(found.province().code(), province, "{division}");
        }
    }

    #[test]
    fn a_code_outside_all_provinces_is_refused() {
        for code in [
            "000000",
            "990000",
            "11",
            "1101",
            "11010a",
            "1101080",
            "１１０１０８",
        ] {
            assert_eq!(City::of_division(code), Err(NoProvince), "{code}");
        }
    }

    /// The file names the parent of every division.
    #[test]
    fn cities_are_those_of_the_divisions_file() {
        let file = include_str!("../../../../seeds/divisions.csv");
        for line in file.lines().skip(1) {
            let [code, _, level, parent] = line.split(',').collect::<Vec<_>>()[..] else {
                unreachable!("{line}");
            };
            let expected = match level {
                "county" if !parent.ends_with("0000") => parent,
                _ => code,
            };
            let city = City::of_division(code).unwrap();
            assert_eq!(city.to_string(), expected, "{line}");
        }
    }
}
