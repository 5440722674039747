//! What a client may be registered with, and when a secret is right. Pure.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use proto_platform::roles::PERMISSIONS;
use time::{Duration, OffsetDateTime};
use url::{Host, Url};

use super::kind::Kind;

/// How long the secret before the present one works.
pub const OVERLAP: Duration = Duration::hours(24);

/// What a site that signs people in may ask for.
pub const SIGN_ON_SCOPES: &[&str] = &[
    "openid",
    "profile",
    "person_number",
    "email",
    "phone",
    "memberships",
    OFFLINE_ACCESS,
];

/// The scope with which a site acts for a person who is signed out.
pub const OFFLINE_ACCESS: &str = "offline_access";

/// Why a client cannot be registered like this.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// A scope that this kind of client cannot have.
    #[error("scopes[{0}] is not for this kind of client")]
    Scope(usize),
    /// A site without the scope `openid`.
    #[error("a site that signs people in needs openid")]
    OpenIdMissing,
    /// A site without a redirect address.
    #[error("a site that signs people in needs a redirect address")]
    RedirectMissing,
    /// A system with a redirect address.
    #[error("a system has no redirect address")]
    RedirectUnwanted,
    /// An address that no code may be sent to.
    #[error("redirect_uris[{0}] is not allowed")]
    Redirect(usize, RedirectError),
    /// A system with an address for after signing out.
    #[error("a system has no address for after signing out")]
    PostLogoutUnwanted,
    /// An address that people may not be sent to after signing out.
    #[error("post_logout_redirect_uris[{0}] is not allowed")]
    PostLogout(usize, RedirectError),
    /// An address for logout tokens of a client that is no site.
    #[error("only a site is told of sign-outs")]
    BackchannelUnwanted,
    /// An address that logout tokens may not be sent to.
    #[error("backchannel_logout_uri is not allowed")]
    Backchannel(RedirectError),
    /// A client that is no site, without PKCE.
    #[error("only a site may do without PKCE")]
    PkceNeeded,
    /// An end of a secret that there is not.
    #[error("there is no secret that could expire")]
    SecretUnwanted,
}

/// What else a client is registered with.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// Where people may be sent after signing out.
    pub post_logout_redirect_uris: &'a [String],
    /// Where the site is told of sign-outs; may be empty.
    pub backchannel_logout_uri: &'a str,
    /// Whether PKCE may be left out.
    pub pkce_optional: bool,
    /// After how many days the secret expires; 0: never.
    pub secret_days: i32,
    /// Whether the platform runs for development, where sites are on the developer's own machine.
    pub development: bool,
}

/// Checks what else a client is registered with.
pub fn check_settings(kind: Kind, settings: &Settings<'_>) -> Result<(), ClientError> {
    let uris = settings.post_logout_redirect_uris;
    if kind == Kind::Machine && !uris.is_empty() {
        return Err(ClientError::PostLogoutUnwanted);
    }
    for (at, uri) in uris.iter().enumerate() {
        redirect_uri(kind, uri).map_err(|error| ClientError::PostLogout(at, error))?;
    }
    let backchannel = settings.backchannel_logout_uri;
    match kind {
        Kind::Web if !backchannel.is_empty() => {
            redirect_uri(kind, backchannel).map_err(ClientError::Backchannel)?;
            if !settings.development {
                is_called(backchannel).map_err(ClientError::Backchannel)?;
            }
        }
        Kind::Machine | Kind::PublicApp if !backchannel.is_empty() => {
            return Err(ClientError::BackchannelUnwanted);
        }
        _ => {}
    }
    if settings.pkce_optional && kind != Kind::Web {
        return Err(ClientError::PkceNeeded);
    }
    if settings.secret_days != 0 && kind == Kind::PublicApp {
        return Err(ClientError::SecretUnwanted);
    }
    Ok(())
}

