//! Reading an authorization request with all that OpenID Connect Core 1.0 knows of, and what has to happen before it is answered. Pure.

use serde_json::Value;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{
    clients::rules::SIGN_ON_SCOPES,
    sign_on::{
        error::OAuthError,
        rules::{self, Parameters, Refusal, Registered},
    },
};

/// The one value of `acr` there is.
pub const ONE_FACTOR: &str = "urn:cast:acr:one-factor";

/// Parameters that are read, with the most bytes they may have. All others are ignored (RFC 6749 section 3.1).
const KNOWN: [(&str, usize); 23] = [
    ("client_id", 100),
    ("redirect_uri", 500),
    ("response_type", 40),
    ("scope", 500),
    ("state", 4_000),
    ("nonce", 500),
    ("code_challenge", 128),
    ("code_challenge_method", 10),
    ("max_age", 40),
    ("response_mode", 40),
    ("prompt", 100),
    ("login_hint", 254),
    ("ui_locales", 200),
    ("acr_values", 500),
    ("claims", 4_000),
    ("id_token_hint", 8_000),
    ("display", 20),
    ("resource", 500),
    ("request", usize::MAX),
    ("request_uri", usize::MAX),
    ("registration", usize::MAX),
    ("dpop_jkt", 100),
    // Of the end-session endpoint.
    ("post_logout_redirect_uri", 500),
];

/// The claims of a person that a site may ask for one by one, and the scope that covers each.
const CLAIMS: [(&str, &str); 9] = [
    ("name", "profile"),
    ("preferred_username", "profile"),
    ("updated_at", "profile"),
    ("person_number", "person_number"),
    ("email", "email"),
    ("email_verified", "email"),
    ("phone_number", "phone"),
    ("phone_number_verified", "phone"),
    ("memberships", "memberships"),
];

/// The scope that covers a claim; `None` for claims we do not have.
pub fn scope_of(claim: &str) -> Option<&'static str> {
    let found = CLAIMS.iter().find(|(name, _)| *name == claim);
    found.map(|(_, scope)| *scope)
}

/// Whether a claim is disclosed: by a scope, or by its name if the client may have its scope.
pub fn discloses(scopes: &[String], claims: &[String], claim: &str) -> bool {
    scope_of(claim).is_some_and(|scope| scopes.iter().any(|s| s == scope))
        || claims.iter().any(|c| c == claim)
}

/// What is left of single claims for a client that has these scopes now.
pub fn still_covered(claims: &[String], registered: &[String]) -> Vec<String> {
    let covered =
        |claim: &&String| scope_of(claim).is_some_and(|s| registered.iter().any(|r| r == s));
    claims.iter().filter(covered).cloned().collect()
}

/// By which way the answer goes to the site.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// In the query of the redirect address.
    #[default]
    Query,
    /// By a form that the browser posts.
    FormPost,
}

impl Mode {
    /// As it is stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::FormPost => "form_post",
        }
    }

    /// What is stored.
    pub fn stored(text: &str) -> Self {
        match text {
            "form_post" => Self::FormPost,
            _ => Self::Query,
        }
    }
}

/// A request as it was sent.
#[derive(Debug, Default)]
pub struct Sent<'a> {
    values: Vec<(&'static str, &'a str)>,
    repeated: Vec<&'static str>,
    too_long: Vec<&'static str>,
    unreadable: bool,
}

impl<'a> Sent<'a> {
    /// Reads what is known.
    pub fn read(pairs: &[(&'a str, &'a str)]) -> Self {
        let mut sent = Self::default();
        for (name, value) in pairs {
            let Some((name, most)) = KNOWN.iter().find(|(known, _)| known == name) else {
                continue;
            };
            // A database keeps no NUL, and no honest value has one.
            sent.unreadable |= value.contains('\0');
            if value.len() > *most {
                sent.too_long.push(name);
            }
            // RFC 8707 section 2 lets `resource` be repeated.
            if sent.values.iter().any(|(known, _)| known == name) {
                if *name != "resource" {
                    sent.repeated.push(name);
                }
            } else {
                sent.values.push((name, value));
            }
        }
        sent
    }

