-- Files that registrants attach to their answers: what a registration refers to in files.uploads. A file whose row is gone is forgotten there
-- in the same transaction.
create table registration_files (
    -- In files.uploads, claimed.
    upload_id       uuid primary key,
    -- No foreign key: it would be checked row by row in the rush. invariants.sql checks it.
    registration_id uuid not null,
    attached_at     timestamptz not null
);
create index registration_files_of on registration_files (registration_id);

-- Registrants change their answers while registration is open. The version is the etag of the answers.
alter table registrations
    add column answers_version bigint not null default 1,
    -- Null: the answers are those with which the person registered.
    add column answers_changed_at timestamptz;
