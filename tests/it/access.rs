//! The access matrix: every method of the contract with every kind of caller. It is derived from the contract, so a new
//! method is covered automatically, and one without a rule fails here (and does not start).

use std::collections::BTreeMap;

use bytes::Bytes;
use kit::access::{Method, On, Policy, Rule};
use prost_reflect::{DynamicMessage, Value, prost::Message as _};
use tonic::{Code, Request, Status, client::Grpc, transport::Channel};
use tonic_types::StatusExt as _;
use transcode::grpc::BytesCodec;
use uuid::Uuid;

use crate::{
    callers::{Caller, callers, channel, organisation_id, path},
    messages::{Round, filled},
};

/// Reasons of access refusals.
const REFUSALS: [&str; 5] = [
    "UNAUTHENTICATED",
    "TOKEN_INVALID",
    "PERSON_REQUIRED",
    "PERMISSION_DENIED",
    "SERVICE_CREDENTIAL_REFUSED",
];

/// The result of a call: reason and code of a refusal, or `None` for a response.
type Outcome = Option<(String, Code)>;

async fn call(channel: Channel, method: &Method, caller: &Caller, message: Vec<u8>) -> Outcome {
    let mut grpc = Grpc::new(channel);
    grpc.ready().await.unwrap();
    let request = Request::from_parts(
        caller.metadata.clone(),
        tonic::Extensions::default(),
        Bytes::from(message),
    );
    let path = path(method).parse().unwrap();
    let answer = grpc
        .server_streaming(request, path, BytesCodec::default())
        .await;
    let refused = match answer {
        Ok(mut stream) => stream.get_mut().message().await.err(),
        Err(status) => Some(status),
    };
    refused.map(|status| (reason(&status), status.code()))
}

/// The reason of a refusal; for invalid input, with the fields.
fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    let info = details.error_info().map(|info| info.reason.clone());
    let violations = details.bad_request().map(|bad| &bad.field_violations);
    let fields = violations.into_iter().flatten().map(|v| v.field.as_str());
    let words: Vec<&str> = info.iter().map(String::as_str).chain(fields).collect();
    words.join(" ")
}

/// Whether access was not refused, and the method exists and works.
fn let_through(outcome: &Outcome) -> bool {
    outcome.as_ref().is_none_or(|(reason, code)| {
        let broken = [
            Code::Internal,
            Code::Unknown,
            Code::Unimplemented,
            Code::Unavailable,
        ];
        !REFUSALS.contains(&reason.as_str()) && !broken.contains(code)
    })
}

/// The methods of the contract, with the service that serves them.
fn methods() -> Vec<(&'static str, Method)> {
    let mut methods = Vec::new();
    for service in proto::POOL.services() {
        let owner = match service.full_name().strip_prefix("cast.") {
            // Every service serves its own event log; identity's represents all.
            Some(name) if name.starts_with("eventlog.") => "identity",
            Some(name) if name.starts_with("identity.") => "identity",
            Some(name) if name.starts_with("membership.") => "membership",
            Some(name) if name.starts_with("events.") => "events",
            Some(name) if name.starts_with("cockpit.") => "cockpit",
            Some(name) => panic!("which program serves {name}?"),
            None => continue,
        };
        let policy =
            Policy::of(&proto::POOL, [service.full_name()]).expect("every method has a rule");
        methods.extend(policy.methods().map(|method| (owner, method.clone())));
    }
    methods
}

#[tokio::test(flavor = "multi_thread")]
async fn every_method_lets_in_whom_the_contract_names_and_nobody_else() {
    let platform = testkit::platform().await;
    let callers = callers(&platform).await;
    let mut wrong = Vec::new();
    let mut tried = BTreeMap::<&str, usize>::new();
    for (owner, method) in methods() {
        let channel = channel(&platform, owner).await;
        for caller in &callers {
            // An empty message: access is decided before the message is read.
            let outcome = call(channel.clone(), &method, caller, Vec::new()).await;
            let right = match caller.refusal(method.rule) {
                Some(refusal) => outcome
                    .as_ref()
                    .is_some_and(|(reason, _)| reason == refusal),
                None => let_through(&outcome),
            };
            if !right {
                wrong.push(format!("{} as {}: {outcome:?}", path(&method), caller.name));
            }
            *tried.entry(owner).or_default() += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tried.values().sum::<usize>() > 1_000, "{tried:?}");
    across_organisations(&platform, &callers).await;
    platform.stop().await.unwrap();
}

/// Methods that require a further permission, depending on the request.
const MORE_BY_CONTENT: [(&str, &str); 1] = [("BatchDecideApplications", "applications.approve")];

/// A permission on one organisation does not apply to another: every method that names the organisation it acts on,
/// with every caller who holds its permission anywhere.
async fn across_organisations(platform: &testkit::Platform, callers: &[Caller]) {
    let mut wrong = Vec::new();
    let mut tried = 0;
    for (owner, method) in methods() {
        let (Rule::Permission(wanted), On::Named(field)) = (method.rule, &method.on) else {
            continue;
        };
        let channel = channel(platform, owner).await;
        for caller in callers.iter().filter(|caller| caller.holds(wanted)) {
            let own = organisation_id(platform, &caller.organisation).await;
            // The headquarters reaches every organisation.
            let other = match caller.organisation.as_str() {
                "CAST" => Uuid::now_v7().to_string(),
                "A-01" => organisation_id(platform, "B-20").await,
                _ => organisation_id(platform, "A-01").await,
            };
            let ask = async |organisation_id: &str| {
                let mut message = filled(&method.input, Round::Fitting, 3);
                name(&mut message, &field.name(), organisation_id);
                call(channel.clone(), &method, caller, message.encode_to_vec()).await
            };
            tried += 1;
            let elsewhere = ask(&other).await;
            if elsewhere
                .as_ref()
                .is_none_or(|(reason, _)| reason != "PERMISSION_DENIED")
            {
                wrong.push(format!(
                    "{} as {} elsewhere: {elsewhere:?}",
                    path(&method),
                    caller.name
                ));
            }
            let more = MORE_BY_CONTENT
                .iter()
                .find(|(name, _)| *name == method.name);
            if more.is_some_and(|(_, permission)| !caller.holds(permission)) {
                continue;
            }
            let here = ask(&own).await;
            if !let_through(&here) {
                wrong.push(format!(
                    "{} as {} here: {here:?}",
                    path(&method),
                    caller.name
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tried > 30, "{tried}");
}

fn name(message: &mut DynamicMessage, field: &str, organisation_id: &str) {
    message.set_field_by_name(field, Value::String(organisation_id.to_owned()));
}
