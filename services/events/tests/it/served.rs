//! The service as it is served: over gRPC, behind the layers of the chassis, with tokens.

use std::{sync::Arc, time::Duration};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair as _},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use futures::future::join_all;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kit::{
    access::{
        Caller, Claims, Internal, KeySource, Verifier,
        tokens::{AUDIENCE, TYPE},
    },
    client::Channel,
    server::{Gate, Server},
};
use proto::cast::events::v1::{
    self as wire, Activity, CheckInRequest, CreateActivityRequest, CreateRegistrationRequest,
    GetTicketRequest, activities_client::ActivitiesClient, check_ins_client::CheckInsClient,
    registrations_client::RegistrationsClient,
};
use secrecy::ExposeSecret as _;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request};
use uuid::Uuid;

use crate::world::{NOW, World, client, draft, field, id, named_person, ok, person, refused};

const ISSUER: &str = "https://wskx.example.cn";

pub struct Served {
    pub world: World,
    channel: Channel,
    key: EncodingKey,
    stop: CancellationToken,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

struct KeySet(String);

#[tonic::async_trait]
impl KeySource for KeySet {
    async fn key_set(&self) -> anyhow::Result<String> {
        Ok(self.0.clone())
    }
}

pub async fn served() -> Served {
    let world = World::new().await;
    let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    let pair = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap();
    let public = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
    let keys = format!(
        r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","use":"sig","alg":"EdDSA","kid":"k","x":"{public}"}}]}}"#
    );
    let clock = world.clock.clone();
    let secret = "a secret of at least thirty-two bytes".into();
    let gate = Gate {
        verifier: Verifier::new(ISSUER, Arc::new(KeySet(keys)), clock.clone()),
        internal: Internal::new("events", &secret, None, clock.clone()),
        db: world.context.db.clone(),
        open_reflection: false,
        clock,
        keys: world.context.keys.clone(),
    };
    let routes = events::routes(&world.context).await.unwrap();
    let server = Server::new(routes, &proto::POOL, proto::DESCRIPTORS, gate)
        .await
        .unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap())
        .parse()
        .unwrap();
    let stop = CancellationToken::new();
    tokio::spawn(server.serve(listener, stop.clone(), Duration::from_secs(5)));
    let channel = kit::client::channel(std::slice::from_ref(&url));
    Served {
        world,
        channel,
        key: EncodingKey::from_ed_der(pkcs8.as_ref()),
        stop,
    }
}

impl Served {
    /// A request with the token of the caller, as identity signs it.
    pub fn as_<T>(&self, caller: &Caller, message: T) -> Request<T> {
        let mut request = Request::new(message);
        let now = self.world.clock.now().unix_timestamp();
        let mut claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: String::new(),
            client_id: "portal".to_owned(),
            jti: Uuid::now_v7().to_string(),
            iat: now,
            exp: now + 300,
            nbf: None,
            account_id: None,
            sid: None,
            person_number: None,
            verified: false,
            name: None,
            organisation_id: None,
            scope: None,
        };
        match caller {
            Caller::Person(person) => {
                claims.sub = person.person_id.to_string();
                claims.account_id = Some(person.account_id);
                claims.person_number = Some(person.person_number.clone());
                claims.name = person
                    .name
                    .as_ref()
                    .map(|name| name.expose_secret().to_owned());
            }
            Caller::Client(client) => {
                claims.sub = client.client_id.to_string();
                claims.client_id.clone_from(&claims.sub);
                claims.organisation_id = Some(client.organisation_id);
                claims.scope = Some(client.scopes.join(" "));
            }
            Caller::Anonymous(_) | Caller::Service(_) => return request,
        }
        let header = Header {
            typ: Some(TYPE.to_owned()),
            kid: Some("k".to_owned()),
            ..Header::new(Algorithm::EdDSA)
        };
        let token = jsonwebtoken::encode(&header, &claims, &self.key).unwrap();
        request
            .metadata_mut()
            .insert("authorization", format!("Bearer {token}").parse().unwrap());
        request
    }

    pub fn activities(&self) -> ActivitiesClient<Channel> {
        ActivitiesClient::new(self.channel.clone())
    }

    pub fn registrations(&self) -> RegistrationsClient<Channel> {
        RegistrationsClient::new(self.channel.clone())
    }

    pub fn check_ins(&self) -> CheckInsClient<Channel> {
        CheckInsClient::new(self.channel.clone())
    }
}

fn seat_at(activity: &Activity) -> CreateRegistrationRequest {
    CreateRegistrationRequest {
        activity_id: activity.activity_id.clone(),
        division_code: String::new(),
        request_id: "one".to_owned(),
    }
}

