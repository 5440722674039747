-- Organisations and who belongs to them.
--
-- States, kinds and categories are stored under their names in the contract (proto/cast/membership/v1).
-- Columns that end in `_sealed` are encrypted by the service (purpose and context stand beside each), those that end in
-- `_hash` are keyed hashes for equality look-ups.

-- Divisions -----------------------------------------------------------------------------------------------------------

-- Administrative divisions of China (GB/T 2260), from seeds/divisions.csv.
create table divisions (
    code        text collate "C" primary key check (code ~ '^[0-9]{6}$'),
    name        text not null,
    level       text not null check (level in ('PROVINCE', 'CITY', 'COUNTY')),
    parent_code text collate "C" references divisions,
    -- False once a later edition no longer has it: stored addresses keep it, new ones cannot use it.
    in_use      boolean not null default true,
    check ((level = 'PROVINCE') = (parent_code is null))
);
create index divisions_by_parent on divisions (parent_code, code);

-- Organisations -------------------------------------------------------------------------------------------------------

-- One form for what is searched and for what is searched for: full-width and capital letters become plain small ones.
create function search_fold(value text) returns text
    language sql immutable strict parallel safe
    return lower(normalize(value, NFKC) collate "C");

-- All single characters and all pairs of neighbours. Trigrams, as pg_trgm makes them, are of no use for Chinese, where most
-- words have two characters.
create function search_grams(value text) returns text[]
    language sql immutable strict parallel safe
begin atomic
    select coalesce(array_agg(distinct grams.gram), '{}')
    from (select substr(value, place.at, size.of) as gram
          from generate_series(1, length(value)) as place (at), generate_series(1, 2) as size (of)) as grams
    where grams.gram !~ '\s';
end;

create table organisations (
    organisation_id      uuid primary key,
    parent_id            uuid references organisations,
    -- The ids from the root to this one: '/<id>/<id>/'.
    path                 text collate "C" not null,
    code                 text collate "C" not null constraint organisation_code unique check (code ~ '^[A-Z0-9][A-Z0-9-]{0,19}$'),
    name                 text not null check (name <> '' and name !~ '\n'),
    short_name           text not null default '' check (short_name !~ '\n'),
    kind                 text not null check (kind in
        ('HEADQUARTERS', 'REGIONAL_ASSOCIATION', 'NATIONAL_SOCIETY', 'LOCAL_SOCIETY', 'BRANCH', 'GRASSROOTS')),
    division_code        text collate "C" references divisions,
    subject_class        text not null check (subject_class in
        ('SUBJECT_CLASS_UNSPECIFIED', 'SCIENCE', 'ENGINEERING', 'AGRICULTURE', 'MEDICINE', 'INTERDISCIPLINARY')),
    introduction         text not null default '',
    website              text not null default '',
    accepts_applications boolean not null default false,
    version              bigint not null default 1,
    established_at       timestamptz not null,
    changed_at           timestamptz not null,
    -- What people search for, a line each: code, code without hyphens, short name, name. Each line has a line break on both sides.
    search_text          text collate "C" not null generated always as (search_fold(
        E'\n' || code || E'\n' || replace(code, '-', '') || E'\n' || short_name || E'\n' || name || E'\n')) stored,
    -- Characters of the shorter of name and short name: whoever is called exactly what is searched for comes first.
    name_length          integer not null generated always as (least(length(name), length(nullif(short_name, '')))) stored,
    check ((kind = 'HEADQUARTERS') = (parent_id is null)),
    check (path like '%/' || organisation_id::text || '/')
);
create unique index one_headquarters on organisations (kind) where kind = 'HEADQUARTERS';
-- The lists by code. Those within a division are sorted when they are asked for: a province has some thousands.
create index organisations_by_parent on organisations (parent_id, code);
create index organisations_by_kind on organisations (kind, code);
create index organisations_by_subject on organisations (subject_class, code) where subject_class <> 'SUBJECT_CLASS_UNSPECIFIED';
create index organisations_by_division on organisations (division_code) include (code, organisation_id);
-- Search: what few names contain is found by its characters, what many contain by walking from the short names to the long ones.
create index organisations_by_grams on organisations using gin (search_grams(search_text)) with (fastupdate = off);
create index organisations_by_length on organisations (name_length, code) include (organisation_id, search_text);

