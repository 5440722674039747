//! What is in a database can be read: sealed values open, events decode, words have a meaning.

use kit::{access::roles, crypto::Keys};
use prost_reflect::DynamicMessage;
use sqlx::{AssertSqlSafe, PgConnection};
use testkit::Service;
use uuid::Uuid;

use Service::{Events, Identity, Membership};

/// Sealed columns with their purpose and, as SQL, their context. These are part of what is stored: another purpose opens
/// nothing.
#[rustfmt::skip]
const SEALED: &[(Service, &str, &str, &str, &str)] = &[
    (Identity, "persons", "name_sealed", "identity.person.name", "uuid_send(person_id)"),
    (Identity, "documents", "number_sealed", "identity.person.resident-id", "uuid_send(person_id)"),
    (Identity, "pending_verifications", "name_sealed", "identity.person.name", "uuid_send(person_id)"),
    (Identity, "pending_verifications", "number_sealed", "identity.person.resident-id", "uuid_send(person_id)"),
    (Identity, "accounts", "display_name_sealed", "identity.display_name", "uuid_send(account_id)"),
    (Identity, "addresses", "address_sealed", "identity.address", "uuid_send(account_id)"),
    (Identity, "codes", "address_sealed", "identity.code.address", "uuid_send(code_id)"),
    (Identity, "authorization_requests", "login_hint_sealed", "identity.login-hint", "uuid_send(authorization_id)"),
    (Identity, "pushed_requests", "parameters_sealed", "identity.pushed-request", "uuid_send(request_id)"),
    (Identity, "deliveries", "recipient_sealed", "identity.delivery.recipient", "uuid_send(delivery_id)"),
    (Identity, "deliveries", "body_sealed", "identity.delivery.body", "uuid_send(delivery_id)"),
    (Identity, "signing_keys", "private_sealed", "identity.signing-key", "convert_to(kid, 'UTF8')"),
    (Membership, "applications", "form_sealed", "membership.form", "uuid_send(application_id)"),
    (Membership, "applications", "answers_sealed", "membership.answers", "uuid_send(application_id)"),
    (Membership, "applications", "name_sealed", "membership.name", "uuid_send(person_id)"),
    (Membership, "applications", "reason_sealed", "membership.reason", "uuid_send(application_id)"),
    (Membership, "application_steps", "reason_sealed", "membership.reason", "uuid_send(application_id)"),
    (Membership, "memberships", "name_sealed", "membership.name", "uuid_send(person_id)"),
    (Membership, "membership_steps", "reason_sealed", "membership.reason", "uuid_send(membership_id)"),
    (Membership, "card_keys", "private_sealed", "membership.card-key", "convert_to(kid, 'UTF8')"),
    (Membership, "files.uploads", "name_sealed", "files.upload.name", "uuid_send(upload_id)"),
    (Membership, "files.uploads", "clean_key_sealed", "files.object", "convert_to(clean_object, 'UTF8')"),
    (Membership, "files.parts", "key_sealed", "files.object", "convert_to(object, 'UTF8')"),
    (Membership, "letters.letters", "title_sealed", "letters.title", "uuid_send(letter_id)"),
    (Membership, "letters.letters", "body_sealed", "letters.body", "uuid_send(letter_id)"),
    (Events, "letters.letters", "title_sealed", "letters.title", "uuid_send(letter_id)"),
    (Events, "letters.letters", "body_sealed", "letters.body", "uuid_send(letter_id)"),
    (Events, "registrations", "person_name", "events.person-name", "uuid_send(registration_id)"),
    (Events, "registrations", "answers", "events.registration-answers", "uuid_send(registration_id)"),
    (Events, "files.uploads", "name_sealed", "files.upload.name", "uuid_send(upload_id)"),
    (Events, "files.uploads", "clean_key_sealed", "files.object", "convert_to(clean_object, 'UTF8')"),
    (Events, "files.parts", "key_sealed", "files.object", "convert_to(object, 'UTF8')"),
    (Events, "ticket_keys", "private_key", "events.ticket-key", "convert_to(key_id, 'UTF8')"),
    (Membership, "exports.exports", "purpose_sealed", "exports.purpose", "uuid_send(export_id)"),
    (Membership, "exports.exports", "file_key", "files.object", FILE),
    (Events, "exports.exports", "purpose_sealed", "exports.purpose", "uuid_send(export_id)"),
    (Events, "exports.exports", "file_key", "files.object", FILE),
    (Membership, "papers.papers", "facts_sealed", "papers.facts", "uuid_send(paper_id)"),
    (Membership, "papers.keys", "private_sealed", "papers.key", "convert_to(kid, 'UTF8')"),
    (Events, "papers.papers", "facts_sealed", "papers.facts", "uuid_send(paper_id)"),
    (Events, "papers.keys", "private_sealed", "papers.key", "convert_to(kid, 'UTF8')"),
    (Membership, "approvals.case_entries", "reason_sealed", "approvals.reason", "uuid_send(case_id)"),
    (Events, "approvals.case_entries", "reason_sealed", "approvals.reason", "uuid_send(case_id)"),
];

