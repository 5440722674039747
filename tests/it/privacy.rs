//! Personal data and secrets do not leak. Known values ("canaries") are sent through every string field of every method
//! of the contract, over gRPC and over REST, well-formed and malformed; and the journey is played, so that successes
//! are covered too. Then all output is searched: logs at debug level, traces, metrics, refusals, events and every
//! column of every database.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
};

use bytes::Bytes;
use kit::access::{Method, Policy};
use prost_reflect::{DynamicMessage, Value};
use regex::Regex;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use testkit::{Platform, Service};
use tonic::{Code, Request, Status, client::Grpc};
use transcode::{Binding, Bindings, grpc::BytesCodec};

use crate::{
    callers::{self, Caller},
    collector::Collector,
    journey,
    messages::{CODE, MAIL, NAME, NUMBER, PHONE, Round, SECRET, TEXT, filled, is_sensitive},
    visitor::{PASSWORD, Visitor, code_after},
};

/// A person who forgets a password.
const FORGETFUL: &str = "+8619955501235";
/// All log lines of the platform and the database client. Transport libraries log only frames and connections at this
/// level.
const LOGS: &str = "debug,async_nats=info,h2=info,hyper=info,hyper_util=info,opentelemetry=info,opentelemetry_sdk=info,tower=info";

/// Values that must not be found, as text and in the form of printed bytes.
struct Needles {
    anywhere: Regex,
    /// Without names and texts, which may be stored in the databases.
    never_stored: Regex,
    /// The one-time codes that were sent.
    codes: Regex,
    /// Where each code was found.
    codes_found: Mutex<BTreeMap<String, BTreeSet<String>>>,
}

/// Six digits are also the code of a county, a count, a size: of some fifty, one occurs by chance. A place that records
/// codes records every one.
const BY_CHANCE: usize = 1;

impl Needles {
    fn new(secrets: &BTreeSet<String>, codes: &BTreeSet<String>) -> Self {
        let text = [
            TEXT,
            NAME,
            "鹂",
            "%E9%B9%82",
            "旅成",
            "某研究所",
            "副研究员",
            "请补充您的职称",
        ];
        // The addresses, passwords and numbers of the journey, too.
        let sensitive = [
            MAIL,
            "canary.example",
            "19955501234",
            &NUMBER[..17],
            SECRET,
            PASSWORD,
            "journey.example",
            "Journey-2025-Kexie",
            "Wrong-Password-1",
        ];
        let quoted = |words: &[&str]| -> Vec<String> {
            // The six hexadecimal digits of a single character occur by chance in encrypted data.
            let long = words.iter().filter(|word| word.chars().count() > 1);
            let plain = words.iter().map(|word| regex::escape(word));
            plain.chain(long.map(hex::encode)).collect()
        };
        let mut sensitive = quoted(&sensitive);
        sensitive.extend(secrets.iter().map(|secret| regex::escape(secret)));
        // Digits among digits are part of a number, a time or an id.
        let alone = |codes: &str| format!(r"(?:^|[^0-9A-Fa-f.:\-])({codes})(?:$|[^0-9A-Fa-f.])");
        sensitive.push(alone(CODE));
        let divisions = include_str!("../../seeds/divisions.csv");
        let codes: Vec<&str> = codes
            .iter()
            .map(String::as_str)
            .filter(|code| !divisions.contains(code))
            .collect();
        // As part of a longer number (the digits of a duration) it does not count.
        sensitive.push(r"(?:^|[^0-9]|86)1990000000[0-9](?:$|[^0-9])".to_owned());
        sensitive.push(r"119901(?:19|20)[0-9]{9}[0-9Xx]".to_owned());
        let pattern = |all: &[String]| Regex::new(&format!("(?i){}", all.join("|"))).unwrap();
        Self {
            never_stored: pattern(&sensitive),
            anywhere: pattern(&[sensitive.clone(), quoted(&text)].concat()),
            codes: Regex::new(&alone(&codes.join("|"))).unwrap(),
            codes_found: Mutex::default(),
        }
    }

    /// The forbidden values in a text from this place.
    fn anywhere(&self, place: &str, text: &str) -> Vec<String> {
        self.note_codes(place, text);
        found(&self.anywhere, place, text)
    }

    /// The same for a place that may hold names and texts.
    fn never_stored(&self, place: &str, text: &str) -> Vec<String> {
        self.note_codes(place, text);
        found(&self.never_stored, place, text)
    }

