#![allow(clippy::unwrap_used)]
use std::collections::HashMap;

use proptest::prelude::*;
use time::macros::datetime;

use super::*;

const NOW: OffsetDateTime = datetime!(2026-11-21 08:00 UTC);

/// The database of throttles, and attempts as the service makes them.
#[derive(Default)]
struct World(HashMap<String, State>);

impl World {
    fn attempt(
        &mut self,
        who: Who<'_>,
        succeeds: bool,
        worked: bool,
        now: OffsetDateTime,
    ) -> Result<(), Refused> {
        let known =
            who.device.is_some() && is_trusted(self.0.get(&Scope::Device.key(who)).copied(), now);
        let scopes = scopes(Action::Password, known);
        let counters: Vec<_> = scopes
            .iter()
            .map(|scope| (scope.policy(), self.0.get(&scope.key(who)).copied()))
            .collect();
        let states = admit(&counters, worked, now)?;
        for (scope, state) in scopes.iter().zip(states) {
            let state = if succeeds { forgive(state) } else { state };
            self.0.insert(scope.key(who), state);
        }
        Ok(())
    }
}

const OWNER: &str = "13800138000";
const OWNERS_ORIGIN: &str = "192.0.2.1";

fn owner(device: Option<&str>) -> Who<'_> {
    Who {
        address: OWNER,
        origin: OWNERS_ORIGIN,
        device,
    }
}

/// What strangers do: at which of some addresses, the owner's among them, from which origin, with which pause before, with or without
/// work, and whether it succeeds, because it is an account of theirs.
#[derive(Clone, Debug)]
struct Deed {
    address: usize,
    origin: usize,
    gap: i64,
    worked: bool,
    succeeds: bool,
}