/// The name of an object of crates/exports.
const FILE: &str = "convert_to('exports/' || export_id || '/' || file_try, 'UTF8')";

/// The same in all services.
const ANSWERS: (&str, &str, &str, &str) = (
    "idempotency.requests",
    "response",
    "kit.idempotency.response",
    r"convert_to(caller, 'UTF8') || '\x00' || convert_to(method, 'UTF8') || '\x00' || convert_to(request_id, 'UTF8')",
);

/// Further columns of bytes that are not sealed. Neither are those whose names end in `_hash`.
const OPEN: &[(&str, &str)] = &[
    // Sealed by the module that owns the kind of job; those of identity are read by the test of the roll-out.
    ("jobs.jobs", "payload"),
    ("eventlog.event_log", "payload"),
    ("eventlog.outbox", "payload"),
    ("eventlog.quarantine", "payload"),
    ("throttles", "throttle_key"),
    // The key of a row there.
    ("authorization_requests", "counted_for"),
    ("pushed_requests", "counted_for"),
    ("device_sign_ins", "counted_for"),
    ("spent_challenges", "nonce"),
    ("card_keys", "public_key"),
    ("ticket_keys", "public_key"),
    ("papers.keys", "public_key"),
];

/// Columns that hold names of the contract, in capitals or not, with the prefix of their enumeration or without.
#[rustfmt::skip]
const WORDS: &[(Service, &str, &str, &str)] = &[
    (Identity, "codes", "purpose", "identity.v1.RequestCodeRequest.Purpose"),
    (Identity, "clients", "kind", "identity.v1.Client.Kind"),
    (Identity, "clients", "auth_method", "identity.v1.ClientAuthentication.Method"),
    (Identity, "clients", "id_token_algorithm", "identity.v1.ClientProtocol.IdTokenAlgorithm"),
    (Identity, "memberships", "category", "membership.v1.MembershipCategory"),
    (Identity, "memberships", "state", "membership.v1.Membership.State"),
    (Identity, "guardianships", "state", "identity.v1.GuardianshipState"),
    (Identity, "notice_choices", "category", "identity.v1.NoticeCategory"),
    (Identity, "notice_choices", "mail", "identity.v1.NoticeChoice.Mail"),
    (Membership, "divisions", "level", "membership.v1.Division.Level"),
    (Membership, "organisations", "kind", "membership.v1.Organisation.Kind"),
    (Membership, "organisations", "subject_class", "membership.v1.Organisation.SubjectClass"),
    (Membership, "applications", "state", "membership.v1.Application.State"),
    (Membership, "applications", "category", "membership.v1.MembershipCategory"),
    (Membership, "application_steps", "from_state", "membership.v1.Application.State"),
    (Membership, "application_steps", "to_state", "membership.v1.Application.State"),
    (Membership, "memberships", "state", "membership.v1.Membership.State"),
    (Membership, "memberships", "category", "membership.v1.MembershipCategory"),
    (Membership, "membership_steps", "from_state", "membership.v1.Membership.State"),
    (Membership, "membership_steps", "to_state", "membership.v1.Membership.State"),
    (Membership, "membership_steps", "ground", "membership.v1.SuspensionGround"),
    (Membership, "organisation_logos", "state", "membership.v1.Logo.State"),
    (Membership, "letters.letters", "state", "letters.v1.Letter.State"),
    (Events, "letters.letters", "state", "letters.v1.Letter.State"),
    (Events, "activities", "kind", "events.v1.Activity.Kind"),
    (Events, "activities", "state", "events.v1.Activity.State"),
    (Events, "registrations", "state", "events.v1.Registration.State"),
    (Events, "activity_covers", "state", "events.v1.Cover.State"),
    (Membership, "exports.exports", "kind", "exports.v1.Export.Kind"),
    (Membership, "exports.exports", "format", "exports.v1.Export.Format"),
    (Membership, "exports.exports", "language", "exports.v1.Export.Language"),
    (Membership, "exports.exports", "purpose", "exports.v1.Export.Purpose"),
    (Membership, "exports.exports", "state", "exports.v1.Export.State"),
    (Events, "exports.exports", "kind", "exports.v1.Export.Kind"),
    (Events, "exports.exports", "format", "exports.v1.Export.Format"),
    (Events, "exports.exports", "language", "exports.v1.Export.Language"),
    (Events, "exports.exports", "purpose", "exports.v1.Export.Purpose"),
    (Events, "exports.exports", "state", "exports.v1.Export.State"),
    (Membership, "papers.papers", "kind", "papers.v1.Paper.Kind"),
    (Events, "papers.papers", "kind", "papers.v1.Paper.Kind"),
    (Membership, "approvals.cases", "state", "approvals.v1.Case.State"),
    (Events, "approvals.cases", "state", "approvals.v1.Case.State"),
];

