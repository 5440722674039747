-- Logos of organisations: one person proposes a picture, another one publishes it. The uploaded file is in the schema `files`.

-- What everybody sees: {"pictures": [{"hash", "width", "height"}], "alt_zh", "alt_en"}. A copy of what the tables below say, so
-- that lists of organisations need no other table.
alter table organisations add column logo jsonb;

create table organisation_logos (
    logo_id         uuid primary key,
    organisation_id uuid not null references organisations,
    -- In files.uploads; forgotten there when the logo is taken away.
    upload_id       uuid not null unique,
    state           text not null check (state in ('PROPOSED', 'PUBLISHED', 'WITHDRAWN', 'REPLACED')),
    -- What the picture shows.
    alt_zh          text not null check (alt_zh <> ''),
    alt_en          text not null,
    proposed_by     uuid not null,
    proposed_at     timestamptz not null,
    published_by    uuid,
    -- When the state changed last.
    decided_at      timestamptz,
    constraint organisation_logos_four_eyes check (published_by is null or published_by <> proposed_by),
    constraint organisation_logos_published check (state not in ('PUBLISHED', 'REPLACED') or published_by is not null),
    constraint organisation_logos_decided check ((state = 'PROPOSED') = (decided_at is null))
);
create unique index organisation_logos_proposed on organisation_logos (organisation_id) where state = 'PROPOSED';
create unique index organisation_logos_published on organisation_logos (organisation_id) where state = 'PUBLISHED';
create index organisation_logos_of on organisation_logos (organisation_id, logo_id);

-- A published logo in one size, as an object that is not sealed.
create table logo_pictures (
    object        text primary key,
    logo_id       uuid not null references organisation_logos,
    -- SHA-256 in hexadecimal digits: the public address.
    picture_hash  text not null check (picture_hash ~ '^[0-9a-f]{64}$'),
    content_type  text not null,
    width         integer not null check (width > 0),
    height        integer not null check (height > 0)
);
create index logo_pictures_by_hash on logo_pictures (picture_hash);
create index logo_pictures_of on logo_pictures (logo_id);
