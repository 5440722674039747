//! Who may call what: every method of the contract by every kind of caller. The table is made of the contract itself, so a new method
//! is covered by existing, and one without a rule fails here (and does not start).

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kit::{
    access::{Internal, Method, Policy, Rule, Subject, roles},
    clock::Clock,
};
use proto::cast::identity::v1::{
    CreateSessionRequest, ResolveSessionRequest, sessions_client::SessionsClient,
};
use secrecy::SecretString;
use serde_json::json;
use testkit::{Platform, Service};
use tonic::{Code, Request, client::Grpc, metadata::MetadataMap, transport::Channel};
use transcode::{Bindings, grpc::BytesCodec};

/// A demo account and the roles it holds.
const PEOPLE: [(&str, &[&str]); 8] = [
    ("+8619900000001", &[]),
    ("+8619900000002", &["society.reviewer"]),
    ("+8619900000003", &["society.approver"]),
    ("+8619900000004", &["society.activity_desk"]),
    ("+8619900000005", &["organisation.administrator"]),
    ("+8619900000006", &["headquarters.leader"]),
    ("+8619900000008", &["platform.security"]),
    ("+8619900000009", &["platform.audit"]),
];
const PASSWORD: &str = "wangshang-kexie-2026";

pub struct Caller {
    pub name: String,
    pub metadata: MetadataMap,
    /// `None`: nobody, or somebody who cannot prove it.
    roles: Option<&'static [&'static str]>,
    internal: bool,
}

pub async fn channel(platform: &Platform, service: &str) -> Channel {
    let service = Service::ALL
        .into_iter()
        .find(|s| s.name() == service)
        .unwrap();
    Channel::from_shared(platform.service_url(service).to_owned())
        .unwrap()
        .connect_lazy()
}

fn bearer(token: &str) -> MetadataMap {
    let mut metadata = MetadataMap::new();
    metadata.insert("authorization", format!("Bearer {token}").parse().unwrap());
    metadata
}

pub async fn callers(platform: &Platform) -> Vec<Caller> {
    let secret = SecretString::from(platform.internal_secret().to_owned());
    let internal = Internal::new("gateway", &secret, None, Clock::system());
    let mut sessions = SessionsClient::with_interceptor(
        channel(platform, "identity").await,
        internal.interceptor(),
    );
    let mut callers = Vec::new();
    let mut genuine = String::new();
    for (address, roles) in PEOPLE {
        let sign_in = CreateSessionRequest {
            address: address.to_owned(),
            password: PASSWORD.to_owned(),
            ..CreateSessionRequest::default()
        };
        let created = sessions.create_session(sign_in).await.unwrap();
        let secret = created
            .metadata()
            .get("x-cast-session")
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned();
        let resolved = sessions
            .resolve_session(ResolveSessionRequest { secret })
            .await
            .unwrap()
            .into_inner();
        genuine = resolved.access_token.clone();
        callers.push(Caller {
            name: roles.first().copied().unwrap_or("scientist").to_owned(),
            metadata: bearer(&resolved.access_token),
            roles: Some(roles),
            internal: false,
        });
    }
    let nobody = |name: &str, metadata| Caller {
        name: name.to_owned(),
        metadata,
        roles: None,
        internal: false,
    };
    callers.push(nobody("anonymous", MetadataMap::new()));
    let claims = json!({"iss": platform.gateway_url(), "aud": "cast", "sub": "01a20048-8e7c-71f4-98f2-6de4f2f2dc3b", "exp": 4_102_444_800_u64});
    let header = Header {
        typ: Some("at+jwt".to_owned()),
        ..Header::new(Algorithm::HS256)
    };
    let forged =
        jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(b"guess")).unwrap();
    callers.push(nobody("forged token", bearer(&forged)));
    let (head, rest) = genuine.rsplit_once('.').unwrap();
    callers.push(nobody(
        "token without its signature",
        bearer(&format!("{head}.")),
    ));
    let flipped: String = rest.chars().rev().collect();
    callers.push(nobody(
        "token with another signature",
        bearer(&format!("{head}.{flipped}")),
    ));
    let mut metadata = MetadataMap::new();
    metadata.insert("x-cast-internal", internal.token().unwrap());
    callers.push(Caller {
        name: "service".to_owned(),
        metadata,
        roles: None,
        internal: true,
    });
    callers
}

