//! Kinds of callers: the demo accounts, which hold every role, a society's system, a service of the platform, and
//! unauthenticated callers.

use std::collections::{BTreeMap, BTreeSet};

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kit::{
    access::{Internal, Method, Rule, roles},
    clock::Clock,
};
use proto::cast::{
    identity::v1::{CreateSessionRequest, ResolveSessionRequest, sessions_client::SessionsClient},
    membership::v1::{ListOrganisationsRequest, organisations_client::OrganisationsClient},
};
use secrecy::SecretString;
use serde_json::json;
use testkit::{Platform, Service};
use tonic::{metadata::MetadataMap, transport::Channel};

use crate::visitor::Visitor;

/// Two unrelated societies.
pub const SOCIETIES: [&str; 2] = ["B-20", "A-01"];

/// The credentials of a caller.
pub enum Proof {
    /// An account with these roles.
    Roles(Vec<&'static str>),
    /// A society's system with these scopes.
    Scopes(&'static [&'static str]),
    /// A service of the platform.
    Service,
    /// Nothing.
    Nothing,
}

pub struct Caller {
    pub name: String,
    pub metadata: MetadataMap,
    pub proof: Proof,
    /// The code of the organisation on which the roles or scopes are held; empty without any.
    pub organisation: String,
}

impl Caller {
    /// Whether a role or a scope permits it.
    pub fn holds(&self, permission: &str) -> bool {
        match &self.proof {
            Proof::Roles(held) => held
                .iter()
                .filter_map(|name| roles::role(name))
                .any(|role| role.permits(permission)),
            Proof::Scopes(scopes) => scopes.contains(&permission),
            Proof::Service | Proof::Nothing => false,
        }
    }

    /// The reason why a method with this rule refuses the caller; `None` if it does not.
    pub fn refusal(&self, rule: Rule) -> Option<&'static str> {
        let forged = self.metadata.contains_key("authorization");
        match (rule, &self.proof) {
            (Rule::Internal, Proof::Service) => None,
            (Rule::Internal, _) => Some("PERMISSION_DENIED"),
            // An invalid token is refused even where none is needed.
            (_, Proof::Nothing) if forged => Some("TOKEN_INVALID"),
            (Rule::Public, _) => None,
            (_, Proof::Nothing | Proof::Service) => Some("UNAUTHENTICATED"),
            (Rule::Authenticated, Proof::Scopes(_)) => Some("PERSON_REQUIRED"),
            (Rule::Authenticated, Proof::Roles(_)) => None,
            (Rule::Permission(wanted), _) => (!self.holds(wanted)).then_some("PERMISSION_DENIED"),
        }
    }
}

pub async fn channel(platform: &Platform, service: &str) -> Channel {
    let service = Service::named(service).unwrap();
    Channel::from_shared(platform.service_url(service).to_owned())
        .unwrap()
        .connect_lazy()
}

/// The gRPC path of a method.
pub fn path(method: &Method) -> String {
    format!("/{}/{}", method.service, method.name)
}

/// The id of the organisation with this code.
pub async fn organisation_id(platform: &Platform, code: &str) -> String {
    let mut organisations = OrganisationsClient::new(channel(platform, "membership").await);
    let request = ListOrganisationsRequest {
        query: code.to_owned(),
        ..Default::default()
    };
    let found = organisations.list_organisations(request).await.unwrap();
    let mut found = found.into_inner().organisations.into_iter();
    found.find(|o| o.code == code).unwrap().organisation_id
}

fn bearer(token: &str) -> MetadataMap {
    let mut metadata = MetadataMap::new();
    metadata.insert("authorization", format!("Bearer {token}").parse().unwrap());
    metadata
}

#[derive(serde::Deserialize)]
struct Account {
    phone: String,
    password: String,
    grants: String,
}