fn deeds(origins: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Deed>> {
    let deed = (0usize..3, origins, 0i64..200, any::<bool>(), any::<bool>()).prop_map(
        |(address, origin, gap, worked, succeeds)| Deed {
            address,
            origin,
            gap,
            worked,
            succeeds,
        },
    );
    prop::collection::vec(deed, 0..300)
}

fn play(world: &mut World, deeds: &[Deed]) -> OffsetDateTime {
    const ADDRESSES: [&str; 3] = [OWNER, "13800138001", "13800138002"];
    let mut now = NOW;
    for deed in deeds {
        now += Duration::seconds(deed.gap);
        let origin = match deed.origin {
            0 => OWNERS_ORIGIN.to_owned(),
            other => format!("198.51.100.{other}"),
        };
        let who = Who {
            address: ADDRESSES[deed.address],
            origin: &origin,
            device: None,
        };
        let succeeds = deed.succeeds && deed.address > 0;
        let _ = world.attempt(who, succeeds, deed.worked, now);
    }
    now
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever strangers do, from the owner's own network too: a known device is never delayed.
    #[test]
    fn a_known_device_is_never_delayed_by_others(deeds in deeds(0..20)) {
        let mut world = World::default();
        let now = play(&mut world, &deeds);
        prop_assert_eq!(world.attempt(owner(Some("d1")), true, false, now), Ok(()));
    }

    /// Whatever strangers do from other networks: the owner with a new device gets in, with one proof of work at most.
    #[test]
    fn a_new_device_of_the_owner_gets_in_with_one_proof_of_work(deeds in deeds(1..20)) {
        let mut world = World::default();
        let now = play(&mut world, &deeds);
        match world.attempt(owner(None), true, false, now) {
            Ok(()) => {}
            Err(Refused::Work(bits)) => {
                prop_assert!((LEAST_BITS..=MOST_BITS).contains(&bits));
                // More happens while the browser works.
                play(&mut world, &deeds);
                prop_assert_eq!(world.attempt(owner(None), true, true, now), Ok(()));
            }
            Err(wait) => prop_assert!(false, "{wait:?}"),
        }
    }

    /// A person who is behind the same address as a guesser of other accounts gets in too.
    #[test]
    fn a_blocked_network_gets_in_with_one_proof_of_work(failures in 0i32..5_000) {
        let mut world = World::default();
        for nth in 0..failures {
            let address = nth.to_string();
            let who = Who { address: &address, origin: OWNERS_ORIGIN, device: None };
            let _ = world.attempt(who, false, true, NOW);
        }
        let first = world.attempt(owner(None), true, false, NOW);
        prop_assert_eq!(first.is_err(), failures >= Scope::Origin.policy().free);
        if first.is_err() {
            prop_assert_eq!(world.attempt(owner(None), true, true, NOW), Ok(()));
        }
    }

    /// Over any number of origins, so many guesses a day at one address cost no work.
    #[test]
    fn few_guesses_a_day_at_one_address_cost_no_work(gaps in prop::collection::vec(0i64..90, 2_000)) {
        let (mut world, mut now, mut free) = (World::default(), NOW, 0);
        for (nth, gap) in gaps.iter().enumerate() {
            now += Duration::seconds(*gap);
            if now > NOW + Duration::days(1) {
                break;
            }
            let origin = nth.to_string();
            let who = Who { address: OWNER, origin: &origin, device: None };
            match world.attempt(who, false, false, now) {
                Ok(()) => free += 1,
                Err(Refused::Work(_)) => {
                    let _ = world.attempt(who, false, true, now);
                }
                Err(Refused::Wait(_)) => {}
            }
        }
        prop_assert!(free <= 40, "{free}");
    }

    #[test]
    fn work_grows_and_has_a_limit(over in 0i32..100_000) {
        prop_assert!(harder(over) <= harder(over + 1));
        prop_assert!((LEAST_BITS..=MOST_BITS).contains(&harder(over)));
    }

    #[test]
    fn pauses_grow_and_have_a_limit(policy in policies(), failures in 0i32..5_000) {
        let Beyond::Pause { longest, .. } = policy.beyond else { unreachable!() };
        let (this, next) = (pause(policy, failures), pause(policy, failures + 1));
        prop_assert!(this <= next && next <= longest);
        prop_assert_eq!(this > Duration::ZERO, failures > policy.free);
    }

    #[test]
    fn an_attempt_during_a_pause_changes_nothing(policy in policies(), failures in 0i32..200, after in 0i64..2_000) {
        let state = State { failures, forgetting_since: NOW, blocked_until: NOW + pause(policy, failures) };
        let now = NOW + Duration::seconds(after);
        match admit(&[(policy, Some(state))], true, now) {
            Err(Refused::Wait(wait)) => prop_assert_eq!(now + wait, state.blocked_until),
            Ok(states) => prop_assert!(now >= state.blocked_until && states[0].failures <= failures + 1),
            Err(Refused::Work(_)) => prop_assert!(false),
        }
    }

    #[test]
    fn success_leaves_things_as_they_were(policy in policies(), failures in 0i32..200) {
        let before = State { failures, forgetting_since: NOW, blocked_until: NOW };
        let after = admit(&[(policy, Some(before))], true, NOW).unwrap();
        prop_assert_eq!(forgive(after[0]).failures, failures);
    }

    /// A campus with a sign-in every second, where every hundredth person mistypes once: no one is asked for a proof of work.
    #[test]
    fn a_busy_origin_is_never_slowed_down_by_a_few_clumsy_people(first in 0usize..100) {
        let (mut state, mut now) = (None, NOW);
        for at in 0..50_000 {
            let admitted = admit(&[(Scope::Origin.policy(), state)], false, now);
            prop_assert!(admitted.is_ok(), "slowed down after {at}");
            let failed = admitted.unwrap()[0];
            state = Some(if at % 100 == first { failed } else { forgive(failed) });
            now += Duration::SECOND;
        }
    }

    #[test]
    fn clocks_that_differ_a_little_make_no_pause(policy in policies(), skew in 0i64..10_000) {
        let state = admit(&[(policy, None)], false, NOW).unwrap()[0];
        prop_assert!(admit(&[(policy, Some(state))], false, NOW - Duration::milliseconds(skew)).is_ok());
    }

    #[test]
    fn everything_is_forgotten_in_time(policy in policies(), failures in 1i32..200) {
        let state = State { failures, forgetting_since: NOW, blocked_until: NOW };
        let much_later = NOW + policy.forget * failures + Duration::hours(1);
        prop_assert_eq!(admit(&[(policy, Some(state))], false, much_later).unwrap()[0].failures, 1);
    }
}

fn policies() -> impl Strategy<Value = Policy> {
    prop::sample::select(vec![
        Scope::Pair.policy(),
        Scope::Device.policy(),
        OWN,
        CLIENT,
    ])
}

#[test]
fn the_sixth_wrong_password_costs_two_seconds_and_the_next_ones_double() {
    let (mut state, mut now, mut pauses) = (None, NOW, Vec::new());
    for _ in 0..12 {
        let failed = admit(&[(Scope::Pair.policy(), state)], false, now).unwrap()[0];
        pauses.push((failed.blocked_until - now).whole_seconds());
        now = failed.blocked_until;
        state = Some(failed);
    }
    assert_eq!(pauses, [0, 0, 0, 0, 0, 2, 4, 8, 16, 32, 60, 60]);
}

/// Who has stolen the cookie of a device does not get more guesses than a stranger for long.
#[test]
fn a_device_in_wrong_hands_gets_few_guesses_a_day() {
    let (mut world, mut now, mut guesses) = (World::default(), NOW, 0);
    while now < NOW + Duration::days(1) {
        match world.attempt(owner(Some("d1")), false, false, now) {
            Ok(()) => guesses += 1,
            Err(Refused::Wait(wait)) => now += wait,
            Err(Refused::Work(_)) => now += Duration::minutes(1),
        }
    }
    assert!(guesses < 250, "{guesses}");
}