#[tokio::test]
async fn a_society_publishes_a_scientist_comes_and_is_credited() {
    let served = served().await;
    let world = &served.world;
    let system = client(
        world.society,
        &["activities.manage", "checkins.manage", "registrations.read"],
    );
    let request = served.as_(&system, draft(world.society, 3));
    let draft = ok(served.activities().create_activity(request).await);
    let request = wire::PublishActivityRequest {
        activity_id: draft.activity_id.clone(),
        request_id: String::new(),
    };
    let activity = ok(served
        .activities()
        .publish_activity(served.as_(&system, request))
        .await);
    let scientist = named_person(Some("李思远"));
    let request = served.as_(&scientist, seat_at(&activity));
    let registration = ok(served.registrations().create_registration(request).await);
    assert_eq!(registration.person_name, "李思远");
    let request = GetTicketRequest {
        registration_id: registration.registration_id.clone(),
    };
    let ticket = ok(served
        .registrations()
        .get_ticket(served.as_(&scientist, request))
        .await);
    world.clock.set(NOW + time::Duration::hours(24));
    let request = CheckInRequest {
        activity_id: activity.activity_id.clone(),
        ticket: ticket.token,
        request_id: String::new(),
    };
    let answer = ok(served
        .check_ins()
        .check_in(served.as_(&system, request))
        .await);
    assert_eq!((answer.credited_minutes, answer.repeated), (90, false));
    let request = served.as_(&scientist, wire::ListMyCreditsRequest::default());
    assert_eq!(
        ok(served.check_ins().list_my_credits(request).await).total_minutes,
        90
    );
    let request = wire::ListRegistrationsRequest {
        activity_id: activity.activity_id.clone(),
        ..Default::default()
    };
    let list = ok(served
        .registrations()
        .list_registrations(served.as_(&system, request))
        .await);
    assert_eq!(list.registrations.len(), 1);
    world.invariants().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_callers_over_the_network_take_thirty_two_seats() {
    let served = served().await;
    let activity = served.world.published(32).await;
    let calls = (0..64).map(|_| {
        let request = served.as_(&person(), seat_at(&activity));
        let mut registrations = served.registrations();
        tokio::spawn(async move { registrations.create_registration(request).await })
    });
    let answers = join_all(calls.collect::<Vec<_>>()).await;
    let (seats, refusals): (Vec<_>, Vec<_>) = answers
        .into_iter()
        .map(|call| call.unwrap())
        .partition(Result::is_ok);
    assert_eq!(seats.len(), 32);
    for refusal in refusals {
        assert_eq!(refused(refusal), "ACTIVITY_FULL");
    }
    served.world.invariants().await;
}

#[tokio::test]
async fn who_may_call_what_is_decided_before_anything_is_looked_at() {
    let served = served().await;
    let world = &served.world;
    let activity = world.published(3).await;
    let nobody = crate::world::nobody();
    let request = served.as_(&nobody, seat_at(&activity));
    let anonymous = served.registrations().create_registration(request).await;
    assert_eq!(refused(anonymous), "UNAUTHENTICATED");
    let system = client(world.society, &["activities.manage"]);
    let request = served.as_(&system, seat_at(&activity));
    assert_eq!(
        refused(served.registrations().create_registration(request).await),
        "PERSON_REQUIRED"
    );
    // Neither a grant nor a scope anywhere: the method is shut, whatever is asked for.
    for outsider in [person(), client(world.society, &["members.read"])] {
        let request = served.as_(&outsider, draft(world.society, 3));
        assert_eq!(
            refused(served.activities().create_activity(request).await),
            "PERMISSION_DENIED"
        );
        let request = wire::ListRegistrationsRequest {
            activity_id: Uuid::now_v7().to_string(),
            ..Default::default()
        };
        let request = served.as_(&outsider, request);
        let listed = served.registrations().list_registrations(request).await;
        assert_eq!(refused(listed), "PERMISSION_DENIED");
    }
    let request = wire::GetActivityRequest {
        activity_id: activity.activity_id.clone(),
    };
    let seen = ok(served
        .activities()
        .get_activity(served.as_(&nobody, request))
        .await);
    assert_eq!(id(&seen.activity_id), id(&activity.activity_id));
}

#[tokio::test]
async fn the_limits_of_the_contract_are_kept() {
    let served = served().await;
    let world = &served.world;
    let good = draft(world.society, 3);
    let long = "长".repeat(101);
    let cases: Vec<(&str, CreateActivityRequest)> = vec![
        (
            "capacity",
            CreateActivityRequest {
                capacity: 0,
                ..good.clone()
            },
        ),
        (
            "capacity",
            CreateActivityRequest {
                capacity: 1_000_001,
                ..good.clone()
            },
        ),
        (
            "credit_minutes",
            CreateActivityRequest {
                credit_minutes: -1,
                ..good.clone()
            },
        ),
        (
            "credit_minutes",
            CreateActivityRequest {
                credit_minutes: 60_001,
                ..good.clone()
            },
        ),
        (
            "title",
            CreateActivityRequest {
                title: long.clone(),
                ..good.clone()
            },
        ),
        (
            "place",
            CreateActivityRequest {
                place: "长".repeat(201),
                ..good.clone()
            },
        ),
        (
            "description",
            CreateActivityRequest {
                description: "长".repeat(5_001),
                ..good.clone()
            },
        ),
        (
            "request_id",
            CreateActivityRequest {
                request_id: long,
                ..good.clone()
            },
        ),
    ];
    for (wrong, request) in cases {
        let answer = served
            .activities()
            .create_activity(served.as_(&world.staff, request))
            .await;
        assert_eq!(field(answer), wrong);
    }
    let largest = CreateActivityRequest {
        title: "长".repeat(100),
        place: "长".repeat(200),
        description: "长".repeat(5_000),
        request_id: "长".repeat(64),
        capacity: 1_000_000,
        credit_minutes: 60_000,
        ends_at: Some(kit::wire::timestamp(
            NOW + time::Duration::minutes(24 * 60 + 60_000),
        )),
        ..good
    };
    ok(served
        .activities()
        .create_activity(served.as_(&world.staff, largest))
        .await);
    let request = CheckInRequest {
        activity_id: Uuid::now_v7().to_string(),
        ticket: "x".repeat(2_001),
        request_id: String::new(),
    };
    let request = served.as_(&world.staff, request);
    assert_eq!(
        served
            .check_ins()
            .check_in(request)
            .await
            .unwrap_err()
            .code(),
        Code::InvalidArgument
    );
}