/// Whether the platform itself calls this address, which is in its normal form, outside of development: as
/// [`Outside`](kit::outside::Outside) does.
pub(super) fn is_called(address: &str) -> Result<(), RedirectError> {
    let url = Url::parse(address).map_err(|_| RedirectError::Malformed)?;
    match (url.scheme(), url.port()) {
        ("https", None) => Ok(()),
        ("https", Some(_)) => Err(RedirectError::Port),
        _ => Err(RedirectError::Insecure),
    }
}

/// When a secret that is made now is refused; `None`: never.
pub fn secret_expires_at(days: i32, now: OffsetDateTime) -> Option<OffsetDateTime> {
    (days > 0).then(|| now + Duration::days(days.into()))
}

/// Until when the secret before the present one works: a day, but not beyond its own end.
pub fn old_secret_expires_at(
    expires_at: Option<OffsetDateTime>,
    now: OffsetDateTime,
) -> OffsetDateTime {
    expires_at.map_or(now + OVERLAP, |end| end.min(now + OVERLAP))
}

/// Why no code may be sent to an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedirectError {
    /// Not an absolute address, or not written in its normal form.
    #[error("not an absolute address in normal form")]
    Malformed,
    /// Neither https nor a loopback address, nor, for an app, a private-use scheme.
    #[error("neither https nor a loopback address, nor an app's own scheme")]
    Insecure,
    /// With a fragment (RFC 6749 section 3.1.2), a name or password, or a `*`.
    #[error("with a fragment, user information or a wildcard")]
    Unwanted,
    /// On a port of its own, which the platform does not call.
    #[error("not on the default port")]
    Port,
}

/// Checks what a client is registered with.
pub fn check(kind: Kind, scopes: &[String], redirect_uris: &[String]) -> Result<(), ClientError> {
    // What a system may be allowed to do for its organisation stands with the permissions.
    let allowed = |scope: &String| match kind {
        Kind::Machine => PERMISSIONS.iter().any(|p| p.scope && p.name == *scope),
        Kind::Web | Kind::PublicApp => SIGN_ON_SCOPES.contains(&scope.as_str()),
    };
    if let Some(at) = scopes.iter().position(|scope| !allowed(scope)) {
        return Err(ClientError::Scope(at));
    }
    match (kind, redirect_uris.is_empty()) {
        (Kind::Machine, false) => return Err(ClientError::RedirectUnwanted),
        (Kind::Web | Kind::PublicApp, true) => return Err(ClientError::RedirectMissing),
        _ => {}
    }
    if kind != Kind::Machine && !scopes.iter().any(|scope| scope == "openid") {
        return Err(ClientError::OpenIdMissing);
    }
    for (at, uri) in redirect_uris.iter().enumerate() {
        redirect_uri(kind, uri).map_err(|error| ClientError::Redirect(at, error))?;
    }
    Ok(())
}

/// Whether codes may be sent to this address. It must be written as it will be sent, since it is compared character by
/// character (RFC 9700 section 4.1.3).
///
/// Sites: https; for development `http://localhost`, `http://127.0.0.1` and `http://[::1]` with a port. Apps on people's devices besides:
/// a private-use scheme with a dot in it, `com.example.app:/callback` (RFC 8252 section 7.1), and the loopback addresses `127.0.0.1` and
/// `[::1]` without a port, or with one that does not matter (section 7.3, see [`is_registered`]).
pub fn redirect_uri(kind: Kind, text: &str) -> Result<(), RedirectError> {
    if text.contains(['#', '*', '\\']) {
        return Err(RedirectError::Unwanted);
    }
    let visible = text
        .bytes()
        .all(|b| b.is_ascii_graphic() && !b"\"<>^`{|}".contains(&b));
    let url = Url::parse(text).map_err(|_| RedirectError::Malformed)?;
    if !url.username().is_empty()
        || url.password().is_some()
        || text.contains("@") && url.path().is_empty()
    {
        return Err(RedirectError::Unwanted);
    }
    // The parser repairs a lot; what it repairs would not compare equal. A missing slash after the host is no repair.
    let normal = url.as_str() == text || url.as_str() == format!("{text}/");
    if !visible || !normal {
        return Err(RedirectError::Malformed);
    }
    let address = match url.host() {
        Some(Host::Ipv4(address)) => address == std::net::Ipv4Addr::LOCALHOST,
        Some(Host::Ipv6(address)) => address == std::net::Ipv6Addr::LOCALHOST,
        _ => false,
    };
    let loopback = address || url.host() == Some(Host::Domain("localhost"));
    let app = kind == Kind::PublicApp;
    match url.scheme() {
        "https" if url.has_host() => Ok(()),
        "http" if loopback && url.port().is_some() => Ok(()),
        "http" if address && app => Ok(()),
        // The owner of a domain name has the scheme made of it; what browsers act on themselves (`javascript:`) has no dot.
        scheme
            if app
                && scheme.contains('.')
                && !url.has_authority()
                && url.path().starts_with('/') =>
        {
            Ok(())
        }
        _ => Err(RedirectError::Insecure),
    }
}

