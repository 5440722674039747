-- Papers about records of the service, in a schema of their own beside its tables: a paper, its number and its audit record commit together.

create schema if not exists papers;

create table papers.papers (
    -- UUIDv7.
    paper_id         uuid primary key,
    -- Names of the contract: cast.papers.v1.Paper.
    kind             text not null check (kind in ('MEMBERSHIP', 'ATTENDANCE')),
    -- What it is about: a membership, a registration. No foreign key: the tables of the service are another schema.
    record_id        uuid not null,
    organisation_id  uuid not null,
    person_id        uuid not null,
    -- As printed, and its parts.
    number           text not null constraint papers_number unique,
    year             integer not null check (year between 2000 and 9999),
    serial           integer not null check (serial > 0),
    template         text not null,
    template_version integer not null check (template_version > 0),
    -- Holder, issuer and facts as they are printed: JSON, purpose `papers.facts`, context the paper.
    facts_sealed     bytea not null,
    issued_at        timestamptz not null,
    -- When another one was issued instead. Whether what it says still holds is asked of the record at the moment of verification.
    superseded_at    timestamptz
);
-- Of a record one paper is the present one.
create unique index papers_present on papers.papers (kind, record_id) where superseded_at is null;
create unique index papers_in_order on papers.papers (kind, organisation_id, year, serial);

-- The last serial number of an organisation, a kind and a year. Its row is locked until the paper is committed: no gaps.
create table papers.counters (
    kind            text not null,
    organisation_id uuid not null,
    year            integer not null,
    last            integer not null check (last > 0),
    primary key (kind, organisation_id, year)
);

-- The keys that sign links (Ed25519). The newest that is visible long enough signs; all that are not retired verify.
create table papers.keys (
    kid            text primary key,
    public_key     bytea not null check (octet_length(public_key) = 32),
    -- The seed, purpose `papers.key`, context kid.
    private_sealed bytea not null,
    created_at     timestamptz not null,
    signs_from     timestamptz,
    retired_at     timestamptz
);
