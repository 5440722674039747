-- Approval routes, in a schema of their own beside the tables of the service: a decision and what comes of it commit together.

create schema if not exists approvals;

create function approvals.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name;
end
$$;

-- Published versions; they never change. A definition is the JSON of crates/approvals.
create table approvals.route_versions (
    -- What walks the route: a word of the service.
    kind             text not null check (kind <> ''),
    organisation_id  uuid not null,
    -- 1, 2, 3 …
    number           integer not null check (number > 0),
    definition       text not null,
    -- Who worked on it, and who published it: none of them.
    editors          uuid[] not null check (cardinality(editors) > 0),
    publisher_id     uuid not null,
    publisher_number text not null,
    published_at     timestamptz not null,
    primary key (kind, organisation_id, number),
    check (publisher_id <> all (editors))
);
create trigger versions_are_final before update or delete on approvals.route_versions
    for each row execute function approvals.refuse_change();

-- The draft of the next version. The row stays when the draft is gone, so that its version goes on: who read one draft does not
-- publish another.
create table approvals.route_drafts (
    kind            text not null check (kind <> ''),
    organisation_id uuid not null,
    -- Null: there is no draft.
    definition      text,
    -- Who worked on it.
    editors         uuid[] not null,
    editor_numbers  text[] not null,
    version         bigint not null,
    changed_at      timestamptz not null,
    primary key (kind, organisation_id),
    check (cardinality(editors) = cardinality(editor_numbers)),
    check ((definition is not null) = (cardinality(editors) > 0))
);

-- What walks a route. Its history is in case_entries; what stands here follows from it, for lists.
create table approvals.cases (
    -- The id of what is decided.
    case_id         uuid primary key,
    kind            text not null,
    organisation_id uuid not null,
    -- The version that it keeps.
    route_version   integer not null,
    -- Those who handed it in, or worked on it: they never decide.
    handed_in       uuid[] not null check (cardinality(handed_in) > 0),
    state           text not null check (state in ('WAITING', 'RETURNED', 'PASSED', 'REJECTED', 'WITHDRAWN')),
    -- The step in which it waits, or waited last: 1, 2, 3 …
    step            smallint not null check (step > 0),
    -- Since when it has been in the step, and the working days for it.
    step_since      timestamptz not null,
    step_days       smallint not null check (step_days between 1 and 60),
    -- How many entries its history has.
    entries         integer not null check (entries > 0),
    foreign key (kind, organisation_id, route_version) references approvals.route_versions (kind, organisation_id, number)
);
create index cases_waiting on approvals.cases (kind, organisation_id, step_since, case_id) where state = 'WAITING';

-- What happened to a case.
create table approvals.case_entries (
    case_id       uuid not null references approvals.cases,
    -- 1, 2, 3 …
    number        integer not null check (number > 0),
    what          text not null check (what in ('SUBMITTED', 'PASSED', 'RETURNED', 'REJECTED', 'WITHDRAWN')),
    -- The step that was decided; 0 for what those do who hand in.
    step          smallint not null check ((step > 0) = (what in ('PASSED', 'RETURNED', 'REJECTED'))),
    person_id     uuid not null,
    person_number text not null,
    -- Whose place it was: of the same person, or of the one who is stood in for.
    seat_id       uuid not null,
    escalated     boolean not null default false,
    occurred_at   timestamptz not null,
    -- Why it was returned or refused (purpose approvals.reason, context: case_id).
    reason_sealed bytea,
    primary key (case_id, number)
);
create trigger entries_are_final before update or delete on approvals.case_entries
    for each row execute function approvals.refuse_change();

-- One person decides in the place of another.
create table approvals.delegations (
    delegation_id   uuid primary key,
    kind            text not null,
    organisation_id uuid not null,
    from_person_id  uuid not null,
    to_person_id    uuid not null,
    -- Days in China, both included.
    starts_on       date not null,
    ends_on         date not null,
    created_by      uuid not null,
    created_at      timestamptz not null,
    -- When it was ended before its last day.
    ended_at        timestamptz,
    check (ends_on >= starts_on),
    check (from_person_id <> to_person_id and to_person_id <> created_by)
);
create index delegations_in_force on approvals.delegations (kind, organisation_id, to_person_id) where ended_at is null;
