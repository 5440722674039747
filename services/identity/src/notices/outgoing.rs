//! Mail and text messages about notices. A job says that one is due; only then is it decided whether it still goes out, and to where, so
//! that neither an address nor a choice that has changed meanwhile is kept in the queue. These jobs have workers of their own: however many
//! there are, no one-time code waits for them.

use std::sync::Arc;

use async_trait::async_trait;
use jobs::{Handler, Metrics, Names, Outcome, Policy, Run, WakeUp, Worker};
use kit::{clock::Clock, crypto::Keys, db::Db, errors::Result};
use sqlx::PgConnection;
use time::Duration;
use uuid::Uuid;

use super::{Category, Mail, rules, store, wire};
use crate::{
    credentials::addresses::Address,
    deliveries::{Content, Delivery, Kind, Transports},
    sealing::ADDRESS,
};

/// The kind of job that sends a mail about one notice; the payload is its id.
pub const MAIL: &str = "notice.mail";
/// The kind of job that sends a text message about one notice; the payload is its id.
pub const SMS: &str = "notice.sms";
/// The kind of job that sends the daily mail; the payload is the id of the person.
pub const DIGEST: &str = "notice.digest";
/// All of them.
pub const KINDS: [&str; 3] = [MAIL, SMS, DIGEST];

/// The daily mail names so many notices.
const MOST_IN_DIGEST: i64 = 20;
/// Messages on their way at the same time.
const PLACES: usize = 8;
/// More patient than with one-time codes, which are void after minutes.
const POLICY: Policy = Policy {
    most_attempts: 100,
    first_pause: Duration::seconds(5),
    longest_pause: Duration::hours(1),
    timeout: Duration::seconds(20),
};

const METRICS: Names = Names {
    meter: "cast.identity",
    prefix: "cast.identity.notices",
    done: "handled",
};

/// Where a person can be reached.
#[derive(Clone, Debug, Default)]
pub struct Contact {
    /// A mail address.
    pub mail: Option<Address>,
    /// A phone number.
    pub phone: Option<Address>,
}

/// Opens the addresses of accounts.
#[derive(Clone)]
pub struct Contacts {
    /// Of sealed addresses.
    pub keys: Keys,
}

impl Contacts {
    /// The addresses of a person's account; of several of one kind the oldest.
    pub async fn of(&self, conn: &mut PgConnection, person_id: Uuid) -> Result<Contact> {
        let mut contact = Contact::default();
        for (account_id, sealed) in store::addresses(conn, person_id).await? {
            let text = ADDRESS.open(&self.keys, account_id, &sealed)?;
            // What an earlier release accepted and this one cannot send to is passed over.
            let Ok(address) = Address::parse(&text) else {
                continue;
            };
            match address {
                Address::Mail(_) => contact.mail.get_or_insert(address),
                Address::Phone(_) => contact.phone.get_or_insert(address),
            };
        }
        Ok(contact)
    }
}

/// Sends what is due.
#[derive(Clone)]
pub struct Outgoing {
    /// Where notices and jobs are.
    pub db: Db,
    /// Of sealed addresses.
    pub keys: Keys,
    /// The present.
    pub clock: Clock,
    /// The address of the portal.
    pub public_url: String,
    /// By which messages are sent.
    pub transports: Transports,
}

/// A message before it has an id.
struct Message {
    to: Address,
    subject: String,
    text: String,
}

impl Outgoing {
    /// The worker for all kinds.
    pub fn worker(&self) -> Worker {
        let kind = |name| jobs::Kind {
            name,
            policy: POLICY,
            handler: Arc::new(self.clone()),
        };
        Worker {
            pool: self.db.pool().clone(),
            clock: self.clock.clone(),
            kinds: KINDS.map(kind).into(),
            places: PLACES,
            wake_up: WakeUp::default(),
            metrics: Metrics::new(METRICS, KINDS),
        }
    }

