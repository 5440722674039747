//! How failures slow down the next attempts. Pure.
//!
//! What a stranger can name alone, such as an address, must not decide whether its owner gets in. So failures are counted
//!
//! * of a **known device** (it has signed in to the account before) for the device: nothing that others do concerns it;
//! * of a **stranger** for the address and the origin together, which leads to short pauses, and for the address and for the origin each
//!   alone, which never leads to a refusal, only to work: the SHA-256 puzzle of [`work`](super::work), harder with each doubling.
//!
//! An attempt counts as a failure before it is carried out and is forgiven if it succeeds, so a hundred attempts at once do not get a
//! hundred guesses. Attempts that are refused change nothing.

use time::{Duration, OffsetDateTime};

/// What happens beyond the free failures.
#[derive(Clone, Copy, Debug)]
pub enum Beyond {
    /// Attempts are refused for a time that doubles with each failure.
    Pause {
        /// The first pause.
        first: Duration,
        /// No pause is longer.
        longest: Duration,
    },
    /// Attempts need a proof of work.
    Work {
        /// So many failures more make the first doubling of the work, twice as many the next, and so on.
        step: i32,
    },
}

/// How patient we are.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// So many failures cost nothing.
    pub free: i32,
    /// What comes after them.
    pub beyond: Beyond,
    /// After each such time, one failure is forgotten.
    pub forget: Duration,
}

/// Leading zero bits of the easiest puzzle: a fraction of a second in a browser.
pub const LEAST_BITS: u8 = 18;
/// Of the hardest: some seconds in a browser.
pub const MOST_BITS: u8 = 22;

/// What failures are counted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// An address, from one origin.
    Pair,
    /// An address, from anywhere.
    Address,
    /// Whatever fails from one origin, which may be a campus with thousands of people.
    Origin,
    /// A known device with the account that knows it.
    Device,
}

impl Scope {
    /// How patient we are about it.
    pub fn policy(self) -> Policy {
        match self {
            Self::Pair | Self::Device => Policy {
                free: 5,
                beyond: Beyond::Pause {
                    first: Duration::seconds(2),
                    longest: Duration::minutes(1),
                },
                forget: Duration::minutes(10),
            },
            Self::Address => Policy {
                free: 20,
                beyond: Beyond::Work { step: 1 },
                forget: Duration::minutes(72),
            },
            Self::Origin => Policy {
                free: 100,
                beyond: Beyond::Work { step: 10 },
                forget: Duration::seconds(20),
            },
        }
    }

    /// What distinguishes one of this kind from another.
    pub fn key(self, who: Who<'_>) -> String {
        let Who {
            address,
            origin,
            device,
        } = who;
        match self {
            Self::Pair => format!("pair\0{address}\0{origin}"),
            Self::Address => format!("address\0{address}"),
            Self::Origin => format!("origin\0{origin}"),
            Self::Device => format!("device\0{}", device.unwrap_or_default()),
        }
    }
}

/// Who attempts something.
#[derive(Clone, Copy, Debug)]
pub struct Who<'a> {
    /// The sign-in address that is named.
    pub address: &'a str,
    /// The network it comes from.
    pub origin: &'a str,
    /// The known device, if the account behind the address knows it.
    pub device: Option<&'a str>,
}

/// What is attempted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A password for an address.
    Password,
    /// The digits of a one-time code, which itself bears few tries.
    Code,
}

/// What counts for an attempt.
pub fn scopes(action: Action, known: bool) -> &'static [Scope] {
    match (known, action) {
        (true, _) => &[Scope::Device],
        (false, Action::Password) => &[Scope::Pair, Scope::Address, Scope::Origin],
        (false, Action::Code) => &[Scope::Origin],
    }
}

/// A device that fails as often is in wrong hands: it counts as a stranger until that is forgotten.
pub const DEVICE_IS_TRUSTED: i32 = 20;

/// Whether a known device still counts as known.
pub fn is_trusted(state: Option<State>, now: OffsetDateTime) -> bool {
    state.is_none_or(|state| remembered(Scope::Device.policy(), state, now).0 < DEVICE_IS_TRUSTED)
}

/// For one account that names its own password wrong when changing it, or one person whose verification does not match. Only who is signed
/// in can name it.
pub const OWN: Policy = Policy {
    free: 5,
    beyond: Beyond::Pause {
        first: Duration::seconds(5),
        longest: Duration::minutes(30),
    },
    forget: Duration::minutes(10),
};

/// For wrong secrets of an OAuth client from one origin. The right secret is never refused: it has 256 bits, so trying it is no guess.
pub const CLIENT: Policy = Policy {
    free: 20,
    beyond: Beyond::Pause {
        first: Duration::seconds(1),
        longest: Duration::minutes(1),
    },
    forget: Duration::minutes(1),
};