/// Checks all of it.
pub async fn check(conn: &mut PgConnection, service: Service, keys: &Keys) {
    sealed(conn, service, keys).await;
    events(conn, service).await;
    words(conn, service).await;
}

async fn sealed(conn: &mut PgConnection, service: Service, keys: &Keys) {
    let own = SEALED.iter().filter(|column| column.0 == service);
    let own = own.map(|&(_, table, column, purpose, context)| (table, column, purpose, context));
    let own: Vec<_> = own.chain([ANSWERS]).collect();
    for &(table, column, purpose, context) in &own {
        let query = format!("select {context}, {column} from {table} where {column} is not null");
        let rows: Vec<(Vec<u8>, Vec<u8>)> = sqlx::query_as(AssertSqlSafe(query))
            .fetch_all(&mut *conn)
            .await
            .unwrap();
        for (context, value) in rows {
            let opened = keys.open(purpose, &context, &value);
            assert!(opened.is_ok(), "{service} {table}.{column}: {opened:?}");
        }
    }
    let bytes: Vec<(String, String)> = sqlx::query_as(
        "select case table_schema when 'public' then '' else table_schema || '.' end || table_name, column_name
         from information_schema.columns
         where data_type = 'bytea' and table_schema not in ('pg_catalog', 'information_schema')
           and table_name <> '_sqlx_migrations' and column_name not like '%\\_hash'",
    )
    .fetch_all(&mut *conn)
    .await
    .unwrap();
    for (table, column) in bytes {
        let place = (table.as_str(), column.as_str());
        let known = OPEN.contains(&place) || own.iter().any(|one| (one.0, one.1) == place);
        assert!(known, "{service}: is {table}.{column} sealed, and how?");
    }
}

/// Every event of the log is a message of the contract, without a field that the contract does not know.
async fn events(conn: &mut PgConnection, service: Service) {
    let log = "select id, event_type, payload from eventlog.event_log order by position";
    let log: Vec<(Uuid, String, Vec<u8>)> = sqlx::query_as(log).fetch_all(conn).await.unwrap();
    for (id, event_type, payload) in log {
        // Every service may ask for notices.
        let package = match event_type.as_str() {
            "NoticeAsked" => "notices",
            _ => service.name(),
        };
        let name = format!("cast.{package}.v1.{event_type}");
        let message = proto::POOL.get_message_by_name(&name);
        let message = message.unwrap_or_else(|| panic!("{name} is not in the contract"));
        let event = DynamicMessage::decode(message, payload.as_slice()).unwrap();
        assert_eq!(event.unknown_fields().count(), 0, "{name} {id}");
    }
}

async fn words(conn: &mut PgConnection, service: Service) {
    let own = WORDS.iter().filter(|column| column.0 == service);
    for (_, table, column, name) in own {
        let contract = proto::POOL.get_enum_by_name(&format!("cast.{name}"));
        let contract = contract.unwrap_or_else(|| panic!("{name} is not in the contract"));
        let known = |word: &str| {
            let word = word.to_uppercase();
            let suffix = format!("_{word}");
            let mut values = contract.values();
            values.any(|value| value.name() == word || value.name().ends_with(&suffix))
        };
        for word in distinct(conn, table, column).await {
            assert!(known(&word), "{service} {table}.{column}: {word}");
        }
    }
    for role in distinct(conn, "access.grants", "role").await {
        assert!(roles::role(&role).is_some(), "{service}: role {role}");
    }
}

async fn distinct(conn: &mut PgConnection, table: &str, column: &str) -> Vec<String> {
    let query = format!("select distinct {column} from {table} where {column} is not null");
    sqlx::query_scalar(AssertSqlSafe(query))
        .fetch_all(conn)
        .await
        .unwrap()
}
