//! How long a family of tokens lives, and what a refresh token is good for. Pure.

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// An offline family ends if the site does not use it for so long.
pub const OFFLINE_IDLE: Duration = Duration::days(30);
/// An offline family ends then, however much it is used.
pub const OFFLINE_ABSOLUTE: Duration = Duration::days(180);
/// Two tabs of one app may use the same refresh token within this time, and get the same successor.
pub const GRACE: Duration = Duration::seconds(10);

/// A family as it stands.
#[derive(Clone, Debug)]
pub struct Family {
    /// UUIDv7.
    pub family_id: Uuid,
    /// Of which site.
    pub client_id: Uuid,
    /// Of whom.
    pub person_id: Uuid,
    /// The session it came of, as long as that is kept.
    pub session_id: Option<Uuid>,
    /// Whether it outlives the session.
    pub offline: bool,
    /// What the person agreed to.
    pub scopes: Vec<String>,
    /// Claims of userinfo besides the scopes.
    pub userinfo_claims: Vec<String>,
    /// When the person signed in.
    pub auth_time: OffsetDateTime,
    /// How, RFC 8176.
    pub method: String,
    /// When the site last got tokens.
    pub last_used_at: OffsetDateTime,
    /// The absolute end.
    pub expires_at: OffsetDateTime,
    /// Whether it was ended.
    pub ended: bool,
    /// Whether its session is alive.
    pub session_alive: bool,
    /// The key that its refresh tokens are bound to (RFC 9449 section 5).
    pub dpop_jkt: Option<String>,
}

/// Whether the tokens of a family are good.
pub fn is_alive(family: &Family, now: OffsetDateTime) -> bool {
    let used = !family.offline || now < family.last_used_at + OFFLINE_IDLE;
    !family.ended && now < family.expires_at && used && (family.offline || family.session_alive)
}

/// When a new family ends at the latest.
pub fn expires_at(
    offline: bool,
    session_ends_at: OffsetDateTime,
    now: OffsetDateTime,
) -> OffsetDateTime {
    if offline {
        now + OFFLINE_ABSOLUTE
    } else {
        session_ends_at
    }
}

/// A refresh token as it is kept.
#[derive(Clone, Copy, Debug)]
pub struct Refresh {
    /// When it was replaced.
    pub used_at: Option<OffsetDateTime>,
    /// Whether the token that replaced it was used already.
    pub successor_used: bool,
}

/// What a refresh token is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// The first use: it is replaced.
    Rotate,
    /// Another use at nearly the same moment: the same successor again.
    Again,
    /// It was used before, so it was copied: the family ends.
    Reused,
}

/// Judges the use of a refresh token (RFC 9700 section 4.14.2).
pub fn judge(token: Refresh, now: OffsetDateTime) -> Use {
    match token.used_at {
        None => Use::Rotate,
        Some(used) if now < used + GRACE && !token.successor_used => Use::Again,
        Some(_) => Use::Reused,
    }
}

/// The scopes of new tokens: what is asked for of what the family has, as far as the client may still have it. `None` if more is asked for
/// than the family has (RFC 6749 section 6).
pub fn narrowed(requested: &str, family: &[String], registered: &[String]) -> Option<Vec<String>> {
    let requested: Vec<&str> = requested.split(' ').filter(|s| !s.is_empty()).collect();
    if !requested.iter().all(|s| family.iter().any(|f| f == s)) {
        return None;
    }
    let wanted = |scope: &&String| {
        (requested.is_empty() || requested.contains(&scope.as_str())) && registered.contains(scope)
    };
    Some(family.iter().filter(wanted).cloned().collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-21 08:00 UTC);

    fn family(offline: bool) -> Family {
        Family {
            family_id: Uuid::nil(),
            client_id: Uuid::nil(),
            person_id: Uuid::nil(),
            session_id: None,
            offline,
            scopes: Vec::new(),
            userinfo_claims: Vec::new(),
            auth_time: NOW,
            method: "pwd".to_owned(),
            last_used_at: NOW,
            expires_at: expires_at(offline, NOW + Duration::days(30), NOW),
            ended: false,
            session_alive: true,
            dpop_jkt: None,
        }
    }

    #[test]
    fn a_family_ends_with_its_session_unless_it_is_offline() {
        for offline in [false, true] {
            assert!(is_alive(&family(offline), NOW));
            let signed_out = Family {
                session_alive: false,
                ..family(offline)
            };
            assert_eq!(is_alive(&signed_out, NOW), offline);
            let ended = Family {
                ended: true,
                ..family(offline)
            };
            assert!(!is_alive(&ended, NOW));
        }
        assert!(!is_alive(&family(false), NOW + Duration::days(30)));
        assert!(!is_alive(&family(true), NOW + OFFLINE_IDLE));
        let used = Family {
            last_used_at: NOW + OFFLINE_ABSOLUTE - Duration::DAY,
            ..family(true)
        };
        assert!(is_alive(&used, NOW + OFFLINE_ABSOLUTE - Duration::SECOND));
        assert!(!is_alive(&used, NOW + OFFLINE_ABSOLUTE));
    }

    #[test]
    fn a_used_token_is_honest_for_seconds_and_only_before_its_successor_is_used() {
        let at = |used_at, successor_used| Refresh {
            used_at,
            successor_used,
        };
        assert_eq!(judge(at(None, false), NOW), Use::Rotate);
        let last = NOW + GRACE - Duration::MICROSECOND;
        assert_eq!(judge(at(Some(NOW), false), last), Use::Again);
        assert_eq!(judge(at(Some(NOW), false), NOW + GRACE), Use::Reused);
        assert_eq!(judge(at(Some(NOW), true), NOW), Use::Reused);
    }

    proptest! {
        #[test]
        fn no_refresh_widens(
            requested in "[abc ]{0,6}",
            family in proptest::collection::vec("[abc]", 0..3),
            registered in proptest::collection::vec("[abc]", 0..3),
        ) {
            if let Some(scopes) = narrowed(&requested, &family, &registered) {
                for scope in &scopes {
                    prop_assert!(family.contains(scope) && registered.contains(scope));
                    prop_assert!(requested.trim().is_empty() || requested.contains(scope.as_str()));
                }
            } else {
                let more = requested.split(' ').any(|s| !s.is_empty() && !family.iter().any(|f| f == s));
                prop_assert!(more);
            }
        }
    }
}
