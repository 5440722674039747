//! A repeated request is answered only to who may still make it. The walk takes its methods from the contract: every staff method with a
//! `request_id` is called, loses its role, and is called again.

use bytes::{Buf as _, BufMut as _};
use kit::access::{Policy, Rule};
use prost::Message as _;
use proto_identity::v1::{self as wire, Account};
use tonic::{
    Status,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
};
use uuid::Uuid;

use crate::{
    clients::{machine, register},
    world::{Browser, World, reason},
};

/// Messages as they are on the wire: the walk does not know their types.
#[derive(Default)]
struct Bytes;

impl Codec for Bytes {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Bytes {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, message: Vec<u8>, into: &mut EncodeBuf<'_>) -> Result<(), Status> {
        into.put_slice(&message);
        Ok(())
    }
}

impl Decoder for Bytes {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        let length = from.remaining();
        Ok(Some(from.copy_to_bytes(length).to_vec()))
    }
}

async fn call(by: &Browser, path: &str, message: &[u8]) -> Result<Vec<u8>, Status> {
    let request = by.signed(message.to_vec()).await?;
    let mut grpc = Grpc::new(by.channel.clone());
    grpc.ready().await.unwrap();
    let answer = grpc.unary(request, path.parse().unwrap(), Bytes).await?;
    Ok(answer.into_inner())
}

/// A request of this method that the administrator of the society may make. A method that is missing here fails the walk: say how it is
/// called.
async fn request(world: &World, by: &Browser, subject: &Account, method: &str) -> Vec<u8> {
    let request_id = Uuid::now_v7().to_string();
    let registered = async || {
        let system = machine(world.society, &["members.read"]);
        register(by, system).await.unwrap().0.client_id
    };
    match method {
        "Grants/CreateGrant" => wire::CreateGrantRequest {
            organisation_id: world.society.to_string(),
            role: "society.reviewer".into(),
            person_number: subject.person_number.clone(),
            request_id,
            ..Default::default()
        }
        .encode_to_vec(),
        "Grants/UpdateGrant" => {
            let grant_id = crate::grants::give(by, subject, "society.reviewer", world.society)
                .await
                .unwrap()
                .grant_id;
            wire::UpdateGrantRequest {
                grant_id,
                last_day: String::new(),
                request_id,
            }
            .encode_to_vec()
        }
        "Grants/RevokeGrantsOfPerson" => {
            crate::grants::give(by, subject, "society.reviewer", world.society)
                .await
                .unwrap();
            wire::RevokeGrantsOfPersonRequest {
                organisation_id: world.society.to_string(),
                person_number: subject.person_number.clone(),
                request_id,
            }
            .encode_to_vec()
        }
        "Clients/CreateClient" => wire::CreateClientRequest {
            request_id,
            ..machine(world.society, &["members.read"])
        }
        .encode_to_vec(),
        "Clients/RotateClientSecret" => wire::RotateClientSecretRequest {
            client_id: registered().await,
            request_id,
            secret_days: 0,
        }
        .encode_to_vec(),
        "Clients/UpdateClient" => wire::UpdateClientRequest {
            client_id: registered().await,
            name: "会员系统".into(),
            scopes: vec!["members.read".into()],
            version: 1,
            request_id,
            ..Default::default()
        }
        .encode_to_vec(),
        "Clients/EndOldClientSecret" => wire::EndOldClientSecretRequest {
            client_id: registered().await,
            request_id,
        }
        .encode_to_vec(),
        "Clients/DisableClient" => wire::DisableClientRequest {
            client_id: registered().await,
            request_id,
        }
        .encode_to_vec(),
        other => panic!("{other} takes a request_id: say in this test how it is called"),
    }
}

/// Those of the platform's own administrators; `proposals.rs` repeats them.
const OF_THE_PLATFORM: [&str; 3] = [
    "GrantProposals/ApproveGrantProposal",
    "GrantProposals/DeclineGrantProposal",
    "GrantProposals/CreateGrantProposal",
];

/// The staff methods of identity that take a `request_id`, as `Service/Method`.
fn methods() -> Vec<String> {
    let of_identity = |name: &String| name.starts_with("cast.identity.v1.");
    let services: Vec<String> = proto_identity::POOL
        .services()
        .map(|service| service.full_name().to_owned())
        .filter(of_identity)
        .collect();
    let policy = Policy::of(&proto_identity::POOL, services.iter().map(String::as_str)).unwrap();
    let repeatable = policy.methods().filter(|method| {
        matches!(method.rule, Rule::Permission(_))
            && method.input.get_field_by_name("request_id").is_some()
    });
    let mut methods: Vec<String> = repeatable
        .map(|method| {
            let service = method.service.rsplit('.').next().unwrap();
            format!("{service}/{}", method.name)
        })
        .collect();
    methods.retain(|method| !OF_THE_PLATFORM.contains(&method.as_str()));
    methods.sort();
    methods
}

#[tokio::test]
async fn who_lost_the_role_is_not_given_the_answer_of_then() {
    let world = World::new().await;
    let (_, subject) = world.verified(1).await;
    let methods = methods();
    assert!(methods.len() >= 4, "{methods:?}");
    // What is left to the caller: the same role elsewhere, or another role here. With either the caller is let in by the access layer,
    // so the method itself has to look.
    let left = [
        ("organisation.administrator", world.other_society),
        ("platform.security", world.headquarters),
    ];
    let mut sequence = 2;
    for method in &methods {
        for (role, on) in left {
            // Who gives the roles of the platform ends what they gave there: the method refuses grant by grant.
            if method == "Grants/RevokeGrantsOfPerson" && role == "platform.security" {
                continue;
            }
            let (caller, account) = world
                .staff(sequence, "organisation.administrator", world.society)
                .await;
            sequence += 1;
            let path = format!("/cast.identity.v1.{method}");
            let message = request(&world, &caller, &subject, method).await;
            let first = call(&caller, &path, &message).await.unwrap();
            let again = call(&caller, &path, &message).await.unwrap();
            assert!(!first.is_empty() && !again.is_empty(), "{method}");

            let person_id: Uuid = account.person_id.parse().unwrap();
            world
                .execute(&format!(
                    "delete from access.grants where person_id = '{person_id}'"
                ))
                .await;
            world.hold(person_id, role, on).await;
            let refused = call(&caller, &path, &message).await.unwrap_err();
            assert!(
                [
                    "PERMISSION_DENIED",
                    "ROLE_NOT_ADMINISTERED",
                    "CLIENT_NOT_FOUND",
                    "GRANT_NOT_FOUND"
                ]
                .contains(&reason(&refused).as_str()),
                "{method} with {role}: {refused:?}"
            );
            let recorded = world
                .records(&format!("person:{person_id}"), &reason(&refused))
                .await;
            assert_eq!(recorded, 1, "{method} with {role}");
        }
        // The next method gives to the same person.
        world
            .execute("delete from access.grants where role = 'society.reviewer'")
            .await;
    }
}
