//! What the modules are made of, and how they become the services of the contract.

use std::sync::Arc;

use jobs::WakeUp;
use kit::{Routes, clock::Clock, crypto::Keys, db::Db};

use crate::{
    accounts::Accounts,
    audit::Audit,
    clients::Clients,
    codes::{proof::Proofs, rpc::CodeRequests},
    contract,
    credentials::hasher::Hasher,
    grants::{Grants, proposals::GrantProposals},
    guardians::Guardians,
    keys::Signing,
    notices::{Notices, outgoing::Contacts, unread::Unread},
    persons::Registry,
    queues::Queues,
    resident_id::verifier::Verifier,
    session_tokens::Tokens,
    sessions::Sessions,
    sign_on::{
        SignOn,
        client_authentication::{ClientAuthentication, ClientKeys},
    },
    throttles::Throttles,
    verification::Persons,
};

/// Everything that a module may need. Each is given what it needs of it, and does not know the rest.
#[derive(Clone)]
pub struct Parts {
    /// The database.
    pub db: Db,
    /// The keys that encrypt columns.
    pub keys: Keys,
    /// The present.
    pub clock: Clock,
    /// The platform's public URL: issuer of every token.
    pub issuer: String,
    /// Hashes passwords.
    pub hasher: Hasher,
    /// Signs tokens.
    pub signing: Signing,
    /// The last access token of each session.
    pub tokens: Tokens,
    /// Confirms real names.
    pub verifier: Arc<dyn Verifier>,
    /// Wakes the worker that sends messages.
    pub deliveries: WakeUp,
    /// Open pages that show the number of unread notices.
    pub unread: Unread,
    /// Requests for one-time codes, by address and by origin.
    pub code_queues: Arc<Queues>,
    /// One-time codes for one network address within an hour that need no work.
    pub codes_per_origin: i64,
    /// Whether the platform runs for development, where sites are on the developer's own machine.
    pub development: bool,
    /// The keys of clients that publish them.
    pub client_keys: ClientKeys,
}

impl Parts {
    /// The services of the contract.
    pub fn routes(&self) -> Routes {
        let (db, registry) = (self.db.clone(), self.registry());
        Routes::of(proto_identity::DESCRIPTORS)
            .add(contract::accounts(self.accounts()))
            .add(contract::sessions(self.sessions()))
            .add(contract::persons(Persons {
                db: db.clone(),
                registry: registry.clone(),
                verifier: Arc::clone(&self.verifier),
                throttles: self.throttles(),
            }))
            .add(contract::guardians(Guardians {
                db: db.clone(),
                registry,
            }))
            .add(contract::grants(Grants {
                db: db.clone(),
                keys: self.keys.clone(),
            }))
            .add(contract::grant_proposals(GrantProposals {
                db: db.clone(),
                keys: self.keys.clone(),
            }))
            .add(contract::clients(Clients {
                db: db.clone(),
                development: self.development,
            }))
            .add(contract::sign_on(self.sign_on()))
            .add(contract::notices(Notices {
                db: self.db.clone(),
                unread: self.unread.clone(),
                contacts: Contacts {
                    keys: self.keys.clone(),
                },
            }))
            .add(contract::audit(Audit { db }))
    }

    fn accounts(&self) -> Accounts {
        Accounts {
            db: self.db.clone(),
            keys: self.keys.clone(),
            hasher: self.hasher.clone(),
            throttles: self.throttles(),
            proofs: self.proofs(),
            codes: CodeRequests {
                db: self.db.clone(),
                keys: self.keys.clone(),
                clock: self.clock.clone(),
                throttles: self.throttles(),
                queues: Arc::clone(&self.code_queues),
                per_origin: self.codes_per_origin,
                deliveries: self.deliveries.clone(),
            },
        }
    }

    fn sessions(&self) -> Sessions {
        Sessions {
            db: self.db.clone(),
            keys: self.keys.clone(),
            issuer: self.issuer.clone(),
            hasher: self.hasher.clone(),
            signing: self.signing.clone(),
            tokens: self.tokens.clone(),
            throttles: self.throttles(),
            proofs: self.proofs(),
        }
    }

    fn sign_on(&self) -> SignOn {
        SignOn {
            db: self.db.clone(),
            keys: self.keys.clone(),
            issuer: self.issuer.clone(),
            signing: self.signing.clone(),
            registry: self.registry(),
            throttles: self.throttles(),
            clients: ClientAuthentication {
                db: self.db.clone(),
                issuer: self.issuer.clone(),
                throttles: self.throttles(),
                keys: self.client_keys.clone(),
            },
        }
    }

    fn registry(&self) -> Registry {
        Registry {
            keys: self.keys.clone(),
        }
    }

    fn throttles(&self) -> Throttles {
        Throttles {
            db: self.db.clone(),
            keys: self.keys.clone(),
        }
    }

    fn proofs(&self) -> Proofs {
        Proofs {
            db: self.db.clone(),
            keys: self.keys.clone(),
            throttles: self.throttles(),
        }
    }
}
