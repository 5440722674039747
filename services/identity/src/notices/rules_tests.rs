#![allow(clippy::unwrap_used)]
use proptest::prelude::*;
use time::macros::datetime;

use super::*;

fn moments() -> impl Strategy<Value = OffsetDateTime> {
    // The years 2020 to 2100.
    (1_577_836_800_i64..4_102_444_800)
        .prop_map(|seconds| OffsetDateTime::from_unix_timestamp(seconds).unwrap())
}

fn choices() -> impl Strategy<Value = Choice> {
    (0..Mail::ALL.len(), any::<bool>()).prop_map(|(mail, sms)| Choice {
        mail: Mail::ALL[mail],
        sms,
    })
}

fn categories() -> impl Strategy<Value = Category> {
    (0..Category::ALL.len()).prop_map(|at| Category::ALL[at])
}

proptest! {
    #[test]
    fn what_is_not_urgent_never_goes_out_at_night_and_waits_ten_hours_at_most(now in moments()) {
        let at = not_before(false, now);
        let hour = at.to_offset(SHANGHAI).hour();
        prop_assert!((8..22).contains(&hour), "{at}");
        prop_assert!(at >= now && at - now <= Duration::hours(10));
        // By day nothing waits.
        let by_day = (8..22).contains(&now.to_offset(SHANGHAI).hour());
        prop_assert_eq!(by_day, at == now);
        // Looked at again when it is due, it is due.
        prop_assert_eq!(not_before(false, at), at);
    }

    #[test]
    fn what_is_urgent_goes_out_at_once(now in moments()) {
        prop_assert_eq!(not_before(true, now), now);
    }

    #[test]
    fn the_daily_mail_is_one_a_day(now in moments()) {
        let at = next_digest(now);
        prop_assert!(at > now && at - now <= Duration::days(1));
        prop_assert_eq!(at.to_offset(SHANGHAI).time(), DIGEST);
        prop_assert_eq!(next_digest(at), at + Duration::days(1));
    }

    #[test]
    fn nothing_goes_out_against_a_choice_and_security_always_does(
        category in categories(), kept in proptest::option::of(choices()),
        has_mail: bool, has_phone: bool, urgent: bool, now in moments(),
    ) {
        let choice = category.choice(kept);
        let plan = plan(choice, urgent, now);
        let channels = channels(category, choice, has_mail, has_phone);
        prop_assert!(!channels.mail || has_mail);
        prop_assert!(!channels.sms || has_phone);
        if category.is_fixed() {
            prop_assert_eq!(channels.mail || channels.sms, has_mail || has_phone);
            prop_assert!(plan.mail_at.is_some() && plan.sms_at.is_some());
            prop_assert!(!(channels.mail && channels.sms), "one message is enough");
        } else if let Some(kept) = kept {
            prop_assert!(kept.sms || !channels.sms);
            prop_assert!(kept.mail == Mail::AtOnce || !channels.mail);
            prop_assert_eq!(plan.digest_at.is_some(), kept.mail == Mail::Daily);
            prop_assert_eq!(plan.mail_at.is_some(), kept.mail == Mail::AtOnce);
            prop_assert_eq!(plan.sms_at.is_some(), kept.sms);
        }
    }

    #[test]
    fn the_nearest_holders_are_told_each_once_and_never_the_one_left_out(
        holders in proptest::collection::vec((0u128..6, 0i32..4), 0..12), except in 0u128..6,
    ) {
        let holders: Vec<Holder> = holders
            .into_iter()
            .map(|(person, depth)| Holder { person_id: Uuid::from_u128(person), depth })
            .collect();
        let except = Uuid::from_u128(except);
        let told = nearest(&holders, Some(except));
        prop_assert!(!told.contains(&except));
        let distinct: std::collections::BTreeSet<_> = told.iter().collect();
        prop_assert_eq!(distinct.len(), told.len());
        let anyone_else = holders.iter().any(|holder| holder.person_id != except);
        prop_assert_eq!(told.is_empty(), !anyone_else);
        let near = holders.iter().filter(|h| h.person_id != except).map(|h| h.depth).max();
        for person in &told {
            let there = holders.iter().any(|h| h.person_id == *person && Some(h.depth) == near);
            prop_assert!(there);
        }
    }
}

#[test]
fn the_night_is_from_ten_to_eight_in_beijing() {
    for (now, at) in [
        (datetime!(2026-05-01 21:59:59 +8), None),
        (
            datetime!(2026-05-01 22:00 +8),
            Some(datetime!(2026-05-02 8:00 +8)),
        ),
        (
            datetime!(2026-05-01 23:30 +8),
            Some(datetime!(2026-05-02 8:00 +8)),
        ),
        (
            datetime!(2026-05-01 07:59 +8),
            Some(datetime!(2026-05-01 8:00 +8)),
        ),
        (datetime!(2026-05-01 08:00 +8), None),
        // The last evening of a year, by the clock of another country.
        (
            datetime!(2026-12-31 15:00 UTC),
            Some(datetime!(2027-01-01 8:00 +8)),
        ),
    ] {
        assert_eq!(not_before(false, now), at.unwrap_or(now), "{now}");
    }
}

#[test]
fn an_old_event_tells_nothing_as_long_as_it_is_remembered() {
    let now = datetime!(2026-05-01 12:00 UTC);
    assert!(!forgotten(now - RETENTION, now));
    assert!(forgotten(now - RETENTION - Duration::seconds(1), now));
    const { assert!(ASKED_RETENTION.whole_days() > RETENTION.whole_days()) };
}

#[test]
fn a_category_is_chosen_for_once_and_security_never() {
    use Category::*;
    assert_eq!(check_choices(&[Applications, Desk]), Ok(()));
    assert_eq!(
        check_choices(&[Applications, Security]),
        Err(NoticeError::Fixed(1))
    );
    assert_eq!(
        check_choices(&[Desk, Applications, Desk]),
        Err(NoticeError::Twice(2))
    );
}

#[test]
fn a_text_message_is_a_hint_whatever_it_is_about() {
    // It takes no argument, so it cannot say more; it fits into two parts of 67 characters.
    assert!(sms().chars().count() <= 134, "{}", sms().chars().count());
}

#[test]
fn mail_says_what_happened_in_both_languages_and_where_it_goes_on() {
    let told = Told {
        zh: ("标题".into(), "说明".into()),
        en: ("Title".into(), "Text".into()),
        url: "https://cast.example/me/applications".into(),
    };
    let (subject, text) = mail(&told);
    assert_eq!(subject, "网上科协：标题");
    for part in ["说明", "Text", &told.url] {
        assert!(text.contains(part), "{text}");
    }
    let (subject, text) = digest(&[told.clone(), told], 3, "https://cast.example/me/inbox");
    assert_eq!(subject, "网上科协：5 条未读通知");
    assert_eq!(text.matches("· 说明").count(), 2);
    assert_eq!(text.matches("· Text").count(), 2);
    assert!(text.contains("https://cast.example/me/inbox"));
}
