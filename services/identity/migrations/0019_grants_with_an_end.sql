-- Grants that end on a day, what has been granted before, and grants of two people.
--
-- The version before this one goes on giving and taking without looking here: the triggers keep the history for it.

-- The last day, in China; null: until it is taken.
alter table grants add column last_day date;
-- The day on which the holder was told that it ends soon.
alter table grants add column reminded_on date;
create index grants_by_last_day on grants (last_day) where last_day is not null;

-- Who held what, from when, until when. Rows are never removed.
create table grant_history (
    grant_id        uuid primary key,
    person_id       uuid not null references persons,
    role            text not null,
    organisation_id uuid not null,
    given_by        text not null,
    given_at        timestamptz not null,
    -- Actors as in audit records; empty where the version before this one took it.
    ended_by        text,
    ended_at        timestamptz,
    check ((ended_by is null) = (ended_at is null))
);
create index grant_history_by_organisation on grant_history (organisation_id, grant_id desc);
create index grant_history_by_person on grant_history (person_id);

insert into grant_history (grant_id, person_id, role, organisation_id, given_by, given_at)
select grant_id, person_id, role, organisation_id, given_by, given_at from grants;

create function keep_grant() returns trigger language plpgsql as $$
begin
    insert into grant_history (grant_id, person_id, role, organisation_id, given_by, given_at)
    values (new.grant_id, new.person_id, new.role, new.organisation_id, new.given_by, new.given_at)
    on conflict do nothing;
    return null;
end $$;
create trigger grants_are_kept after insert on grants for each row execute function keep_grant();

create function end_grant() returns trigger language plpgsql as $$
begin
    update grant_history set ended_by = '', ended_at = now() where grant_id = old.grant_id and ended_at is null;
    return null;
end $$;
create trigger ended_grants_are_kept after delete on grants for each row execute function end_grant();

-- To give or take a role that two people give and take.
create table grant_proposals (
    proposal_id     uuid primary key,
    action          text not null check (action in ('give', 'take')),
    person_id       uuid not null references persons,
    role            text not null,
    organisation_id uuid not null,
    reason          text not null check (reason <> ''),
    proposed_by     uuid not null references persons,
    proposed_at     timestamptz not null,
    expires_at      timestamptz not null,
    state           text not null check (state in ('waiting', 'approved', 'declined', 'withdrawn', 'expired')),
    decided_by      uuid references persons,
    decided_at      timestamptz
);
create index grant_proposals_of_organisation on grant_proposals (organisation_id, proposal_id desc);
create unique index one_waiting_proposal on grant_proposals (action, person_id, role, organisation_id) where state = 'waiting';
