//! Work instead of refusal: a puzzle that takes a browser a moment and makes guessing by the thousand expensive.
//!
//! A challenge is `base64url(difficulty ‖ expiry ‖ scope ‖ nonce ‖ MAC)`. Its solution is the text `<challenge>:<number>` whose SHA-256
//! begins with `difficulty` zero bits. Nothing is stored for a challenge: the MAC proves that it is ours, the scope binds it to what was
//! attempted, at which address and from where. Solutions that have served are remembered until they expire.

use aws_lc_rs::{
    constant_time::verify_slices_are_equal,
    digest::{SHA256, digest},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kit::crypto::Keys;
use time::{Duration, OffsetDateTime};

/// How long a challenge may be solved.
pub const LIFETIME: Duration = Duration::minutes(5);
/// Metadata of a call: the solution.
pub const HEADER: &str = "x-proof-of-work";

const BODY: usize = 1 + 8 + 16 + 16;
const MAC: usize = 16;
/// A solution is not longer.
const MOST_CHARACTERS: usize = 120;

/// A challenge that was solved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Solved {
    /// By which it is remembered.
    pub nonce: [u8; 16],
    /// Until when.
    pub expires_at: OffsetDateTime,
}

/// What a challenge is for.
pub fn scope(keys: &Keys, what: &str, address: &[u8], origin: &str) -> [u8; 16] {
    let mut bound = Vec::with_capacity(128);
    bound.extend_from_slice(what.as_bytes());
    bound.push(0);
    bound.extend_from_slice(address);
    bound.push(0);
    bound.extend_from_slice(origin.as_bytes());
    cut(keys.keyed_hash("identity.work.scope", &bound))
}

/// A challenge with this difficulty.
pub fn challenge(
    keys: &Keys,
    bits: u8,
    scope: [u8; 16],
    nonce: [u8; 16],
    now: OffsetDateTime,
) -> String {
    let mut body = Vec::with_capacity(BODY + MAC);
    body.push(bits);
    body.extend_from_slice(&(now + LIFETIME).unix_timestamp().to_be_bytes());
    body.extend_from_slice(&scope);
    body.extend_from_slice(&nonce);
    let mac: [u8; MAC] = cut(keys.keyed_hash("identity.work", &body));
    body.extend_from_slice(&mac);
    URL_SAFE_NO_PAD.encode(body)
}

/// The challenge behind a solution, if it is ours, for this scope, in time and solved.
pub fn check(keys: &Keys, solution: &str, scope: [u8; 16], now: OffsetDateTime) -> Option<Solved> {
    if solution.len() > MOST_CHARACTERS {
        return None;
    }
    let (challenge, number) = solution.split_once(':')?;
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let decoded = URL_SAFE_NO_PAD.decode(challenge).ok()?;
    let (body, mac) = decoded.split_at_checked(BODY)?;
    let ours: [u8; MAC] = cut(keys.keyed_hash("identity.work", body));
    verify_slices_are_equal(mac, &ours).ok()?;
    let (bits, rest) = body.split_first()?;
    let (expiry, rest) = rest.split_at_checked(8)?;
    let (bound, nonce) = rest.split_at_checked(16)?;
    let expires_at =
        OffsetDateTime::from_unix_timestamp(i64::from_be_bytes(expiry.try_into().ok()?)).ok()?;
    let good = bound == scope && now < expires_at && zero_bits(solution) >= u32::from(*bits);
    good.then_some(Solved {
        nonce: nonce.try_into().ok()?,
        expires_at,
    })
}

/// Leading zero bits of the SHA-256 of a text.
fn zero_bits(text: &str) -> u32 {
    let mut bits = 0;
    for byte in digest(&SHA256, text.as_bytes()).as_ref() {
        bits += byte.leading_zeros();
        if *byte != 0 {
            break;
        }
    }
    bits
}

/// Tries numbers until one solves the challenge; what a client does.
pub fn solve(challenge: &str, bits: u8) -> String {
    (0_u64..)
        .map(|number| format!("{challenge}:{number}"))
        .find(|text| zero_bits(text) >= u32::from(bits))
        .unwrap_or_default()
}

fn cut<const N: usize>(hash: [u8; 32]) -> [u8; N] {
    let mut part = [0; N];
    for (to, from) in part.iter_mut().zip(hash) {
        *to = from;
    }
    part
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-21 08:00 UTC);
    const SCOPE: [u8; 16] = [7; 16];

    fn keys() -> Keys {
        Keys::parse("1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=").unwrap()
    }

    #[test]
    fn a_solution_is_good_for_its_scope_and_its_time() {
        let challenge = challenge(&keys(), 8, SCOPE, [1; 16], NOW);
        let solution = solve(&challenge, 8);
        let solved = check(&keys(), &solution, SCOPE, NOW).unwrap();
        assert_eq!((solved.nonce, solved.expires_at), ([1; 16], NOW + LIFETIME));
        assert_eq!(check(&keys(), &solution, [8; 16], NOW), None);
        assert_eq!(check(&keys(), &solution, SCOPE, NOW + LIFETIME), None);
        let unsolved = (0..)
            .map(|number| format!("{challenge}:{number}"))
            .find(|text| zero_bits(text) < 8)
            .unwrap();
        assert_eq!(check(&keys(), &unsolved, SCOPE, NOW), None);
    }

    /// Two implementations agree: this is what the portal's test computes too.
    #[test]
    fn zero_bits_are_those_of_sha_256() {
        // SHA-256("abc") = ba7816bf…: its first bit is one.
        assert_eq!(zero_bits("abc"), 0);
        assert_eq!(solve("example", 12), "example:4891");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_challenge_that_was_changed_is_not_ours(at in 0usize..76, to in "[A-Za-z0-9_-]") {
            let challenge = challenge(&keys(), 0, SCOPE, [1; 16], NOW);
            let mut changed = challenge.clone();
            changed.replace_range(at..=at, &to);
            // The last character of base64 has bits that mean nothing, but then it is not decoded at all.
            prop_assert_eq!(
                check(&keys(), &format!("{changed}:0"), SCOPE, NOW).is_some(),
                changed == challenge
            );
        }

        #[test]
        fn nothing_makes_it_panic(text in "\\PC{0,130}") {
            let _ = check(&keys(), &text, SCOPE, NOW);
        }
    }
}
