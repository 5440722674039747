-- Exports of lists as files, in a schema of their own beside the tables of the service: a request for one and its audit record commit
-- together.

create schema if not exists exports;

create table exports.exports (
    export_id        uuid primary key,
    -- Names of the contract: cast.exports.v1.Export.
    kind             text not null check (kind in ('MEMBERS', 'REGISTRATIONS')),
    organisation_id  uuid not null,
    activity_id      uuid,
    -- Name of the organisation, or title of the activity: public.
    title            text not null,
    requester_id     uuid not null,
    requester_number text not null,
    format           text not null check (format in ('CSV', 'XLSX')),
    language         text not null check (language in ('ZH', 'EN')),
    columns          text[] not null check (cardinality(columns) > 0),
    -- What the service needs to find the rows; no personal data.
    filter           jsonb not null,
    purpose          text not null check (purpose in
        ('MEMBER_SERVICE', 'ACTIVITY_ORGANISATION', 'STATISTICS', 'ELECTION', 'OTHER')),
    -- Purpose `exports.purpose`, context the export.
    purpose_sealed   bytea not null,
    state            text not null default 'WAITING' check (state in
        ('WAITING', 'RUNNING', 'READY', 'FAILED', 'CANCELLED', 'EXPIRED', 'REVOKED', 'OUTDATED')),
    failure          text check (failure in ('TOO_LARGE', 'NOT_FINISHED')),
    created_at       timestamptz not null,
    ended_at         timestamptz,
    -- The number of the last try that may have left a file, 0 if none: the names of files end in it.
    tries            bigint not null default 0,
    -- Whether files of this export may still be there although it has none any more.
    swept            boolean not null default true,
    -- Of the file. Its moment, and how many consents were withdrawn then: another number later means another list.
    read_at          timestamptz,
    withdrawals      bigint,
    -- Whether it shows what only the organisation itself may see.
    whole            boolean,
    rows             bigint,
    file_try         bigint,
    file_size        bigint,
    file_hash        bytea,
    -- Sealed by crates/files.
    file_key         bytea,
    expires_at       timestamptz,
    downloads        integer not null default 0,
    constraint exports_ready_has_a_file check (state <> 'READY' or
        (read_at is not null and withdrawals is not null and whole is not null and rows is not null and file_try is not null
         and file_size is not null and file_hash is not null and file_key is not null and expires_at is not null)),
    constraint exports_failed_says_why check ((failure is not null) = (state = 'FAILED')),
    constraint exports_without_a_file_has_no_key check (state = 'READY' or file_key is null)
);
-- Of a person for an organisation one is made at a time.
create unique index exports_running on exports.exports (requester_id, organisation_id) where state = 'RUNNING';
create index exports_waiting on exports.exports (requester_id, organisation_id, export_id) where state = 'WAITING';
create index exports_of_requester on exports.exports (requester_id, export_id);
create index exports_of_organisation on exports.exports (organisation_id, export_id);
-- What is swept.
create index exports_ready on exports.exports (expires_at) where state = 'READY';
create index exports_unswept on exports.exports (export_id) where not swept;
