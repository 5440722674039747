-- Slices: who was what, from when to when. The numbers of any slice, with distinct people, are counted from these rows.
--
-- The version before this one goes on counting without writing here; a service that starts compares the rows with `totals` and
-- rebuilds if they differ.

-- Numbers of people, dense, for bitmaps. A number means nothing and never changes, so generations share them.
create table person_numbers (
    person_id uuid primary key,
    number integer generated always as identity (minvalue 0 start with 0) unique
);

-- What is known of people: gender (1 male, 2 female) and year of birth.
create table person_descriptions (
    generation integer not null,
    person integer not null,
    gender smallint not null check (gender between 0 and 2),
    birth_year smallint not null,
    -- The revision of identity's events with which it was written; see `revisions`.
    revision bigint not null,
    primary key (generation, person)
);
create index person_descriptions_by_revision on person_descriptions (generation, revision);

-- One row for each period of a state.
create table periods (
    generation integer not null,
    -- Which state: the codes of `periods::State`.
    state smallint not null,
    -- 0, 1, 2 … without gaps within generation and state.
    number integer not null,
    -- What is in the state: a person, a membership, an application, an activity, a registration.
    subject_id uuid not null,
    -- Whom it is about; null for activities.
    person integer,
    begun date not null,
    -- From the end of this day on it counts no more; null while it goes on, and for what only happens.
    ended date,
    -- The revision with which it ended; see `revisions`.
    end_revision bigint,
    -- Nil: belongs to no organisation.
    organisation_id uuid not null,
    -- GB/T 2260, six digits; 0: none known.
    division integer not null check (division between 0 and 999999),
    -- Category of the membership, kind of the activity: the numbers of the contract; 0: none.
    category smallint not null,
    activity_kind smallint not null,
    -- Whether this is a beginning and not a reinstatement.
    first boolean not null,
    -- Minutes credited.
    amount integer not null check (amount >= 0),
    -- The activity of a seat.
    activity_id uuid,
    primary key (generation, state, number)
);
create index periods_going_on on periods (subject_id, state, generation) where ended is null;
create index periods_of_activity on periods (activity_id, generation) where activity_id is not null and ended is null;
create index periods_by_end on periods (generation, state, end_revision) where end_revision is not null;

-- The next number of each state. The row is locked while periods are added, so numbers have no gaps.
create table period_counts (
    generation integer not null,
    state smallint not null,
    next integer not null,
    primary key (generation, state)
) with (fillfactor = 50);

-- Grows with every batch of events of a source that changed periods or descriptions, in the transaction that changes them. A reader who
-- has read up to a revision finds all that came later by the revisions alone.
create table revisions (
    generation integer not null,
    source text not null,
    revision bigint not null,
    primary key (generation, source)
) with (fillfactor = 50);

-- The names of all divisions (seeds/divisions.csv).
create table divisions (
    code text collate "C" primary key check (code ~ '^[0-9]{6}$'),
    name text not null check (name <> '')
);