pub fn path(method: &Method) -> String {
    format!("/{}/{}", method.service, method.name)
}

/// Calls a method with an empty message: access is decided before anything of it is looked at.
async fn call(channel: Channel, method: &Method, caller: &Caller) -> Code {
    let mut grpc = Grpc::new(channel);
    grpc.ready().await.unwrap();
    let request = Request::from_parts(
        caller.metadata.clone(),
        tonic::Extensions::default(),
        Bytes::new(),
    );
    let path = path(method).parse().unwrap();
    let answer = grpc
        .server_streaming(request, path, BytesCodec::default())
        .await;
    match answer {
        Ok(mut stream) => match stream.get_mut().message().await {
            Ok(_) => Code::Ok,
            Err(status) => status.code(),
        },
        Err(status) => status.code(),
    }
}

/// What the contract says should come of it: the codes that are right, or `None` for "let through".
pub fn expected(rule: Rule, caller: &Caller) -> Option<Code> {
    let refused = caller.metadata.contains_key("authorization") && caller.roles.is_none();
    match rule {
        Rule::Internal if caller.internal => None,
        Rule::Internal => Some(Code::PermissionDenied),
        // Whoever shows a token that is none is told so, even where none is needed.
        _ if refused => Some(Code::Unauthenticated),
        Rule::Public => None,
        Rule::Authenticated | Rule::Permission(_) if caller.roles.is_none() => {
            Some(Code::Unauthenticated)
        }
        Rule::Authenticated => None,
        Rule::Permission(wanted) => {
            let held = caller
                .roles
                .unwrap_or_default()
                .iter()
                .filter_map(|name| roles::role(name));
            let holds = held
                .into_iter()
                .any(|role| role.permissions.contains(&wanted));
            (!holds).then_some(Code::PermissionDenied)
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_method_lets_in_whom_the_contract_names_and_nobody_else() {
    let platform = testkit::platform().await;
    let callers = callers(&platform).await;
    let mut wrong = Vec::new();
    let mut tried = BTreeMap::<String, usize>::new();
    for service in proto::POOL
        .services()
        .filter(|service| service.full_name().starts_with("cast."))
    {
        let owner = match service.full_name().split('.').nth(1).unwrap() {
            // Every service serves its own event log; identity's stands for all.
            "eventlog" => "identity",
            owner => owner,
        };
        let channel = channel(&platform, owner).await;
        let policy =
            Policy::of(&proto::POOL, [service.full_name()]).expect("every method has a rule");
        for method in policy.methods() {
            for caller in &callers {
                let code = call(channel.clone(), method, caller).await;
                let right = match expected(method.rule, caller) {
                    Some(refusal) => code == refusal,
                    None => !matches!(
                        code,
                        Code::Unauthenticated
                            | Code::PermissionDenied
                            | Code::Internal
                            | Code::Unknown
                    ),
                };
                // Signing in with nothing is refused as such, and ending a session needs one.
                let own_answer =
                    path(method).contains("Sessions/") && code == Code::Unauthenticated;
                if !right && !own_answer {
                    wrong.push(format!("{} as {}: {code:?}", path(method), caller.name));
                }
                *tried.entry(owner.to_owned()).or_default() += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tried.values().sum::<usize>() > 700, "{tried:?}");
    platform.stop().await.unwrap();
}

/// Writes of staff that act on nobody in particular, each looked at: whoever adds one says here why it is not about a person.
const ABOUT_NOBODY: [(&str, &str); 9] = [
    (
        "Activities/CreateActivity",
        "an activity is the organisation's",
    ),
    (
        "Activities/UpdateActivity",
        "what attendance is worth is fixed",
    ),
    ("Activities/PublishActivity", "for everybody alike"),
    ("Activities/CancelActivity", "for everybody alike"),
    ("Clients/CreateClient", "a client is the organisation's"),
    (
        "Clients/RotateClientSecret",
        "a client is the organisation's",
    ),
    ("Clients/DisableClient", "a client is the organisation's"),
    ("Organisations/CreateOrganisation", "an organisation"),
    ("Organisations/UpdateOrganisation", "an organisation"),
];

/// POST, because what is asked stands in no address.
const READS_BY_POST: [&str; 3] = [
    "Memberships/SearchMemberships",
    "Verification/VerifyMembership",
    "Verification/BatchVerifyMemberships",
];

fn contract() -> Policy {
    let names: Vec<String> = proto::POOL
        .services()
        .map(|service| service.full_name().to_owned())
        .filter(|name| name.starts_with("cast."))
        .collect();
    Policy::of(&proto::POOL, names.iter().map(String::as_str)).expect("every method has a rule")
}

/// `google.api.http` of a method: the HTTP method and the path.
fn address(method: &Method) -> Option<(String, String)> {
    let service = proto::POOL.get_service_by_name(&method.service)?;
    let descriptor = service.methods().find(|m| m.name() == method.name)?;
    let option = proto::POOL.get_extension_by_name("google.api.http")?;
    let options = descriptor.options();
    let rule = options.get_extension(&option);
    let rule = rule.as_message()?.clone();
    ["get", "put", "post", "delete", "patch"]
        .into_iter()
        .find_map(|verb| {
            let path = rule.get_field_by_name(verb)?.as_str()?.to_owned();
            (!path.is_empty()).then(|| (verb.to_owned(), path))
        })
}

fn short(method: &Method) -> String {
    let service = method.service.rsplit('.').next().unwrap();
    format!("{service}/{}", method.name)
}

#[test]
fn whatever_staff_write_says_whom_it_acts_on_and_what_acts_on_nobody_was_looked_at() {
    let about_nobody: BTreeSet<String> = contract()
        .methods()
        .filter(|method| matches!(method.rule, Rule::Permission(_)))
        .filter(|method| method.subject == Subject::Nobody)
        .filter(|method| address(method).is_none_or(|(verb, _)| verb != "get"))
        .map(short)
        .filter(|name| !READS_BY_POST.contains(&name.as_str()))
        .collect();
    let known: BTreeSet<String> = ABOUT_NOBODY
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    assert_eq!(about_nobody, known);
}

/// Free text in addresses, each looked at: what is typed there is about no person. Ids, codes, dates and page tokens are told by their names.
const TEXT_IN_ADDRESSES: [&str; 4] = [
    // Names of organisations and titles of activities.
    "ListOrganisationsRequest.query",
    "ListActivitiesRequest.query",
    // `person:<id>`, `application:<id>`.
    "ListAuditRecordsRequest.actor",
    "ListAuditRecordsRequest.subject",
];

#[test]
fn what_is_typed_into_an_address_is_about_no_person() {
    let mut free = BTreeSet::new();
    let mut tried = 0;
    for method in contract().methods() {
        let Some((verb, path)) = address(method) else {
            continue;
        };
        for field in method.input.fields() {
            let in_path = path.contains(&format!("{{{}", field.name()));
            // A GET has no body: what is not in the path is in the query string.
            if verb != "get" && !in_path {
                continue;
            }
            tried += 1;
            let name = format!("{}.{}", method.input.name(), field.name());
            let withdrawn = field
                .options()
                .get_field_by_name("deprecated")
                .is_some_and(|value| value.as_bool() == Some(true));
            let text = field.kind() == prost_reflect::Kind::String;
            let tame = ["_id", "_code", "_day", "token", "metric"]
                .iter()
                .any(|end| field.name().ends_with(end));
            if text && !tame && !withdrawn {
                free.insert(name);
            }
        }
    }
    assert!(tried > 60, "{tried}");
    let known: BTreeSet<String> = TEXT_IN_ADDRESSES.map(str::to_owned).into();
    assert_eq!(
        free, known,
        "what people type into an address was looked at: names are searched by POST"
    );
}

#[test]
fn what_is_internal_has_no_address() {
    let bindings = Bindings::new(&proto::POOL).unwrap();
    let document = transcode::openapi::document(&bindings, &transcode::openapi::Info::default());
    let text = document.to_string();
    for method in [
        "ResolveSession",
        "IssueToken",
        "GetKeySet",
        "ReplayQuarantined",
    ] {
        assert!(!text.contains(method), "{method} is offered over REST");
    }
}
