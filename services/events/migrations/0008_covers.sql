-- Cover pictures of activities: one person proposes a picture, another one publishes it. The uploaded file is in the schema `files`.

-- What everybody sees: {"pictures": [{"hash", "width", "height"}], "alt_zh", "alt_en"}. A copy of what the tables below say, so that lists of
-- activities need no other table.
alter table activities add column cover jsonb;

create table activity_covers (
    cover_id     uuid primary key,
    activity_id  uuid not null references activities,
    -- In files.uploads; forgotten there when the cover is taken away.
    upload_id    uuid not null unique,
    state        text not null check (state in ('PROPOSED', 'PUBLISHED', 'WITHDRAWN', 'REPLACED')),
    -- What the picture shows.
    alt_zh       text not null check (alt_zh <> ''),
    alt_en       text not null,
    proposed_by  uuid not null,
    proposed_at  timestamptz not null,
    published_by uuid,
    -- When the state changed last.
    decided_at   timestamptz,
    constraint activity_covers_four_eyes check (published_by is null or published_by <> proposed_by),
    constraint activity_covers_are_published_by check (state not in ('PUBLISHED', 'REPLACED') or published_by is not null),
    constraint activity_covers_decided check ((state = 'PROPOSED') = (decided_at is null))
);
create unique index activity_covers_proposed on activity_covers (activity_id) where state = 'PROPOSED';
create unique index activity_covers_published on activity_covers (activity_id) where state = 'PUBLISHED';
create index activity_covers_of on activity_covers (activity_id, cover_id);

-- A published cover in one size, as an object that is not sealed.
create table cover_pictures (
    object       text primary key,
    cover_id     uuid not null references activity_covers,
    -- SHA-256 in hexadecimal digits: the public address.
    picture_hash text not null check (picture_hash ~ '^[0-9a-f]{64}$'),
    content_type text not null,
    width        integer not null check (width > 0),
    height       integer not null check (height > 0)
);
create index cover_pictures_by_hash on cover_pictures (picture_hash);
create index cover_pictures_of on cover_pictures (cover_id);