    fn note_codes(&self, place: &str, text: &str) {
        for hit in self.codes.captures_iter(text) {
            let mut all = self.codes_found.lock().unwrap();
            all.entry(place.to_owned())
                .or_default()
                .insert(hit[1].to_owned());
        }
    }

    /// Places that hold one-time codes.
    fn holds_codes(&self) -> Vec<String> {
        let all = self.codes_found.lock().unwrap();
        all.iter()
            .filter(|(_, codes)| codes.len() > BY_CHANCE)
            .map(|(place, codes)| format!("{place}: one-time codes {codes:?}"))
            .collect()
    }
}

/// Every match in a text, with its context.
fn found(needles: &Regex, place: &str, text: &str) -> Vec<String> {
    let around = |at: std::ops::Range<usize>| {
        let from = text.floor_char_boundary(at.start.saturating_sub(120));
        let to = text.ceil_char_boundary((at.end + 120).min(text.len()));
        format!("{place}: …{}…", text[from..to].replace('\n', " ⏎ "))
    };
    needles
        .find_iter(text)
        .take(3)
        .map(|hit| around(hit.range()))
        .collect()
}

/// Calls every method of the contract, and returns the texts of refusals and the issued secrets.
async fn call_everything(platform: &Platform) -> (Vec<(String, String)>, BTreeSet<String>) {
    let callers = callers::callers(platform).await;
    let bindings = Bindings::new(&proto::POOL).unwrap();
    let browser = reqwest::Client::new();
    let (mut said, mut secrets) = (Vec::new(), BTreeSet::new());
    for caller in &callers {
        let token = caller.metadata.get("authorization");
        secrets.extend(token.map(|t| t.to_str().unwrap().trim_start_matches("Bearer ").to_owned()));
    }
    let services = proto::POOL.services();
    for service in services.filter(|service| service.full_name().starts_with("cast.")) {
        let owner = match service.full_name().split('.').nth(1).unwrap() {
            "eventlog" => "membership",
            owner => owner,
        };
        let channel = callers::channel(platform, owner).await;
        let policy = Policy::of(&proto::POOL, [service.full_name()]).unwrap();
        for method in policy.methods() {
            let described = service.methods().find(|m| m.name() == method.name).unwrap();
            let allowed = callers.iter().filter(|c| c.refusal(method.rule).is_none());
            let allowed: Vec<&Caller> = allowed.collect();
            let binding = bindings.iter().find(|b| b.method() == &described);
            for round in [Round::Fitting, Round::Raw, Round::Mistaken] {
                let message = filled(&method.input, round, 3);
                // The caller with the most permissions; in the round that may succeed, the simplest one too.
                let simple = allowed
                    .first()
                    .filter(|_| round == Round::Fitting && allowed.len() > 1);
                for caller in [simple, allowed.last()].into_iter().flatten() {
                    let mut client = Grpc::new(channel.clone());
                    client.ready().await.unwrap();
                    let name = format!("{} as {}", callers::path(method), caller.name);
                    match call(client, method, caller, &message).await {
                        Ok(answer) => {
                            let answer =
                                DynamicMessage::decode(described.output(), answer).unwrap();
                            given_out(&answer, &mut secrets);
                        }
                        Err(status) => {
                            assert!(
                                !matches!(status.code(), Code::Internal | Code::Unknown),
                                "{name}: {status:?}"
                            );
                            let details = String::from_utf8_lossy(status.details()).into_owned();
                            said.push((
                                name,
                                format!("{} {details} {:?}", status.message(), status.metadata()),
                            ));
                        }
                    }
                    if let Some(binding) = binding {
                        said.extend(over_rest(platform, &browser, binding, caller, &message).await);
                    }
                }
            }
        }
    }
    (said, secrets)
}

async fn call(
    mut client: Grpc<tonic::transport::Channel>,
    method: &Method,
    caller: &Caller,
    message: &DynamicMessage,
) -> Result<Bytes, Status> {
    let (metadata, encoded) = (
        caller.metadata.clone(),
        prost_reflect::prost::Message::encode_to_vec(message),
    );
    let request = Request::from_parts(metadata, tonic::Extensions::default(), Bytes::from(encoded));
    let path = callers::path(method).parse().unwrap();
    let mut stream = client
        .server_streaming(request, path, BytesCodec::default())
        .await?;
    Ok(stream.get_mut().message().await?.unwrap_or_default())
}

