-- Letters of organisations to many people, in a schema of their own beside the tables of the service: a letter that is sent and its job commit
-- together.

create schema if not exists letters;

create table letters.letters (
    letter_id       uuid primary key,
    organisation_id uuid not null,
    -- Null: to members of the organisation.
    activity_id     uuid,
    -- Whose people it is for: the activity, or the organisation.
    owner_id        uuid not null generated always as (coalesce(activity_id, organisation_id)) stored,
    -- Name of the organisation, or title of the activity: public.
    sender          text not null,
    -- Purposes `letters.title` and `letters.body`, context the letter: a letter may name people.
    title_sealed    bytea not null,
    body_sealed     bytea not null,
    -- Names of the service's own groups; empty for all.
    groups          text[] not null,
    state           text not null check (state in ('DRAFT', 'SENDING', 'SENT', 'STOPPED')),
    version         bigint not null default 1,
    author_id       uuid not null,
    author_number   text not null,
    created_at      timestamptz not null,
    sender_id       uuid,
    sender_number   text,
    sent_at         timestamptz,
    finished_at     timestamptz,
    -- How many it was for when it was sent.
    recipients      bigint not null default 0,
    told            bigint not null default 0,
    left_out        bigint not null default 0,
    -- Those up to this key of the service have been told; null: none yet.
    told_key        text,
    constraint letters_sent_says_by_whom check ((state = 'DRAFT') = (sender_id is null) and (state = 'DRAFT') = (sender_number is null)
        and (state = 'DRAFT') = (sent_at is null)),
    constraint letters_finished check ((state in ('SENT', 'STOPPED')) = (finished_at is not null))
);
create index letters_of_owner on letters.letters (owner_id, letter_id);
-- How many were sent lately.
create index letters_sent on letters.letters (owner_id, sent_at) where sent_at is not null;
create index letters_drafts on letters.letters (author_id) where state = 'DRAFT';

-- Who wants no letters of an organisation.
create table letters.refusals (
    person_id       uuid not null,
    organisation_id uuid not null,
    refused_at      timestamptz not null,
    primary key (person_id, organisation_id)
);
