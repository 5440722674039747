-- Activities of organisations, the seats at them, attendance and what it is worth.
--
-- Locks: whoever changes an activity, its seats or who holds them locks the row in `seats` first. Then come the rows in
-- `activities` and `registrations`. Check-in takes no seat and gives none back: it locks the registration alone.

create table activities (
    activity_id uuid primary key,
    -- The organisation lives in membership; its name comes from the local copy.
    organisation_id uuid not null,
    title text not null check (char_length(title) between 2 and 100),
    -- The title as it is searched, and what it is found by: see activities/search.rs. A trigram index would not find the
    -- two-character words that Chinese titles are made of.
    title_search text not null,
    search_keys text[] not null,
    description text not null check (char_length(description) <= 5000),
    kind text not null
        check (kind in ('academic_meeting', 'lecture', 'popular_science', 'training', 'volunteering')),
    state text not null check (state in ('draft', 'published', 'cancelled')),
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    -- Null: until the start.
    registration_closes_at timestamptz,
    -- GB/T 2260, 6 digits; empty for online.
    division_code text collate "C" not null check (division_code ~ '^([0-9]{6})?$'),
    place text not null check (char_length(place) between 1 and 200),
    credit_minutes integer not null check (credit_minutes between 0 and 60000),
    cancel_reason text not null default '' check (char_length(cancel_reason) <= 500),
    -- The etag: counts the changes of this row.
    version bigint not null default 1,
    created_at timestamptz not null,
    published_at timestamptz,
    cancelled_at timestamptz,
    constraint activities_end_after_start check (ends_at > starts_at and ends_at <= starts_at + interval '8784 hours'),
    constraint activities_registration_within check (registration_closes_at <= ends_at),
    constraint activities_published_once check ((state = 'draft') = (published_at is null)),
    constraint activities_cancelled_with_reason
        check ((state = 'cancelled') = (cancelled_at is not null) and (state = 'cancelled') = (cancel_reason <> ''))
);

-- The public list is everything that ends after a moment, the earliest start first. That is what goes on at that moment (few
-- rows, found by the range) and then what starts later (read off the first index in order).
create index activities_by_start on activities (starts_at, activity_id) where state = 'published';
create index activities_going_on on activities using gist (tstzrange(starts_at, ends_at)) where state = 'published';
create index activities_by_division on activities (division_code, starts_at) where state = 'published';
create index activities_by_title on activities using gin (search_keys) where state = 'published';
-- The list of an organisation, in all states, and the public list of one organisation.
create index activities_by_organisation on activities (organisation_id, starts_at, activity_id);

-- The seats of one activity: the row that registrations queue for. Apart from the activity, because it changes with every
-- batch of registrations while the activity hardly ever does. Room within the page keeps these updates out of the index.
create table seats (
    activity_id uuid primary key references activities,
    capacity integer not null,
    -- Registrations that hold a seat now.
    taken integer not null default 0,
    -- The ordinal of the last registration: how many were ever admitted. Never goes back.
    admitted bigint not null default 0 check (admitted >= 0),
    constraint seats_capacity check (capacity between 1 and 1000000),
    -- The last line of defence: the rules never let it come to this.
    constraint seats_never_oversold check (taken between 0 and capacity)
) with (fillfactor = 50);

create table registrations (
    registration_id uuid primary key,
    -- No foreign key: it would be checked row by row in the rush. Activities are never deleted and the admission holds the
    -- lock on the activity's seats when it writes; invariants.sql checks it.
    activity_id uuid not null,
    -- 1, 2, 3 … in the order of admission.
    ordinal bigint not null check (ordinal > 0),
    person_id uuid not null,
    person_number text not null check (char_length(person_number) <= 32),
    -- The verified name, sealed (purpose `events.person-name`, context registration_id); null when it is not verified.
    person_name bytea,
    -- Where the person comes from: GB/T 2260 or empty.
    division_code text not null check (division_code ~ '^([0-9]{6})?$'),
    state text not null check (state in ('registered', 'attended', 'cancelled')),
    -- Names the request that made it, so that the same request again gives this registration and not a second one.
    request_id text check (char_length(request_id) between 1 and 64),
    created_at timestamptz not null,
    checked_in_at timestamptz,
    cancelled_at timestamptz,
    constraint registrations_attended_when check ((state = 'attended') = (checked_in_at is not null)),
    constraint registrations_cancelled_when check ((state = 'cancelled') = (cancelled_at is not null))
);

create unique index registrations_one_seat_a_person on registrations (activity_id, person_id)
    where state in ('registered', 'attended');
create unique index registrations_in_order on registrations (activity_id, ordinal);
create unique index registrations_by_request on registrations (person_id, request_id, activity_id)
    where request_id is not null;
create index registrations_by_person on registrations (person_id, registration_id);

-- What attendance was worth. One for a registration, whatever happens.
create table credits (
    credit_id uuid primary key,
    registration_id uuid not null references registrations constraint credits_once unique,
    activity_id uuid not null references activities,
    person_id uuid not null,
    minutes integer not null check (minutes between 1 and 60000),
    credited_at timestamptz not null
);
-- Covers the sum as well.
create index credits_by_person on credits (person_id, credit_id) include (minutes);

-- The keys that sign tickets (Ed25519). The newest signs; all verify, so that a ticket outlives a change of keys.
create table ticket_keys (
    key_id text primary key check (key_id ~ '^[A-Za-z0-9_-]{4,16}$'),
    -- 32 bytes, RFC 8032.
    public_key bytea not null check (octet_length(public_key) = 32),
    -- The seed, sealed (purpose `events.ticket-key`, context key_id).
    private_key bytea not null,
    created_at timestamptz not null
);
