//! Private code points that GBK and GB 18030-2000 assigned to characters missing from Unicode at the time. GB
//! 18030-2022 assigns standard ones to all of them; old keyboards and databases still send the private ones.

/// The standard code point of a character; unchanged if there is none.
pub(crate) fn standard(c: char) -> char {
    if !('\u{e78d}'..='\u{e864}').contains(&c) {
        return c;
    }
    match MOVED.binary_search_by_key(&c, |(private, _)| *private) {
        Ok(at) => MOVED.get(at).map_or(c, |(_, standard)| *standard),
        Err(_) => c,
    }
}

/// Private and standard, in order: the vertical punctuation at 0xA6D9 to 0xA6F3, and the characters at 0xFE50 to 0xFEA0.
#[rustfmt::skip]
static MOVED: [(char, char); 90] = [
    ('\u{e78d}', '\u{fe10}'), ('\u{e78e}', '\u{fe12}'), ('\u{e78f}', '\u{fe11}'), ('\u{e790}', '\u{fe13}'), ('\u{e791}', '\u{fe14}'),
    ('\u{e792}', '\u{fe15}'), ('\u{e793}', '\u{fe16}'), ('\u{e794}', '\u{fe17}'), ('\u{e795}', '\u{fe18}'), ('\u{e796}', '\u{fe19}'),
    ('\u{e815}', '\u{2e81}'), ('\u{e816}', '\u{20087}'), ('\u{e817}', '\u{20089}'), ('\u{e818}', '\u{200cc}'), ('\u{e819}', '\u{2e84}'),
    ('\u{e81a}', '\u{3473}'), ('\u{e81b}', '\u{3447}'), ('\u{e81c}', '\u{2e88}'), ('\u{e81d}', '\u{2e8b}'), ('\u{e81e}', '\u{9fb4}'),
    ('\u{e81f}', '\u{359e}'), ('\u{e820}', '\u{361a}'), ('\u{e821}', '\u{360e}'), ('\u{e822}', '\u{2e8c}'), ('\u{e823}', '\u{2e97}'),
    ('\u{e824}', '\u{396e}'), ('\u{e825}', '\u{3918}'), ('\u{e826}', '\u{9fb5}'), ('\u{e827}', '\u{39cf}'), ('\u{e828}', '\u{39df}'),
    ('\u{e829}', '\u{3a73}'), ('\u{e82a}', '\u{39d0}'), ('\u{e82b}', '\u{9fb6}'), ('\u{e82c}', '\u{9fb7}'), ('\u{e82d}', '\u{3b4e}'),
    ('\u{e82e}', '\u{3c6e}'), ('\u{e82f}', '\u{3ce0}'), ('\u{e830}', '\u{2ea7}'), ('\u{e831}', '\u{215d7}'), ('\u{e832}', '\u{9fb8}'),
    ('\u{e833}', '\u{2eaa}'), ('\u{e834}', '\u{4056}'), ('\u{e835}', '\u{415f}'), ('\u{e836}', '\u{2eae}'), ('\u{e837}', '\u{4337}'),
    ('\u{e838}', '\u{2eb3}'), ('\u{e839}', '\u{2eb6}'), ('\u{e83a}', '\u{2eb7}'), ('\u{e83b}', '\u{2298f}'), ('\u{e83c}', '\u{43b1}'),
    ('\u{e83d}', '\u{43ac}'), ('\u{e83e}', '\u{2ebb}'), ('\u{e83f}', '\u{43dd}'), ('\u{e840}', '\u{44d6}'), ('\u{e841}', '\u{4661}'),
    ('\u{e842}', '\u{464c}'), ('\u{e843}', '\u{9fb9}'), ('\u{e844}', '\u{4723}'), ('\u{e845}', '\u{4729}'), ('\u{e846}', '\u{477c}'),
    ('\u{e847}', '\u{478d}'), ('\u{e848}', '\u{2eca}'), ('\u{e849}', '\u{4947}'), ('\u{e84a}', '\u{497a}'), ('\u{e84b}', '\u{497d}'),
    ('\u{e84c}', '\u{4982}'), ('\u{e84d}', '\u{4983}'), ('\u{e84e}', '\u{4985}'), ('\u{e84f}', '\u{4986}'), ('\u{e850}', '\u{499f}'),
    ('\u{e851}', '\u{499b}'), ('\u{e852}', '\u{49b7}'), ('\u{e853}', '\u{49b6}'), ('\u{e854}', '\u{9fba}'), ('\u{e855}', '\u{241fe}'),
    ('\u{e856}', '\u{4ca3}'), ('\u{e857}', '\u{4c9f}'), ('\u{e858}', '\u{4ca0}'), ('\u{e859}', '\u{4ca1}'), ('\u{e85a}', '\u{4c77}'),
    ('\u{e85b}', '\u{4ca2}'), ('\u{e85c}', '\u{4d13}'), ('\u{e85d}', '\u{4d14}'), ('\u{e85e}', '\u{4d15}'), ('\u{e85f}', '\u{4d16}'),
    ('\u{e860}', '\u{4d17}'), ('\u{e861}', '\u{4d18}'), ('\u{e862}', '\u{4d19}'), ('\u{e863}', '\u{4dae}'), ('\u{e864}', '\u{9fbb}'),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_private_character_of_the_standard_has_another_one_of_its_own() {
        let mut standards: Vec<char> = MOVED.iter().map(|(_, standard)| *standard).collect();
        assert!(
            MOVED.windows(2).all(|pair| pair[0].0 < pair[1].0),
            "in order"
        );
        standards.sort_unstable();
        standards.dedup();
        assert_eq!(standards.len(), MOVED.len());
        for (private, to) in MOVED {
            assert_eq!(standard(private), to);
            assert!(!('\u{e000}'..='\u{f8ff}').contains(&to));
        }
        assert_eq!(standard('\u{e863}'), '\u{4dae}');
        assert_eq!(standard('王'), '王');
        assert_eq!(standard('\u{e000}'), '\u{e000}');
    }
}