    /// The message about one notice, if it is still to be sent by this way.
    async fn about(&self, notice_id: Uuid, kind: Kind) -> Result<Option<Message>> {
        let mut conn = self.db.read().await?;
        let Some(row) = store::unread(&mut conn, notice_id).await? else {
            return Ok(None);
        };
        let Some(what) = wire::filled(&row) else {
            return Ok(None);
        };
        let category = Category::from(what.template.category);
        let kept = store::choices_for(&mut conn, &[row.person_id], category).await?;
        let choice = category.choice(kept.first().map(|(_, choice)| *choice));
        let contact = self.contacts().of(&mut conn, row.person_id).await?;
        let (mail, phone) = (contact.mail.is_some(), contact.phone.is_some());
        let channels = rules::channels(category, choice, mail, phone);
        Ok(match kind {
            Kind::Mail => contact.mail.filter(|_| channels.mail).and_then(|to| {
                let (subject, text) = rules::mail(&wire::told(&row, &self.public_url)?);
                Some(Message { to, subject, text })
            }),
            Kind::Sms => contact.phone.filter(|_| channels.sms).map(|to| Message {
                to,
                subject: String::new(),
                text: rules::sms().to_owned(),
            }),
        })
    }

    /// The daily mail, if there is something to say in it.
    async fn digest(&self, person_id: Uuid) -> Result<Option<Message>> {
        let mut conn = self.db.read().await?;
        let kept = store::choices_of(&mut conn, person_id).await?;
        let choice = |category: Category| {
            let mine = kept.iter().find(|(of, _)| *of == category);
            category.choice(mine.map(|(_, choice)| *choice))
        };
        let templates: Vec<String> = proto_notices::templates::ALL
            .iter()
            .filter(|template| choice(template.category.into()).mail == Mail::Daily)
            .map(|template| template.name.to_owned())
            .collect();
        let (rows, all) =
            store::unread_of(&mut conn, person_id, &templates, MOST_IN_DIGEST).await?;
        let told: Vec<rules::Told> = rows
            .iter()
            .filter_map(|row| wire::told(row, &self.public_url))
            .collect();
        let contact = self.contacts().of(&mut conn, person_id).await?;
        let (Some(to), false) = (contact.mail, told.is_empty()) else {
            return Ok(None);
        };
        let more = all - i64::try_from(told.len()).unwrap_or(all);
        let inbox = format!("{}/me/inbox", self.public_url.trim_end_matches('/'));
        let (subject, text) = rules::digest(&told, more, &inbox);
        Ok(Some(Message { to, subject, text }))
    }

    fn contacts(&self) -> Contacts {
        Contacts {
            keys: self.keys.clone(),
        }
    }
}

#[async_trait]
impl Handler for Outgoing {
    async fn run(&self, run: &Run) -> Outcome {
        let (job, now) = (run.job(), run.now());
        let payload = job.payload.as_deref().unwrap_or_default();
        let (Ok(id), Some(expires_at)) = (Uuid::from_slice(payload), job.expires_at) else {
            return Outcome::Refused("it is no job about a notice".to_owned());
        };
        let message = match job.kind.as_str() {
            MAIL => self.about(id, Kind::Mail).await,
            SMS => self.about(id, Kind::Sms).await,
            _ => self.digest(id).await,
        };
        let Message { to, subject, text } = match message {
            Ok(Some(message)) => message,
            Ok(None) => return Outcome::Done,
            // The code of the reason alone: the words are kept with the job.
            Err(problem) => return Outcome::Failed(problem.reason().code.to_owned()),
        };
        let kind = match to {
            Address::Phone(_) => Kind::Sms,
            Address::Mail(_) => Kind::Mail,
        };
        let delivery = Delivery {
            // The same for every try.
            delivery_id: job.job_id,
            kind,
            recipient: to.recipient(),
            content: Content {
                subject,
                text,
                code: None,
            },
            idempotency_key: job.idempotency_key.clone(),
            expires_at,
        };
        self.transports.of(kind).send(&delivery, now).await
    }
}
