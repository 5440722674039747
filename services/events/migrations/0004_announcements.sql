-- What registrants are to be told about an activity. Written with the change; a worker tells them chunk by chunk, so that the change does not
-- take longer the more there are.
create table announcements (
    announcement_id uuid primary key,
    activity_id     uuid not null references activities,
    kind            text not null check (kind in ('changed', 'cancelled')),
    -- Mail and SMS do not wait for the morning: it begins soon.
    urgent          boolean not null,
    -- Those admitted later have registered for the activity as it is now.
    until_ordinal   bigint not null,
    -- Those up to here have been told.
    told_ordinal    bigint not null default 0,
    created_at      timestamptz not null,
    finished_at     timestamptz
);
create index announcements_finished on announcements (finished_at);