/// All callers. Among the accounts, those with the most permissions come last.
pub async fn callers(platform: &Platform) -> Vec<Caller> {
    let secret = SecretString::from(platform.internal_secret().to_owned());
    let internal = Internal::new("gateway", &secret, None, Clock::system());
    let mut sessions = SessionsClient::with_interceptor(
        channel(platform, "identity").await,
        internal.interceptor(),
    );
    let mut callers = Vec::new();
    let (mut genuine, mut administrator) = (String::new(), None);
    let seeds = concat!(env!("CARGO_MANIFEST_DIR"), "/../seeds/demo-accounts.csv");
    for account in csv::Reader::from_path(seeds).unwrap().deserialize() {
        let account: Account = account.unwrap();
        let held = account.grants.split_whitespace();
        let held: Vec<(&str, &str)> = held.map(|grant| grant.split_once('@').unwrap()).collect();
        let known = |(name, _): &(&str, &str)| roles::role(name).unwrap().name;
        let sign_in = CreateSessionRequest {
            address: account.phone.clone(),
            password: account.password.clone(),
            ..CreateSessionRequest::default()
        };
        let created = sessions.create_session(sign_in).await.unwrap();
        let secret = created.metadata().get("x-cast-session").unwrap();
        let secret = secret.to_str().unwrap().to_owned();
        let resolved = sessions
            .resolve_session(ResolveSessionRequest { secret })
            .await
            .unwrap()
            .into_inner();
        genuine.clone_from(&resolved.access_token);
        if account.grants == format!("organisation.administrator@{}", SOCIETIES[1]) {
            administrator = Some(account.phone.clone());
        }
        callers.push(Caller {
            name: match account.grants.as_str() {
                "" => "scientist".to_owned(),
                grants => grants.to_owned(),
            },
            metadata: bearer(&resolved.access_token),
            proof: Proof::Roles(held.iter().map(known).collect()),
            organisation: held.first().map_or("", |(_, code)| code).to_owned(),
        });
    }
    let held: BTreeSet<&str> = callers
        .iter()
        .flat_map(|caller| match &caller.proof {
            Proof::Roles(roles) => roles.clone(),
            _ => Vec::new(),
        })
        .collect();
    let roles: BTreeSet<&str> = roles::ROLES.iter().map(|role| role.name).collect();
    assert_eq!(held, roles, "a demo account for every role");
    callers.push(
        system(
            platform,
            &administrator.expect("an administrator of a society"),
        )
        .await,
    );
    callers.extend(unauthenticated(platform, &genuine));
    let mut metadata = MetadataMap::new();
    metadata.insert("x-cast-internal", internal.token().unwrap());
    callers.push(Caller {
        name: "service".to_owned(),
        metadata,
        proof: Proof::Service,
        organisation: String::new(),
    });
    callers
}

/// A system of the second society.
async fn system(platform: &Platform, administrator: &str) -> Caller {
    const SCOPES: &[&str] = &["members.read", "members.verify", "activities.manage"];
    let mut staff = Visitor::new(platform.gateway_url());
    staff.sign_in(administrator, "wangshang-kexie-2026").await;
    let organisation_id = organisation_id(platform, SOCIETIES[1]).await;
    let made = staff
        .post(
            &format!("/v1/organisations/{organisation_id}/clients"),
            json!({"kind": "MACHINE", "name": "会员系统", "scopes": SCOPES}),
        )
        .await
        .ok();
    let mut stranger = Visitor::new(platform.gateway_url());
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let token = stranger
        .request(reqwest::Method::POST, "/oauth2/token")
        .basic_auth(
            text(&made["client"]["clientId"]),
            Some(text(&made["clientSecret"])),
        )
        .form(&BTreeMap::from([("grant_type", "client_credentials")]));
    let answer = stranger.send(token).await.ok();
    Caller {
        name: "a society's system".to_owned(),
        metadata: bearer(&text(&answer["access_token"])),
        proof: Proof::Scopes(SCOPES),
        organisation: SOCIETIES[1].to_owned(),
    }
}

/// Callers without a token, or with one forged from a genuine token.
fn unauthenticated(platform: &Platform, genuine: &str) -> Vec<Caller> {
    let claims = json!({"iss": platform.gateway_url(), "aud": "cast", "sub": "01a20048-8e7c-71f4-98f2-6de4f2f2dc3b", "exp": 4_102_444_800_u64});
    let header = Header {
        typ: Some("at+jwt".to_owned()),
        ..Header::new(Algorithm::HS256)
    };
    let forged =
        jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(b"guess")).unwrap();
    let (head, rest) = genuine.rsplit_once('.').unwrap();
    let flipped: String = rest.chars().rev().collect();
    [
        ("anonymous", MetadataMap::new()),
        ("forged token", bearer(&forged)),
        ("token without its signature", bearer(&format!("{head}."))),
        (
            "token with another signature",
            bearer(&format!("{head}.{flipped}")),
        ),
    ]
    .map(|(name, metadata)| Caller {
        name: name.to_owned(),
        metadata,
        proof: Proof::Nothing,
        organisation: String::new(),
    })
    .into()
}
