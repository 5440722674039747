-- What people upload, in its own schema beside the tables of the service, so that a record and the file that it refers to
-- commit together. The content is in the object store.

create schema if not exists files;

create table files.uploads (
    upload_id         uuid primary key,
    -- The person who uploads; only they go on with it, and only they claim it.
    owner_id          uuid not null,
    -- What it may be used for, and of what: an organisation, an activity.
    purpose           text not null check (purpose ~ '^[a-z][a-z0-9_]{0,39}$'),
    scope_id          uuid not null,
    -- The name that the file had on the owner's device.
    name_sealed       bytea not null,
    size_bytes        bigint not null check (size_bytes > 0),
    -- From the checked content.
    content_type      text,
    content_hash      bytea check (length(content_hash) = 32),
    -- The same picture without what the camera or the editor wrote into it.
    clean_object      text unique,
    clean_key_sealed  bytea,
    clean_hash        bytea check (length(clean_hash) = 32),
    clean_bytes       bigint,
    clean_type        text,
    created_at        timestamptz not null,
    -- Swept after this unless claimed.
    expires_at        timestamptz not null,
    -- All parts were there, and the content was what it may be.
    completed_at      timestamptz,
    -- A record refers to it.
    claimed_at        timestamptz,
    constraint uploads_complete check (
        (completed_at is null) = (content_type is null) and (completed_at is null) = (content_hash is null)
        and (completed_at is null) = (clean_object is null) and (clean_object is null) = (clean_key_sealed is null)
        and (clean_object is null) = (clean_hash is null) and (clean_object is null) = (clean_bytes is null)
        and (clean_object is null) = (clean_type is null)),
    constraint uploads_claimed_when_complete check (claimed_at is null or completed_at is not null)
);
-- How much one person has under way.
create index uploads_unclaimed_of_owner on files.uploads (owner_id) where claimed_at is null;
-- What is swept.
create index uploads_unclaimed on files.uploads (expires_at) where claimed_at is null;

-- The parts of an upload that have arrived. A part is an object of its own.
create table files.parts (
    upload_id   uuid not null references files.uploads on delete cascade,
    number      integer not null check (number > 0),
    object      text not null unique,
    key_sealed  bytea not null,
    part_hash   bytea not null check (length(part_hash) = 32),
    part_bytes  bigint not null check (part_bytes > 0),
    primary key (upload_id, number)
);

-- Objects that nothing refers to, or not yet: noted before an object is written, taken off by the transaction that refers
-- to it. So none is forgotten, whenever a process dies.
create table files.unreferenced (
    object   text primary key,
    -- Deleted from the store after this.
    due_at   timestamptz not null,
    -- Its deletion has begun: nothing can refer to it any more.
    deleting boolean not null default false
);
create index unreferenced_due on files.unreferenced (due_at);