-- Member numbers ------------------------------------------------------------------------------------------------------

-- What the member numbers of an organisation start with, and the last of its seven digits given out. An organisation gets its
-- row when it first takes applications, and keeps it for good. Three characters name 46,656 organisations at most, so not every
-- grass-roots body can have them in advance.
create table number_ranges (
    organisation_id uuid primary key references organisations,
    prefix          text collate "C" not null constraint number_prefix unique check (prefix ~ '^[0-9A-Z]{3}$'),
    last            integer not null default 0 check (last between 0 and 9999999)
) with (fillfactor = 50);

-- Counts the prefixes that were made up (src/numbers/rules.rs says how).
create sequence made_up_prefixes minvalue 0 start 0;

-- Consents ------------------------------------------------------------------------------------------------------------

-- That an organisation may have data of a person (PIPL art. 23). Withdrawn consents stay: they prove that it was lawful until then.
create table consents (
    consent_id      uuid primary key,
    person_id       uuid not null,
    organisation_id uuid not null references organisations,
    -- The edition of the text and the text itself, as it was agreed to.
    purpose_edition text not null,
    purpose         text not null,
    fields          text[] not null check (cardinality(fields) > 0 and fields <@ array['name', 'form']),
    given_at        timestamptz not null,
    withdrawn_at    timestamptz check (withdrawn_at >= given_at)
);
create unique index one_standing_consent on consents (person_id, organisation_id, purpose_edition) where withdrawn_at is null;
create index consents_by_person on consents (person_id, consent_id desc);

-- Applications --------------------------------------------------------------------------------------------------------

create table applications (
    application_id    uuid primary key,
    organisation_id   uuid not null references organisations,
    person_id         uuid not null,
    person_number     text collate "C" not null check (person_number <> ''),
    state             text not null check (state in
        ('DRAFT', 'IN_FIRST_REVIEW', 'IN_FINAL_REVIEW', 'RETURNED', 'APPROVED', 'REJECTED', 'WITHDRAWN')),
    category          text not null check (category in ('ORDINARY', 'STUDENT', 'SENIOR')),
    -- An encoded cast.membership.v1.ApplicationForm (purpose membership.form, context: application_id).
    form_sealed       bytea not null,
    -- The verified name when it was last handed in (purpose membership.name, context: person_id).
    name_sealed       bytea,
    -- Where the applicant works, from the form as it was last handed in.
    division_code     text collate "C" references divisions,
    -- The consent under which it was last handed in: while it stands, the organisation sees name and form.
    consent_id        uuid references consents,
    -- Who passed the first review since it was last handed in, and so cannot approve.
    first_reviewer_id uuid,
    -- Why it was returned or rejected (purpose membership.reason, context: application_id).
    reason_sealed     bytea,
    -- The states it has been in: bit n for the state with number n in the contract.
    entered           smallint not null,
    returns           smallint not null default 0,
    version           bigint not null default 1,
    created_at        timestamptz not null,
    submitted_at      timestamptz,
    decided_at        timestamptz,
    check ((decided_at is not null) = (state in ('APPROVED', 'REJECTED', 'WITHDRAWN'))),
    check (num_nulls(submitted_at, consent_id, name_sealed, division_code) in (0, 4)),
    check (submitted_at is not null or state in ('DRAFT', 'WITHDRAWN')),
    check (submitted_at is null or state <> 'DRAFT'),
    check (first_reviewer_id is not null or state not in ('IN_FINAL_REVIEW', 'APPROVED', 'REJECTED')),
    check ((reason_sealed is not null) = (state in ('RETURNED', 'REJECTED')))
);
create unique index one_open_application on applications (person_id, organisation_id)
    where state in ('DRAFT', 'IN_FIRST_REVIEW', 'IN_FINAL_REVIEW', 'RETURNED');