    /// The value of a parameter; empty if it was not sent.
    pub fn value(&self, name: &str) -> &'a str {
        let found = self.values.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| *value).unwrap_or_default()
    }

    /// Whether something was sent twice, or cannot be read.
    pub fn is_malformed(&self) -> bool {
        self.unreadable || !self.repeated.is_empty() || !self.too_long.is_empty()
    }

    /// `ui_locales`.
    pub fn locales(&self) -> Vec<String> {
        let tags = self.value("ui_locales").split(' ');
        let like_a_tag = |tag: &&str| {
            !tag.is_empty() && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        tags.filter(like_a_tag)
            .take(10)
            .map(str::to_owned)
            .collect()
    }

    /// By which way an answer goes; what is no such way is refused by [`judge`], in the query. So is a form for an app with a scheme of its own:
    /// browsers post forms to sites.
    pub fn mode(&self) -> Mode {
        match self.value("response_mode") {
            "form_post" if is_web(self.value("redirect_uri")) => Mode::FormPost,
            _ => Mode::Query,
        }
    }

    /// `state`, unless it was sent twice.
    pub fn state(&self) -> &'a str {
        if self.repeated.contains(&"state") {
            return "";
        }
        self.value("state")
    }

    fn parameters(&self) -> Parameters {
        let value = |name| self.value(name).to_owned();
        Parameters {
            client_id: value("client_id"),
            redirect_uri: value("redirect_uri"),
            response_type: value("response_type"),
            scope: value("scope"),
            state: self.state().to_owned(),
            nonce: value("nonce"),
            code_challenge: value("code_challenge"),
            code_challenge_method: value("code_challenge_method"),
            max_age: value("max_age"),
            // Both ways that there are have been told apart.
            response_mode: match self.value("response_mode") {
                "form_post" => String::new(),
                other => other.to_owned(),
            },
        }
    }
}

fn is_web(address: &str) -> bool {
    address.starts_with("https://") || address.starts_with("http://")
}

/// What `id_token_hint` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    /// Not sent.
    Absent,
    /// No ID token of ours.
    Invalid,
    /// An ID token of ours, current or expired.
    Of {
        /// For whom it was issued.
        audience: String,
        /// About whom; nil if it means no person that the client knows.
        person: Uuid,
        /// By what the client knows them.
        subject: String,
    },
}

/// `prompt` (OpenID Connect Core 1.0 section 3.1.2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prompts {
    /// Show nothing.
    pub none: bool,
    /// Sign in again.
    pub login: bool,
    /// Ask for consent again.
    pub consent: bool,
    /// Have the person choose the account.
    pub select_account: bool,
}

/// A request that can be answered.
#[derive(Clone, Debug)]
pub struct Demand {
    /// Client, address, PKCE and the like.
    pub parameters: Parameters,
    /// What it comes to.
    pub scopes: Vec<String>,
    /// By which way the answer goes.
    pub mode: Mode,
    /// What the person is to do.
    pub prompts: Prompts,
    /// How long ago the person may have signed in.
    pub max_age: Option<Duration>,
    /// The person whom the site means by a hint.
    pub wanted_person: Option<Uuid>,
    /// By what it knows the person whom it means, where there is no hint.
    pub wanted_subject: Option<String>,
    /// The address that it suggests.
    pub login_hint: String,
    /// The languages that it suggests.
    pub ui_locales: Vec<String>,
    /// Claims that userinfo is to say, besides the scopes.
    pub userinfo_claims: Vec<String>,
    /// Claims that the ID token is to say, besides the scopes.
    pub id_token_claims: Vec<String>,
    /// The key that the tokens are to be bound to (RFC 9449 section 10).
    pub dpop_jkt: Option<String>,
}

