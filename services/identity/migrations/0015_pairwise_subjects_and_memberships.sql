-- Clients that know people by a subject of their organisation alone (OpenID Connect Core 1.0 section 8.1).
alter table clients add column pairwise_subjects boolean not null default false;

-- Whom such a subject means. It is made of the person by a keyed hash, so this leads back.
create table pairwise_subjects (
    subject         text primary key,
    organisation_id uuid not null,
    person_id       uuid not null references persons,
    constraint pairwise_subjects_once unique (organisation_id, person_id)
);

-- What is known here of memberships, by the events of membership: what a site of the very organisation may be told, and no more.
create table memberships (
    membership_id   uuid primary key,
    organisation_id uuid not null,
    person_id       uuid not null,
    -- Names of the contract.
    category        text not null,
    state           text not null,
    since           timestamptz not null
);
create index memberships_of_person on memberships (person_id, organisation_id);
