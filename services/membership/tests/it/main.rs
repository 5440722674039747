//! Membership as its callers see it: the real server with its layers, over real PostgreSQL, called by people, staff and
//! society systems with tokens of their own. NATS is not there at all: nothing may depend on it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::disallowed_methods, reason = "the server of a test answers")]

mod above;
mod application_files;
mod applying;
mod batches;
mod card_keys;
mod cards;
mod certificates;
mod connections;
mod consent;
mod decisions;
mod divisions;
mod drafts;
mod exports;
mod exports_faults;
mod foreigners;
mod idempotency;
mod invariants;
mod journey;
mod letters;
mod listed_answers;
mod logos;
mod measure;
mod members;
mod notices;
mod numbers;
mod organisations;
mod own_affairs;
mod own_form;
mod replays;
mod returning;
mod route_deciders;
mod routes;
mod search;
mod secrecy;
mod seeding;
mod statements;
mod time_limits;
mod transitions;
mod two_worlds;
mod typed;
mod verification;
mod world;