create index applications_by_person on applications (person_id, application_id desc);
-- The review desk, which sees what was handed in; the longest waiting first.
create index applications_for_review on applications (organisation_id, state, submitted_at, application_id)
    where submitted_at is not null;

-- What happened to an application.
create table application_steps (
    application_id uuid not null references applications,
    -- The version of the application that the step made.
    version        bigint not null,
    occurred_at    timestamptz not null,
    -- Null for the first step.
    from_state     text,
    to_state       text not null,
    actor          text not null check (actor in ('applicant', 'staff')),
    actor_id       uuid not null,
    actor_number   text not null,
    -- Purpose membership.reason, context: application_id.
    reason_sealed  bytea,
    primary key (application_id, version)
);

-- Memberships ---------------------------------------------------------------------------------------------------------

create table memberships (
    membership_id   uuid primary key,
    organisation_id uuid not null references organisations,
    person_id       uuid not null,
    person_number   text collate "C" not null check (person_number <> ''),
    application_id  uuid not null constraint one_membership_an_application unique references applications,
    member_number   text collate "C" not null constraint member_number unique check (member_number ~ '^[0-9A-Z]{3}[0-9]{7}[MH]$'),
    category        text not null check (category in ('ORDINARY', 'STUDENT', 'SENIOR')),
    state           text not null check (state in ('ACTIVE', 'SUSPENDED', 'RESIGNED')),
    -- Where the member works, from the application.
    division_code   text collate "C" not null references divisions,
    consent_id      uuid not null references consents,
    -- Purpose membership.name, context: person_id.
    name_sealed     bytea not null,
    -- Of organisation and name: equal names in two organisations do not look equal.
    name_hash       bytea not null check (octet_length(name_hash) = 32),
    joined_on       date not null,
    version         bigint not null default 1,
    created_at      timestamptz not null,
    changed_at      timestamptz not null
);
create unique index one_membership_in_force on memberships (person_id, organisation_id) where state in ('ACTIVE', 'SUSPENDED');
create index memberships_by_person on memberships (person_id, membership_id desc);
-- The members of an organisation, sorted by number: all, those in one state, those of one category.
create index memberships_by_number on memberships (organisation_id, member_number);
create index memberships_by_state on memberships (organisation_id, state, member_number);
create index memberships_by_category on memberships (organisation_id, category, member_number);
create index memberships_by_person_number on memberships (organisation_id, person_number);
create index memberships_by_name on memberships (organisation_id, name_hash);

-- What happened to a membership after it began.
create table membership_steps (
    membership_id uuid not null references memberships,
    -- The version of the membership that the step made.
    version       bigint not null,
    occurred_at   timestamptz not null,
    from_state    text not null,
    to_state      text not null,
    -- `member` or `staff`.
    actor         text not null check (actor in ('member', 'staff')),
    actor_id      text not null,
    -- Purpose membership.reason, context: membership_id.
    reason_sealed bytea,
    primary key (membership_id, version)
);

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end
$$;
create trigger steps_are_final before update or delete on application_steps
    for each row execute function refuse_change();
create trigger steps_are_final before update or delete on membership_steps
    for each row execute function refuse_change();

-- Member cards --------------------------------------------------------------------------------------------------------

-- The keys that sign member cards. The newest signs, all of them verify.
create table card_keys (
    -- RFC 7638 thumbprint.
    kid            text primary key,
    -- Ed25519, 32 bytes.
    public_key     bytea not null check (octet_length(public_key) = 32),
    -- The 32 bytes of the seed (purpose membership.card-key, context: kid).
    private_sealed bytea not null,
    created_at     timestamptz not null
);
