//! Asking for a code.

use kit::{access, audit, db::Begin, errors::Problem, wire};
use proto::cast::identity::v1::{RequestCodeRequest, RequestCodeResponse};
use rand::Rng as _;
use tonic::{Request, Response};
use uuid::Uuid;

use super::{
    CodeError, Language, Message, Purpose,
    rules::{self, Asking, NotSent},
    store,
};
use crate::{
    Identity,
    credentials::{self, addresses::Address},
    deliveries::{self, Content, Delivery, Kind},
    throttles::{Visitor, rules::Refused, too_many, work},
};

const ACTION: &str = "cast.identity.v1.Accounts/RequestCode";

impl Identity {
    pub(crate) async fn request_code(
        &self,
        request: Request<RequestCodeRequest>,
    ) -> Result<Response<RequestCodeResponse>, Problem> {
        let caller = access::caller(&request);
        let visitor = Visitor::of(&self.keys, &caller, &request);
        let accept = request
            .metadata()
            .get("accept-language")
            .and_then(|value| value.to_str().ok());
        let language = rules::language(accept.unwrap_or_default());
        let input = request.into_inner();
        let purpose = Purpose::try_from(input.purpose())?;
        let address = credentials::address("address", &input.address)?;
        let address_hash = self.address_hash(&address);
        let origin = visitor.origin();
        let origin_hash = self
            .keys
            .keyed_hash("identity.code.origin", origin.as_bytes());
        // Many ask from one origin at a time: a campus, or an attacker. They wait here before they do so in the database.
        let queues = &self.asking_for_codes;
        let _origin = queues.wait(&origin_hash).await;
        let _address = queues.wait(&address_hash).await;
        let now = self.clock.now();
        let mut tx = match self
            .db
            .begin_once(&caller, &self.keys, &input.request_id, &input)
            .await?
        {
            Begin::Fresh(tx) => tx,
            Begin::Replayed(answer) => return Ok(Response::new(answer)),
        };

        let device_id = self.known_device(&mut tx, &visitor, &address_hash).await?;
        // A known device does not wait behind strangers who ask from the same network.
        let queue_of = device_id.is_none().then_some(&origin_hash);
        store::queue_up(&mut tx, &address_hash, queue_of).await?;
        let scope = work::scope(&self.keys, purpose.as_str(), &address_hash, &origin);
        let asking = match device_id {
            Some(_) => Asking::Known,
            None => Asking::Stranger {
                worked: self.worked(&mut tx, &visitor, scope).await?,
            },
        };
        let asker = store::Asker {
            purpose,
            origin_hash: &origin_hash,
            device_id,
        };
        let sent = store::sent(&mut tx, &address_hash, asker, now).await?;
        match rules::may_send(asking, sent, self.codes_per_origin, now) {
            Ok(()) => {}
            Err(NotSent::Wait(wait)) => return Err(too_many(wait)),
            Err(NotSent::UsedUp(wait)) => return Err(CodeError::UsedUp { wait }.into()),
            Err(NotSent::Work(bits)) => return Err(self.refusal(Refused::Work(bits), scope)?),
        }

        // From here on everything is the same whether the account exists or not, but for the words of the message.
        let exists = credentials::store::by_address(&mut tx, &address_hash)
            .await?
            .is_some();
        let message = rules::message(purpose, exists);
        let code_id = Uuid::now_v7();
        let expires_at = now + rules::LIFETIME;
        let digits = rules::digits(rand::rng().random_range(0..1_000_000));
        let code = store::NewCode {
            code_id,
            purpose,
            address_hash,
            address_sealed: self.seal_text("identity.code.address", code_id, &address.recipient()),
            code_hash: store::code_hash(&self.keys, code_id, purpose, &address_hash, &digits),
            decoy: message != Message::Code,
            origin_hash: &origin_hash,
            device_id,
            created_at: now,
            expires_at,
        };
        store::insert(&mut tx, &code).await?;
        let delivery = compose(code_id, message, purpose, &digits, &address, language, now);
        deliveries::store::enqueue(&mut tx, &self.keys, &delivery, now).await?;
        audit::record(
            &mut tx,
            &caller,
            ACTION,
            &format!("code:{code_id}"),
            "ok",
            now,
        )
        .await?;
        let answer = RequestCodeResponse {
            code_id: code_id.to_string(),
            expires_at: Some(wire::timestamp(expires_at)),
            resend_at: Some(wire::timestamp(now + rules::RESEND)),
        };
        tx.commit(&answer).await?;
        self.deliveries.wake();
        Ok(Response::new(answer))
    }
}

fn compose(
    code_id: Uuid,
    message: Message,
    purpose: Purpose,
    digits: &str,
    address: &Address,
    language: Language,
    now: time::OffsetDateTime,
) -> Delivery {
    let (subject, text) = rules::words(message, purpose, digits, address, language);
    Delivery {
        delivery_id: Uuid::now_v7(),
        kind: match address {
            Address::Phone(_) => Kind::Sms,
            Address::Mail(_) => Kind::Mail,
        },
        recipient: address.recipient(),
        content: Content {
            subject,
            text,
            code: (message == Message::Code).then(|| digits.to_owned()),
        },
        idempotency_key: format!("code:{code_id}"),
        expires_at: now + rules::LIFETIME,
    }
}
