//! Asking for a code.

use std::sync::Arc;

use jobs::WakeUp;
use kit::{Call, clock::Clock, crypto::Keys, db::Db, errors::Problem, wire};
use proto_identity::v1::{RequestCodeRequest, RequestCodeResponse};
use uuid::Uuid;

use super::{
    CodeError, Language, Message, Purpose,
    rules::{self, Asking, NotSent},
    store,
};
use crate::{
    credentials::{self, addresses::Address},
    deliveries::{Content, Delivery, Kind, queue},
    queues::Queues,
    sealing::CODE_ADDRESS,
    throttles::{Throttles, Visitor, rules::Refused, too_many, work},
};

/// Makes codes and has them sent.
#[derive(Clone)]
pub struct CodeRequests {
    /// Where codes are.
    pub db: Db,
    /// Codes and addresses are kept as keyed hashes.
    pub keys: Keys,
    /// A request may wait long in a queue; what is allowed then is decided by the time at which its turn comes.
    pub clock: Clock,
    /// Checks proofs of work.
    pub throttles: Throttles,
    /// Requests for the same address, and from the same network.
    pub queues: Arc<Queues>,
    /// Codes for one network address within an hour that need no work.
    pub per_origin: i64,
    /// Wakes the worker that sends messages.
    pub deliveries: WakeUp,
}

impl CodeRequests {
    /// The method `RequestCode`.
    pub(crate) async fn request_code(
        &self,
        call: Call<RequestCodeRequest>,
    ) -> Result<RequestCodeResponse, Problem> {
        let language = rules::language(call.metadata("accept-language").unwrap_or_default());
        let purpose = Purpose::try_from(call.message.purpose())?;
        let address = credentials::address("address", &call.message.address)?;
        let address_hash = credentials::address_hash(&self.keys, &address);
        let mut visitor = Visitor::of(&self.keys, &call);
        let origin = visitor.origin();
        let origin_hash = self
            .keys
            .keyed_hash("identity.code.origin", origin.as_bytes());
        // Many ask from one origin at a time: a campus, or an attacker. They wait here before they do so in the database.
        let _origin = self.queues.wait(&origin_hash).await;
        let _address = self.queues.wait(&address_hash).await;
        let now = self.clock.now();
        visitor.now = now;
        let mut tx = call.begin(&self.db).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }

        let device_id = visitor.known_device(&mut tx, &address_hash).await?;
        // A known device does not wait behind strangers who ask from the same network.
        let queue_of = device_id.is_none().then_some(&origin_hash);
        store::queue_up(&mut tx, &address_hash, queue_of).await?;
        let scope = work::scope(&self.keys, purpose.as_str(), &address_hash, &origin);
        let asking = match device_id {
            Some(_) => Asking::Known,
            None => Asking::Stranger {
                worked: self.throttles.worked(&mut tx, &visitor, scope).await?,
            },
        };
        let asker = store::Asker {
            purpose,
            origin_hash: &origin_hash,
            device_id,
        };
        let sent = store::sent(&mut tx, &address_hash, asker, now).await?;
        match rules::may_send(asking, sent, self.per_origin, now) {
            Ok(()) => {}
            Err(NotSent::Wait(wait)) => return Err(too_many(wait)),
            Err(NotSent::UsedUp(wait)) => return Err(CodeError::UsedUp { wait }.into()),
            Err(NotSent::Work(bits)) => {
                return Err(self.throttles.refusal(Refused::Work(bits), scope, now)?);
            }
        }

        // From here on everything is the same whether the account exists or not, but for the words of the message.
        let exists = credentials::store::by_address(&mut tx, &address_hash)
            .await?
            .is_some();
        let message = rules::message(purpose, exists);
        let code_id = kit::chance::id(now);
        let expires_at = now + rules::LIFETIME;
        let digits = rules::digits(kit::chance::number(0..1_000_000));
        let code = store::NewCode {
            code_id,
            purpose,
            address_hash,
            address_sealed: CODE_ADDRESS.seal(&self.keys, code_id, &address.recipient()),
            code_hash: store::code_hash(&self.keys, code_id, purpose, &address_hash, &digits),
            decoy: message != Message::Code,
            origin_hash: &origin_hash,
            device_id,
            created_at: now,
            expires_at,
        };
        store::insert(&mut tx, &code).await?;
        let delivery = compose(code_id, message, purpose, &digits, &address, language, now);
        queue::enqueue(&mut tx, &self.keys, &delivery, now).await?;
        tx.audit(&format!("code:{code_id}")).await?;
        let answer = tx
            .commit(RequestCodeResponse {
                code_id: code_id.to_string(),
                expires_at: Some(wire::timestamp(expires_at)),
                resend_at: Some(wire::timestamp(now + rules::RESEND)),
            })
            .await?;
        self.deliveries.notify();
        Ok(answer)
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
        delivery_id: kit::chance::id(now),
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
