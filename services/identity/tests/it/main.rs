//! Identity as its callers see it: the real server with its layers, over real PostgreSQL, called the way the gateway calls it. NATS is
//! not there at all: nothing may depend on it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::disallowed_methods, reason = "the server of a test answers")]

mod appointing;
mod audit;
mod authorizations;
mod clients;
mod codes;
mod deliveries;
mod grants;
mod guardians;
mod keys;
mod logouts;
mod notices;
mod outside;
mod passwords;
mod persons;
mod replays;
mod roll_out;
mod secrecy;
mod seeding;
mod sessions;
mod settings;
mod sign_on;
mod sign_up;
mod throttling;
mod token_families;
mod typed;
mod world;
