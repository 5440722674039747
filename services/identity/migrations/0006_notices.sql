-- What people are told. A row holds ids and what is public, as the name of an organisation; its words are made when it is read.

-- Requests for notices that were carried out: each once, also when an event is applied again. Kept longer than notices are made from old
-- events, so that a consumer that starts from the first event tells nothing twice.
create table asked_notices (
    source   text not null,
    event_id uuid not null,
    asked_at timestamptz not null,
    primary key (source, event_id)
);
create index asked_notices_by_age on asked_notices (asked_at);

create table notices (
    notice_id  uuid primary key,
    person_id  uuid not null references persons,
    -- A name of templates.toml.
    template   text not null check (template ~ '^[a-z_]{1,80}$'),
    -- The values of its parameters.
    params     jsonb not null,
    -- While a notice of the same group is unread, another one is added to it; null: each stands alone.
    group_key  text,
    -- How many it stands for.
    count      integer not null default 1 check (count > 0),
    -- When it was told; of several, the last time.
    told_at    timestamptz not null,
    read_at    timestamptz,
    -- When this row was written last: how open pages learn of it.
    changed_at timestamptz not null
);
create unique index notices_one_unread_a_group on notices (person_id, template, group_key)
    where read_at is null and group_key is not null;
create index notices_of_person on notices (person_id, told_at desc, notice_id desc);
create index notices_unread on notices (person_id, told_at desc, notice_id desc) where read_at is null;
create index notices_changed on notices (changed_at);
create index notices_by_age on notices (told_at);

-- By which way a person wants to be told; without a row as the rules say.
create table notice_choices (
    person_id  uuid not null references persons,
    category   text not null check (category in ('APPLICATIONS', 'ACTIVITIES', 'GUARDIANS', 'DESK')),
    mail       text not null check (mail in ('OFF', 'AT_ONCE', 'DAILY')),
    sms        boolean not null,
    changed_at timestamptz not null,
    primary key (person_id, category)
);