/// Secrets in a response, by field name.
fn given_out(message: &DynamicMessage, secrets: &mut BTreeSet<String>) {
    for (field, value) in message.fields() {
        let name = field.name();
        let secret = is_sensitive(&field) && (name.contains("token") || name.contains("secret"));
        match value {
            Value::String(text) if secret && text.len() > 16 => drop(secrets.insert(text.clone())),
            Value::Message(inner) => given_out(inner, secrets),
            Value::List(items) => {
                for inner in items.iter().filter_map(Value::as_message) {
                    given_out(inner, secrets);
                }
            }
            _ => {}
        }
    }
}

/// The same message over REST. Returns the text of a refusal.
async fn over_rest(
    platform: &Platform,
    client: &reqwest::Client,
    binding: &Binding,
    caller: &Caller,
    message: &DynamicMessage,
) -> Option<(String, String)> {
    let mut fields = serde_json::to_value(message).unwrap();
    let fields = fields.as_object_mut().unwrap();
    let variables = Regex::new(r"\{([a-z_.]+)(?:=[^}]*)?\}").unwrap();
    let path = variables.replace_all(binding.template(), |found: &regex::Captures<'_>| {
        let field = binding
            .method()
            .input()
            .get_field_by_name(&found[1])
            .unwrap();
        let value = fields.remove(field.json_name()).unwrap_or_default();
        let value = value.as_str().unwrap_or("none");
        url::form_urlencoded::byte_serialize(value.as_bytes())
            .collect::<String>()
            .replace('+', "%20")
    });
    let url = format!("{}{path}", platform.gateway_url());
    let mut request = client.request(binding.http_method().clone(), &url);
    if let Some(token) = caller.metadata.get("authorization") {
        request = request.header("authorization", token.to_str().unwrap());
    }
    request = match binding.http_method().as_str() {
        "GET" | "DELETE" => {
            let text = |value: &serde_json::Value| {
                value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned)
            };
            request.query(
                &fields
                    .iter()
                    .map(|(name, value)| (name, text(value)))
                    .collect::<Vec<_>>(),
            )
        }
        _ => request.json(&fields),
    };
    let answer = request.send().await.unwrap();
    let (status, headers) = (answer.status(), format!("{:?}", answer.headers()));
    assert!(status.as_u16() < 500 || status == 503, "{url}: {status}");
    // A stream does not end.
    if status.is_success() {
        return None;
    }
    let name = format!(
        "{} {} as {}",
        binding.http_method(),
        binding.template(),
        caller.name
    );
    Some((name, format!("{headers} {}", answer.text().await.unwrap())))
}

/// One person signs up by phone and mistypes the password; another forgets it and sets a new one.
async fn someone_forgets_a_password(platform: &Platform) -> BTreeSet<String> {
    let mut person = Visitor::new(platform.gateway_url());
    let form = person.sign_up_form(platform, PHONE).await;
    person.post("/v1/accounts", form).await.ok();
    let wrong = json!({"address": PHONE, "password": SECRET});
    assert_eq!(person.post("/v1/sessions", wrong).await.status, 401);
    let form = person.sign_up_form(platform, FORGETFUL).await;
    person.post("/v1/accounts", form).await.ok();
    let asked = json!({"purpose": "RECOVER", "address": FORGETFUL});
    let asked = person.post("/v1/codes", asked).await.ok();
    let code = code_after(platform, FORGETFUL, 1).await;
    let new = json!({"codeId": asked["codeId"], "code": code, "newPassword": SECRET});
    person.post("/v1/accounts:recover", new).await.ok();
    person.sign_in(FORGETFUL, SECRET).await;
    person.secret().into_iter().collect()
}

/// Columns that may hold texts in clear, and why. Names and forms are not among them: they are sealed.
const KEPT: [(&str, &str); 1] = [
    // An idempotency key, generated by the calling program.
    ("idempotency.requests", "request_id"),
];

/// Every match in every table: table, column, value.
async fn stored(platform: &Platform, service: Service, needles: &Needles) -> Vec<String> {
    let mut conn = PgConnection::connect(platform.database_url(service).unwrap())
        .await
        .unwrap();
    let tables: Vec<String> = sqlx::query_scalar(
        "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname not in ('pg_catalog', 'information_schema')",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    let mut hits = Vec::new();
    for table in tables {
        let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(format!(
            "select to_jsonb(t)::text from {table} t"
        )))
        .fetch_all(&mut conn)
        .await
        .unwrap();
        for row in rows {
            let row: serde_json::Value = serde_json::from_str(&row).unwrap();
            for (column, value) in row.as_object().unwrap() {
                let may = KEPT.contains(&(table.as_str(), column.as_str()));
                let place = format!("{service} {table}.{column}");
                hits.extend(if may {
                    needles.never_stored(&place, &value.to_string())
                } else {
                    needles.anywhere(&place, &value.to_string())
                });
            }
        }
    }
    hits
}