/// Judges a request (OpenID Connect Core 1.0 section 3.1.2.2). `own_resource`: the one audience that tokens for sites have.
pub fn judge(
    sent: &Sent<'_>,
    client: Option<Registered<'_>>,
    hint: &Hint,
    own_resource: &str,
) -> Result<Demand, Refusal> {
    let show = |code, words| Refusal {
        error: OAuthError::new(code, words),
        redirectable: false,
    };
    if sent.unreadable {
        return Err(show("invalid_request", "a parameter contains a NUL"));
    }
    let repeated = |name: &&str| ["client_id", "redirect_uri"].contains(name);
    if sent.repeated.iter().any(repeated) {
        return Err(show("invalid_request", "a parameter is given twice"));
    }
    let addresses = |name: &&str| ["client_id", "redirect_uri", "state"].contains(name);
    if sent.too_long.iter().any(addresses) {
        return Err(show(
            "invalid_request",
            "client_id, redirect_uri or state is too long",
        ));
    }
    let parameters = sent.parameters();
    // Client and redirect address first: whatever else is wrong may be told to the site then.
    let scopes = match rules::check_request(&parameters, client) {
        Err(refusal) if !refusal.redirectable => return Err(refusal),
        checked => checked,
    };
    let send = |code, words| Refusal {
        error: OAuthError::new(code, words),
        redirectable: true,
    };
    if !sent.repeated.is_empty() {
        return Err(send("invalid_request", "a parameter is given twice"));
    }
    for (name, code, words) in [
        (
            "request",
            "request_not_supported",
            "send the parameters themselves",
        ),
        (
            "request_uri",
            "request_uri_not_supported",
            "send the parameters themselves",
        ),
        (
            "registration",
            "registration_not_supported",
            "clients are registered beforehand",
        ),
    ] {
        // Without a value it counts as left out (RFC 6749 section 3.1).
        if !sent.value(name).is_empty() {
            return Err(send(code, words));
        }
    }
    if !sent.too_long.is_empty() {
        return Err(send("invalid_request", "a parameter is too long"));
    }
    let scopes: Vec<String> = scopes?.into_iter().map(str::to_owned).collect();
    if sent.value("response_mode") == Mode::FormPost.as_str() && sent.mode() != Mode::FormPost {
        return Err(send(
            "unsupported_response_mode",
            "form_post needs an http or https redirect_uri",
        ));
    }
    let prompts = prompts(sent.value("prompt")).map_err(|words| send("invalid_request", words))?;
    if !matches!(
        sent.value("display"),
        "" | "page" | "popup" | "touch" | "wap"
    ) {
        return Err(send(
            "invalid_request",
            "display must be page, popup, touch or wap",
        ));
    }
    if !["", own_resource].contains(&sent.value("resource")) {
        return Err(send("invalid_target", "there is no such resource"));
    }
    let dpop_jkt = match sent.value("dpop_jkt") {
        "" => None,
        jkt if rules::is_challenge(jkt) => Some(jkt.to_owned()),
        _ => {
            return Err(send(
                "invalid_request",
                "dpop_jkt must be 43 characters of base64url",
            ));
        }
    };
    let asked = claims(sent.value("claims")).map_err(|error| Refusal {
        error,
        redirectable: true,
    })?;
    let hinted = match hint {
        Hint::Absent => None,
        Hint::Invalid => {
            return Err(send(
                "invalid_request",
                "id_token_hint is no ID token of this issuer",
            ));
        }
        Hint::Of { audience, .. } if *audience != parameters.client_id => {
            return Err(send(
                "invalid_request",
                "id_token_hint was issued to another client",
            ));
        }
        Hint::Of {
            person, subject, ..
        } => Some((*person, subject)),
    };
    if let (Some((_, hinted)), Some(named)) = (&hinted, &asked.subject)
        && *hinted != named
    {
        return Err(send(
            "invalid_request",
            "id_token_hint and claims name different people",
        ));
    }
    let registered = client.map(|client| client.scopes).unwrap_or_default();
    Ok(Demand {
        scopes,
        mode: sent.mode(),
        prompts,
        // What is no number was refused by `check_request`.
        max_age: rules::max_age(&parameters.max_age).unwrap_or_default(),
        wanted_subject: asked.subject.filter(|_| hinted.is_none()),
        wanted_person: hinted.map(|(person, _)| person),
        login_hint: sent.value("login_hint").trim().to_owned(),
        ui_locales: sent.locales(),
        userinfo_claims: still_covered(&asked.userinfo, registered),
        id_token_claims: still_covered(&asked.id_token, registered),
        dpop_jkt,
        parameters,
    })
}