/// Whether `uri` is one of the registered addresses: character by character, nothing normalised. The one exception is the port of an app
/// at a loopback address, which the system gives it anew each time (RFC 8252 section 7.3).
pub fn is_registered(kind: Kind, registered: &[String], uri: &str) -> bool {
    registered.iter().any(|known| {
        known == uri
            || kind == Kind::PublicApp
                && without_port(known).is_some_and(|known| Some(known) == without_port(uri))
    })
}

/// Host and the rest of an address at `127.0.0.1` or `[::1]`, the port left out; `None` for any other address.
fn without_port(uri: &str) -> Option<(&str, &str)> {
    let (host, rest) = ["http://127.0.0.1", "http://[::1]"]
        .iter()
        .find_map(|host| uri.strip_prefix(host).map(|rest| (*host, rest)))?;
    let Some(port_and_rest) = rest.strip_prefix(':') else {
        return (rest.is_empty() || rest.starts_with(['/', '?'])).then_some((host, rest));
    };
    let end = port_and_rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(port_and_rest.len());
    let (port, rest) = port_and_rest.split_at(end);
    let is_port = !port.starts_with('0') && port.parse::<u16>().is_ok();
    (is_port && (rest.is_empty() || rest.starts_with(['/', '?']))).then_some((host, rest))
}

/// The hashes of a client's secrets.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    /// Of the present secret; `None` if the client has none.
    pub current: Option<Vec<u8>>,
    /// Until when that works; `None` if it does not expire.
    pub current_until: Option<OffsetDateTime>,
    /// Of the one before, and until when it works.
    pub old: Option<(Vec<u8>, OffsetDateTime)>,
}