#[tokio::test(flavor = "multi_thread")]
async fn personal_data_and_secrets_are_written_nowhere_but_where_they_belong() {
    let collector = Collector::start().await;
    let mut environment = collector.environment().to_vec();
    environment.extend([("CAST_LOG", LOGS), ("CAST_REQUESTS_PER_SECOND", "100000")]);
    let platform = testkit::platform_with(&environment).await;
    journey::play(&platform).await;
    let mut secrets = someone_forgets_a_password(&platform).await;
    let (said, given_out) = call_everything(&platform).await;
    secrets.extend(given_out);
    platform.settled().await.unwrap();

    let messages = platform.all_mail().unwrap();
    let mut codes: BTreeSet<String> = messages.into_iter().filter_map(|m| m.code).collect();
    assert!(
        codes.len() > 50 && secrets.len() > 8,
        "{} {}",
        codes.len(),
        secrets.len()
    );
    codes.remove(CODE);
    let needles = Needles::new(&secrets, &codes);
    let mut hits = Vec::new();
    for (who, words) in &said {
        hits.extend(needles.anywhere(who, words));
    }
    for service in Service::ALL {
        let log = std::fs::read(platform.log(service)).unwrap();
        let log = String::from_utf8_lossy(&log);
        let detailed = log.contains("DEBUG") || service.database().is_none();
        assert!(detailed, "{service} writes no details");
        hits.extend(needles.anywhere(&format!("log of {service}"), &log));
        let url = format!("{}/metrics", platform.admin_url(service));
        let metrics = reqwest::get(url).await.unwrap().text().await.unwrap();
        hits.extend(needles.anywhere(&format!("metrics of {service}"), &metrics));
        if service.database().is_some() {
            hits.extend(stored(&platform, service, &needles).await);
        }
    }
    for server in [
        platform.postgres().unwrap().log(),
        platform.nats().unwrap().log(),
    ] {
        let log = String::from_utf8_lossy(&std::fs::read(&server).unwrap()).into_owned();
        hits.extend(needles.anywhere(&server.display().to_string(), &log));
    }
    let traces = collector.text();
    assert!(
        traces.contains("cast.identity.v1.Persons/VerifyMyPerson"),
        "no traces came"
    );
    hits.extend(needles.anywhere("traces", &traces));
    hits.extend(needles.holds_codes());
    assert!(
        hits.is_empty(),
        "{} findings:\n{}",
        hits.len(),
        hits.join("\n")
    );
    platform.stop().await.unwrap();
}

/// URLs are stored by browsers, proxies and bookmarks.
#[test]
fn no_address_holds_a_sensitive_field() {
    let bindings = Bindings::new(&proto::POOL).unwrap();
    let mut wrong = Vec::new();
    for binding in bindings.iter() {
        let in_query = ["GET", "DELETE"].contains(&binding.http_method().as_str());
        for field in binding.method().input().fields().filter(is_sensitive) {
            let in_path = binding.template().contains(&format!("{{{}", field.name()));
            // A withdrawn parameter is still recognised, so that services can refuse it.
            let withdrawn = field
                .options()
                .get_field_by_name("deprecated")
                .is_some_and(|value| value.as_bool() == Some(true));
            if (in_query || in_path) && !withdrawn {
                wrong.push(field.full_name().to_owned());
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn one_code_may_be_met_by_chance_two_in_one_place_are_a_leak() {
    // 110105 is a district of Beijing and does not count.
    let codes = ["482913", "305588", "110105"].map(str::to_owned).into();
    let needles = Needles::new(&BTreeSet::from(["a secret".to_owned()]), &codes);
    needles.anywhere("log", "your code is 482913, sent");
    needles.anywhere("ids", "1.482913 and 305588f1 and 110105");
    assert_eq!(needles.holds_codes(), Vec::<String>::new());
    needles.anywhere("log", "code=305588 ");
    assert_eq!(needles.holds_codes().len(), 1);
    assert!(!needles.anywhere("log", &format!("code {CODE}")).is_empty());
    let long = needles.anywhere("metrics", "sum 0.07232719900000001");
    assert_eq!(long, Vec::<String>::new());
    assert!(!needles.anywhere("log", "to +8619900000001 ").is_empty());
}
