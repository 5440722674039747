-- What every service keeps besides its own facts: the local copies that access decisions need, the memory of answered
-- requests, and the audit trail.

create schema access;

-- In identity the truth, elsewhere a copy fed by its events. No foreign key to organisations: the two copies come from
-- two sources, and a grant on an organisation that is not known yet simply reaches nothing.
create table access.grants (
    grant_id        uuid primary key,
    person_id       uuid not null,
    role            text not null,
    organisation_id uuid not null
);
create index grants_by_person on access.grants (person_id);
create index grants_by_organisation on access.grants (organisation_id);

-- In membership written together with the truth, elsewhere a copy fed by its events.
create table access.organisations (
    organisation_id uuid primary key,
    parent_id       uuid,
    code            text not null,
    name            text not null,
    kind            text not null,
    division_code   text not null,
    subject_class   text not null,
    -- The ids from the root to this one: '/<id>/<id>/'. A grant on an organisation reaches every path that starts with its own.
    path            text collate "C" not null check (path ~ '^/([0-9a-f-]{36}/)+$')
);
create index organisations_by_path on access.organisations (path);
create index organisations_by_parent on access.organisations (parent_id);
create index organisations_by_code on access.organisations (code);

create schema idempotency;

-- One row for each request that carried a request_id and was carried out (AIP-155).
create table idempotency.requests (
    caller       text not null,
    method       text not null,
    request_id   text not null,
    -- Keyed hash of the whole request: it may contain secrets.
    request_hash bytea not null check (octet_length(request_hash) = 32),
    -- The encoded answer, encrypted: it may contain personal data. Null only inside the transaction that works on the request.
    response     bytea,
    created_at   timestamptz not null default now(),
    primary key (caller, method, request_id)
);
create index requests_by_age on idempotency.requests (created_at);

create schema audit;

-- Who did what to whom, when, from where, with what outcome.
create table audit.records (
    record_id   uuid primary key,
    occurred_at timestamptz not null,
    actor       text not null,
    action      text not null,
    subject     text not null,
    outcome     text not null,
    origin      text not null,
    user_agent  text not null,
    trace_id    text not null
);
create index records_by_actor on audit.records (actor, record_id desc);
create index records_by_subject on audit.records (subject, record_id desc);

create function audit.refuse() returns trigger language plpgsql as $$
begin
    raise exception 'the audit trail is append-only';
end
$$;

create trigger records_are_final before update or delete on audit.records
    for each row execute function audit.refuse();
create trigger records_are_kept before truncate on audit.records
    for each statement execute function audit.refuse();