fn prompts(text: &str) -> Result<Prompts, &'static str> {
    let mut prompts = Prompts::default();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match word {
            "none" => prompts.none = true,
            "login" => prompts.login = true,
            "consent" => prompts.consent = true,
            "select_account" => prompts.select_account = true,
            _ => return Err("prompt must be none, or some of login, consent and select_account"),
        }
    }
    if prompts.none && (prompts.login || prompts.consent || prompts.select_account) {
        return Err("prompt=none goes with nothing else");
    }
    Ok(prompts)
}

#[derive(Debug, Default)]
struct AskedClaims {
    userinfo: Vec<String>,
    id_token: Vec<String>,
    subject: Option<String>,
}

/// `claims` (OpenID Connect Core 1.0 section 5.5). Claims that we do not have are left out: none of them is ever essential to the provider.
fn claims(text: &str) -> Result<AskedClaims, OAuthError> {
    const MALFORMED: OAuthError =
        OAuthError::new("invalid_request", "claims must be a JSON object of objects");
    if text.is_empty() {
        return Ok(AskedClaims::default());
    }
    let parsed: Value = serde_json::from_str(text).map_err(|_| MALFORMED)?;
    let members = parsed.as_object().ok_or(MALFORMED)?;
    let mut asked = AskedClaims::default();
    for (member, of) in members {
        let names = match member.as_str() {
            "userinfo" => &mut asked.userinfo,
            "id_token" => &mut asked.id_token,
            _ => continue,
        };
        let of = match of {
            Value::Null => continue,
            of => of.as_object().ok_or(MALFORMED)?,
        };
        for (name, wish) in of {
            if !matches!(wish, Value::Null | Value::Object(_)) {
                return Err(MALFORMED);
            }
            match name.as_str() {
                "sub" => {
                    if let Some(value) = wish.get("value") {
                        // What is no text means a person we do not know.
                        asked.subject = Some(value.as_str().unwrap_or_default().to_owned());
                    }
                }
                "acr" => acr(wish)?,
                other if scope_of(other).is_some() => names.push(other.to_owned()),
                _ => {}
            }
        }
    }
    Ok(asked)
}

/// An essential `acr` that is never reached must not end in a token (OpenID Connect Core 1.0 section 5.5.1.1).
fn acr(wish: &Value) -> Result<(), OAuthError> {
    let essential = wish.get("essential").and_then(Value::as_bool) == Some(true);
    let one = wish.get("value").into_iter();
    let many = wish.get("values").and_then(Value::as_array);
    let mut wanted = one.chain(many.into_iter().flatten()).peekable();
    if essential && wanted.peek().is_some() && !wanted.any(|value| value == ONE_FACTOR) {
        return Err(OAuthError::new(
            "unmet_authentication_requirements",
            "the only acr is urn:cast:acr:one-factor",
        ));
    }
    Ok(())
}

