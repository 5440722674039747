//! Identity as its callers see it: the real server with its layers, over real PostgreSQL, called the way the gateway calls it. NATS is
//! not there at all: nothing may depend on it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::disallowed_methods, reason = "the server of a test answers")]

mod appointing;
mod audit;
mod authorizations;
mod client_authentication;
mod clients;
mod codes;
mod deliveries;
mod descriptions;
mod devices;
mod grants;
mod grants_over_time;
mod guardians;
mod id_token_algorithms;
mod keys;
mod logouts;
mod notices;
mod outside;
mod passwords;
mod persons;
mod possession;
mod proposals;
mod pushed;
mod replays;
mod request_objects;
mod roll_out;
mod secrecy;
mod seeding;
mod sessions;
mod settings;
mod sign_on;
mod sign_up;
mod signer;
mod subjects;
mod throttling;
mod token_families;
mod typed;
mod world;