/// For requests of sites that one origin has begun and not gone through with, see `sign_on::demand`. A campus may begin so many at the same
/// time; what is answered is no longer counted, so only what is left lying counts. The pause is short: an origin that fills the
/// table is slowed down, and its neighbours get through in between.
pub const DEMANDS: Policy = Policy {
    free: 2_000,
    beyond: Beyond::Pause {
        first: Duration::seconds(1),
        longest: Duration::seconds(5),
    },
    forget: Duration::seconds(1),
};

/// What is remembered of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// Failures not yet forgotten, as of `forgetting_since`.
    pub failures: i32,
    /// From here the time until the next one is forgotten counts.
    pub forgetting_since: OffsetDateTime,
    /// Until then attempts are refused.
    pub blocked_until: OffsetDateTime,
}

/// Why an attempt is not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Too soon; so long to wait.
    Wait(Duration),
    /// A proof of work with so many bits is needed.
    Work(u8),
}

/// The states after the attempt, in the order of what counts for it. `worked`: it brings a proof of work that is good; how hard it was does
/// not matter, or attackers could make the owner solve one after the other.
pub fn admit(
    counters: &[(Policy, Option<State>)],
    worked: bool,
    now: OffsetDateTime,
) -> Result<Vec<State>, Refused> {
    let wait = counters
        .iter()
        .filter_map(|(policy, state)| wait(*policy, (*state)?, now))
        .max();
    if let Some(wait) = wait {
        return Err(Refused::Wait(wait));
    }
    let bits = counters
        .iter()
        .filter_map(|(policy, state)| bits(*policy, remembered(*policy, (*state)?, now).0))
        .max();
    match bits {
        Some(bits) if !worked => Err(Refused::Work(bits)),
        _ => Ok(counters
            .iter()
            .map(|(policy, state)| failed(*policy, *state, now))
            .collect()),
    }
}

/// Takes one failure away, because the attempt succeeded. A pause that it ran into stays: otherwise a guesser could end the pause of
/// their origin by signing in to an account of their own.
pub fn forgive(state: State) -> State {
    State {
        failures: (state.failures - 1).max(0),
        ..state
    }
}

fn failed(policy: Policy, state: Option<State>, now: OffsetDateTime) -> State {
    let (remembered, forgetting_since) =
        state.map_or((0, now), |state| remembered(policy, state, now));
    let failures = remembered.saturating_add(1);
    State {
        failures,
        forgetting_since,
        blocked_until: now + pause(policy, failures),
    }
}

fn wait(policy: Policy, state: State, now: OffsetDateTime) -> Option<Duration> {
    // Only a pause that was earned counts: clocks of replicas differ a little, and so `blocked_until` may lie ahead without one.
    (pause(policy, state.failures) > Duration::ZERO && state.blocked_until > now)
        .then(|| state.blocked_until - now)
}

/// The pause that so many failures earn.
fn pause(policy: Policy, failures: i32) -> Duration {
    let Beyond::Pause { first, longest } = policy.beyond else {
        return Duration::ZERO;
    };
    let over = failures - policy.free;
    if over <= 0 {
        return Duration::ZERO;
    }
    // 2^20 seconds is beyond any longest pause; more would overflow.
    let doublings = u32::try_from(over - 1).unwrap_or(0).min(20);
    (first * 2_i32.pow(doublings)).min(longest)
}

/// The work that so many failures ask of the next attempt; `None`: none.
fn bits(policy: Policy, failures: i32) -> Option<u8> {
    let Beyond::Work { step } = policy.beyond else {
        return None;
    };
    (failures >= policy.free).then(|| harder((failures - policy.free) / step.max(1)))
}

/// One bit more with each doubling.
pub fn harder(over: i32) -> u8 {
    let doublings = over.max(0).saturating_add(1).ilog2();
    LEAST_BITS
        .saturating_add(u8::try_from(doublings).unwrap_or(u8::MAX))
        .min(MOST_BITS)
}

/// What is left of the failures now, and from where the time until the next one is forgotten counts. Attempts in between do not start
/// that time anew: a busy origin forgets as fast as a quiet one.
fn remembered(policy: Policy, state: State, now: OffsetDateTime) -> (i32, OffsetDateTime) {
    let quiet = (now - state.forgetting_since).max(Duration::ZERO);
    let steps = quiet.whole_seconds() / policy.forget.whole_seconds().max(1);
    let left = state
        .failures
        .saturating_sub(i32::try_from(steps).unwrap_or(i32::MAX))
        .max(0);
    match i32::try_from(steps) {
        Ok(steps) if left > 0 => (left, state.forgetting_since + policy.forget * steps),
        _ => (left, now),
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