/// A demand as it is kept.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The scopes, and those that cover claims asked for one by one: what consent is about.
    pub scopes: Vec<String>,
    /// Whether the person is to choose the account.
    pub wants_selection: bool,
    /// Whether the person is to be asked again.
    pub wants_consent: bool,
    /// Signed in then or later.
    pub fresh_from: Option<OffsetDateTime>,
    /// Whom the site means.
    pub wanted_person: Option<Uuid>,
    /// When the site asked.
    pub created_at: OffsetDateTime,
    /// Who chose to continue since.
    pub selected_by: Option<Uuid>,
    /// Who agreed since.
    pub consented_by: Option<Uuid>,
    /// Who refused since.
    pub refused_by: Option<Uuid>,
}

impl Kept {
    /// A demand that was made just now.
    pub fn new(demand: &Demand, now: OffsetDateTime) -> Self {
        let fresh_from = match demand.max_age {
            _ if demand.prompts.login => Some(now),
            // A number beyond the beginning of time asks for nothing.
            Some(age) => now.checked_sub(age),
            None => None,
        };
        Self {
            scopes: consent_scopes(
                &demand.scopes,
                &demand.userinfo_claims,
                &demand.id_token_claims,
            ),
            wants_selection: demand.prompts.select_account,
            wants_consent: demand.prompts.consent,
            fresh_from,
            wanted_person: demand.wanted_person,
            created_at: now,
            selected_by: None,
            consented_by: None,
            refused_by: None,
        }
    }
}

/// What consent is asked about: scopes, and what single claims are covered by.
pub fn consent_scopes(scopes: &[String], userinfo: &[String], id_token: &[String]) -> Vec<String> {
    let covered = |scope: &&str| {
        scopes.iter().any(|s| s == scope)
            || userinfo
                .iter()
                .chain(id_token)
                .any(|claim| scope_of(claim) == Some(scope))
    };
    let all = SIGN_ON_SCOPES.iter().copied();
    all.filter(covered).map(str::to_owned).collect()
}

/// What a person has agreed to before and is not asked about now, in the order of [`SIGN_ON_SCOPES`]: the site has it in any case.
pub fn agreed_before(agreed: &[String], asked: &[String]) -> Vec<String> {
    let all = SIGN_ON_SCOPES.iter().map(|scope| (*scope).to_owned());
    all.filter(|scope| agreed.contains(scope) && !asked.contains(scope))
        .collect()
}

/// Who is signed in at the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// The person.
    pub person_id: Uuid,
    /// When they proved themselves.
    pub at: OffsetDateTime,
}

/// What has to happen next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// The person signs in, or signs in again.
    SignIn,
    /// The person chooses the account.
    SelectAccount,
    /// The person is asked about these scopes.
    Consent(Vec<String>),
    /// The site gets a code.
    Issue,
    /// The site is told that the person refused.
    Denied,
    /// The site is told that the person it means did not sign in.
    LoginRequired,
}

/// What has to happen before the demand is answered. `agreed`: what the person has agreed to disclose to this client. `resumed`: the person
/// has been here for this demand before; only then a sign-in can be one that the demand has caused.
pub fn next(kept: &Kept, signed_in: Option<SignedIn>, agreed: &[String], resumed: bool) -> Next {
    if kept.refused_by.is_some() {
        return Next::Denied;
    }
    let Some(signed_in) = signed_in else {
        return Next::SignIn;
    };
    let since = resumed && signed_in.at >= kept.created_at;
    let fresh = kept
        .fresh_from
        .is_none_or(|from| since || from < kept.created_at && signed_in.at >= from);
    if !fresh {
        return Next::SignIn;
    }
    let person = Some(signed_in.person_id);
    if kept.wanted_person.is_some() && kept.wanted_person != person {
        return if since {
            Next::LoginRequired
        } else {
            Next::SignIn
        };
    }
    if kept.wants_selection && !since && kept.selected_by != person {
        return Next::SelectAccount;
    }
    let again = kept.wants_consent && kept.consented_by != person;
    let asked: Vec<String> = kept
        .scopes
        .iter()
        .filter(|scope| again || !agreed.contains(scope))
        .cloned()
        .collect();
    if asked.is_empty() {
        Next::Issue
    } else {
        Next::Consent(asked)
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