/// Whether the hash is that of a secret that works now. Compares both in any case, in constant time.
pub fn secret_is_right(secrets: &Secrets, presented: &[u8; 32], now: OffsetDateTime) -> bool {
    let equals = |hash: &[u8]| verify_slices_are_equal(hash, presented).is_ok();
    let current = secrets.current.as_deref().is_some_and(equals)
        && secrets.current_until.is_none_or(|until| now < until);
    let old = secrets
        .old
        .as_ref()
        .is_some_and(|(hash, until)| equals(hash) && now < *until);
    current || old
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-21 08:00 UTC);

    fn texts(of: &[&str]) -> Vec<String> {
        of.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn codes_go_to_https_and_to_the_developers_own_machine_alone() {
        use RedirectError::*;
        for good in [
            "https://site.example.cn/callback",
            "https://site.example.cn",
            "https://site.example.cn/",
            "https://site.example.cn:8443/a/b?c=d&e=%E4%BD%A0",
            "http://localhost:3000/callback",
            "http://127.0.0.1:8080/",
            "http://[::1]:8080/callback",
        ] {
            for kind in [Kind::Web, Kind::PublicApp] {
                assert_eq!(redirect_uri(kind, good), Ok(()), "{good}");
            }
        }
        for app in [
            "com.example.app:/callback",
            "cn.example.app.oauth:/a?b=c",
            "http://127.0.0.1/callback",
            "http://[::1]/callback",
        ] {
            assert_eq!(redirect_uri(Kind::PublicApp, app), Ok(()), "{app}");
            assert_eq!(redirect_uri(Kind::Web, app), Err(Insecure), "{app}");
        }
        for (bad, error) in [
            ("http://site.example.cn/callback", Insecure),
            ("http://localhost/callback", Insecure),
            ("http://127.0.0.2:80/", Malformed),
            ("http://127.0.0.2:8080/", Insecure),
            ("http://localhost.example.cn:3000/", Insecure),
            ("ftp://site.example.cn/", Insecure),
            ("javascript:alert(1)", Insecure),
            ("data:text/html,x", Insecure),
            ("myapp:/callback", Insecure),
            ("com.example.app:callback", Insecure),
            ("com.example.app://host/callback", Insecure),
            ("http://localhost/", Insecure),
            ("http://[::2]/", Insecure),
            ("com.example.app:/a#b", Unwanted),
            ("https://site.example.cn/#x", Unwanted),
            ("https://site.example.cn/#", Unwanted),
            ("https://*.example.cn/", Unwanted),
            ("https://user@site.example.cn/", Unwanted),
            ("https://user:word@site.example.cn/", Unwanted),
            ("https://site.example.cn\\@evil.example/", Unwanted),
            ("https://SITE.example.cn/", Malformed),
            ("https://site.example.cn/a/../b", Malformed),
            ("https://site.example.cn:443/", Malformed),
            ("https://例子.cn/", Malformed),
            ("//site.example.cn/", Malformed),
            ("/callback", Malformed),
            ("", Malformed),
            (" https://site.example.cn/", Malformed),
            ("https://site.example.cn/a b", Malformed),
            ("https://site.example.cn/\n", Malformed),
        ] {
            for kind in [Kind::Web, Kind::PublicApp] {
                assert_eq!(redirect_uri(kind, bad), Err(error), "{bad}");
            }
        }
    }

    #[test]
    fn an_app_on_the_device_comes_back_by_any_port_and_nothing_else_differs() {
        let at =
            |kind, registered: &str, uri: &str| is_registered(kind, &[registered.to_owned()], uri);
        for (registered, uri, right) in [
            (
                "http://127.0.0.1:7777/cb",
                "http://127.0.0.1:50123/cb",
                true,
            ),
            ("http://127.0.0.1:7777/cb", "http://127.0.0.1/cb", true),
            ("http://127.0.0.1/cb", "http://127.0.0.1:50123/cb", true),
            ("http://[::1]:7777/cb", "http://[::1]:50123/cb", true),
            ("http://127.0.0.1:7777", "http://127.0.0.1:1", true),
            (
                "http://127.0.0.1:7777/cb",
                "http://127.0.0.1:50123/other",
                false,
            ),
            (
                "http://127.0.0.1:7777/cb",
                "http://127.0.0.1:50123/cb?x",
                false,
            ),
            ("http://127.0.0.1:7777/cb", "http://[::1]:7777/cb", false),
            ("http://127.0.0.1:7777/cb", "http://127.0.0.1:0/cb", false),
            ("http://127.0.0.1:7777/cb", "http://127.0.0.1:070/cb", false),
            (
                "http://127.0.0.1:7777/cb",
                "http://127.0.0.1:65536/cb",
                false,
            ),
            (
                "http://127.0.0.1:7777/cb",
                "http://127.0.0.1:80@evil.example/cb",
                false,
            ),
            (
                "http://127.0.0.1:7777",
                "http://127.0.0.1.evil.example",
                false,
            ),
            (
                "http://127.0.0.1:7777/cb",
                "https://127.0.0.1:7777/cb",
                false,
            ),
            (
                "http://localhost:7777/cb",
                "http://localhost:50123/cb",
                false,
            ),
            (
                "https://site.example.cn:1/",
                "https://site.example.cn:2/",
                false,
            ),
        ] {
            assert_eq!(at(Kind::PublicApp, registered, uri), right, "{uri}");
            assert!(!at(Kind::Web, registered, uri), "{uri}");
        }
    }

    #[test]
    fn each_kind_of_client_has_scopes_and_addresses_of_its_own() {
        let site = texts(&["https://site.example.cn/callback"]);
        let ok = |kind, scopes: &[&str], uris: &[String]| check(kind, &texts(scopes), uris);
        assert_eq!(ok(Kind::Machine, &["members.verify"], &[]), Ok(()));
        assert_eq!(ok(Kind::Web, &["openid", "profile"], &site), Ok(()));
        assert_eq!(
            ok(Kind::Machine, &["members.verify", "openid"], &[]),
            Err(ClientError::Scope(1))
        );
        assert_eq!(
            ok(Kind::Machine, &["grants.manage"], &[]),
            Err(ClientError::Scope(0))
        );
        assert_eq!(
            ok(Kind::Web, &["openid", "members.read"], &site),
            Err(ClientError::Scope(1))
        );
        assert_eq!(
            ok(Kind::Web, &["profile"], &site),
            Err(ClientError::OpenIdMissing)
        );
        assert_eq!(
            ok(Kind::PublicApp, &["openid"], &[]),
            Err(ClientError::RedirectMissing)
        );
        assert_eq!(
            ok(Kind::Machine, &["members.read"], &site),
            Err(ClientError::RedirectUnwanted)
        );
        let two = texts(&[
            "https://site.example.cn/callback",
            "http://site.example.cn/",
        ]);
        assert_eq!(
            ok(Kind::Web, &["openid"], &two),
            Err(ClientError::Redirect(1, RedirectError::Insecure))
        );
    }

    #[test]
    fn the_old_secret_works_for_a_day_and_an_absent_one_never() {
        let (new, old, other) = ([1; 32], [2; 32], [3; 32]);
        let secrets = Secrets {
            current: Some(new.to_vec()),
            current_until: None,
            old: Some((old.to_vec(), NOW + OVERLAP)),
        };
        let just_before = NOW + OVERLAP - Duration::MICROSECOND;
        assert!(secret_is_right(&secrets, &new, NOW));
        assert!(secret_is_right(&secrets, &old, just_before));
        assert!(!secret_is_right(&secrets, &old, NOW + OVERLAP));
        assert!(secret_is_right(&secrets, &new, NOW + OVERLAP));
        assert!(!secret_is_right(&secrets, &other, NOW));
        assert!(!secret_is_right(&Secrets::default(), &new, NOW));
    }

    #[test]
    fn a_secret_with_an_end_is_refused_from_then_on_and_so_is_the_one_before_it() {
        let end = secret_expires_at(90, NOW).unwrap();
        let secrets = Secrets {
            current: Some([1; 32].to_vec()),
            current_until: Some(end),
            old: None,
        };
        assert!(secret_is_right(
            &secrets,
            &[1; 32],
            end - Duration::MICROSECOND
        ));
        assert!(!secret_is_right(&secrets, &[1; 32], end));
        assert_eq!(secret_expires_at(0, NOW), None);
        assert_eq!(old_secret_expires_at(None, NOW), NOW + OVERLAP);
        let soon = NOW + Duration::HOUR;
        assert_eq!(old_secret_expires_at(Some(soon), NOW), soon);
    }

    #[test]
    fn each_kind_of_client_has_settings_of_its_own() {
        let uris = texts(&["https://site.example.cn/bye"]);
        let nothing = Settings {
            post_logout_redirect_uris: &[],
            backchannel_logout_uri: "",
            pkce_optional: false,
            secret_days: 0,
            development: false,
        };
        let all = Settings {
            post_logout_redirect_uris: &uris,
            backchannel_logout_uri: "https://site.example.cn/logout",
            pkce_optional: true,
            secret_days: 90,
            development: false,
        };
        for kind in [Kind::Machine, Kind::Web, Kind::PublicApp] {
            assert_eq!(check_settings(kind, &nothing), Ok(()));
        }
        assert_eq!(check_settings(Kind::Web, &all), Ok(()));
        let refused = |kind, settings: Settings<'_>| check_settings(kind, &settings).unwrap_err();
        let uris = all.post_logout_redirect_uris;
        for (kind, settings, error) in [
            (
                Kind::Machine,
                Settings {
                    post_logout_redirect_uris: uris,
                    ..nothing
                },
                ClientError::PostLogoutUnwanted,
            ),
            (
                Kind::Machine,
                Settings {
                    backchannel_logout_uri: "https://site.example.cn/",
                    ..nothing
                },
                ClientError::BackchannelUnwanted,
            ),
            (
                Kind::PublicApp,
                Settings {
                    pkce_optional: true,
                    ..nothing
                },
                ClientError::PkceNeeded,
            ),
            (
                Kind::PublicApp,
                Settings {
                    secret_days: 1,
                    ..nothing
                },
                ClientError::SecretUnwanted,
            ),
            (
                Kind::Web,
                Settings {
                    backchannel_logout_uri: "http://site.example.cn/",
                    ..nothing
                },
                ClientError::Backchannel(RedirectError::Insecure),
            ),
        ] {
            assert_eq!(refused(kind, settings), error);
        }
    }

    #[test]
    fn sites_are_told_of_sign_outs_by_https_at_the_default_port_outside_of_development() {
        let told = |address: &str, development| {
            let settings = Settings {
                post_logout_redirect_uris: &[],
                backchannel_logout_uri: address,
                pkce_optional: false,
                secret_days: 0,
                development,
            };
            check_settings(Kind::Web, &settings)
        };
        for (address, error) in [
            ("https://site.example.cn/logout?a=b", None),
            (
                "https://site.example.cn:8443/logout",
                Some(RedirectError::Port),
            ),
            (
                "http://localhost:3000/logout",
                Some(RedirectError::Insecure),
            ),
            (
                "http://127.0.0.1:3000/logout",
                Some(RedirectError::Insecure),
            ),
        ] {
            assert_eq!(told(address, true), Ok(()), "{address}");
            let expected = error.map_or(Ok(()), |error| Err(ClientError::Backchannel(error)));
            assert_eq!(told(address, false), expected, "{address}");
        }
    }

    proptest! {
        #[test]
        fn only_the_very_same_address_is_registered(a in "https://[a-z]{1,5}\\.cn/[a-z/]{0,5}", b in "https://[a-z]{1,5}\\.cn/[a-z/]{0,5}") {
            let registered = vec![a.clone()];
            prop_assert_eq!(is_registered(Kind::PublicApp, &registered, &b), a == b);
            for variant in [format!("{a}/"), format!("{a}?x"), a.to_uppercase(), format!("{a}.evil.example"), a[..a.len() - 1].to_owned(), String::new()] {
                prop_assert!(!is_registered(Kind::PublicApp, &registered, &variant));
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,60}") {
            let _ = redirect_uri(Kind::PublicApp, &text);
            let _ = without_port(&text);
        }

        /// What is registered can be sent back as it is: no part of it is read differently by a browser.
        #[test]
        fn what_is_taken_is_in_its_normal_form(text in "https://[a-zA-Z0-9.:@/?#%*\\\\-]{1,40}") {
            if redirect_uri(Kind::PublicApp, &text).is_ok() {
                let url = Url::parse(&text).unwrap();
                let with_slash = format!("{text}/");
                prop_assert!(url.as_str() == text || url.as_str() == with_slash);
                prop_assert_eq!(url.username(), "");
            }
        }
    }
}
