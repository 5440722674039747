-- Files that applicants attach to their answers: what an application refers to in files.uploads. A file whose row is gone is forgotten there in
-- the same transaction.
create table application_files (
    -- In files.uploads, claimed.
    upload_id      uuid primary key,
    application_id uuid not null references applications,
    attached_at    timestamptz not null
);
create index application_files_of on application_files (application_id);
