-- The gapless event log of one service. Everything lives in its own schema, beside the tables of the service, so that a
-- business change and its event commit together.

create schema if not exists eventlog;

-- Where a command leaves an event, in its own transaction. Rows stay here for milliseconds: the relay moves them to the
-- log. `seq` orders them; it has gaps (rolled back commands) and rows become visible out of order, which is why it is not
-- the position.
create table eventlog.outbox (
    seq bigint generated always as identity primary key,
    id uuid not null,
    -- Both become tokens of a NATS subject.
    aggregate text not null check (aggregate ~ '^[A-Za-z][A-Za-z0-9_]{0,79}$'),
    aggregate_id uuid not null,
    event_type text not null check (event_type ~ '^[A-Za-z][A-Za-z0-9_]{0,79}$'),
    -- NATS carries 1 MiB a message unless it is told otherwise.
    payload bytea not null check (octet_length(payload) <= 524288),
    occurred_at timestamptz not null,
    -- W3C trace context, version 00.
    traceparent text check (traceparent ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$'),
    queued_at timestamptz not null default now()
);

-- A queue in a table: every row is deleted soon, so clean up early instead of at a share of a table that is always empty.
alter table eventlog.outbox set (
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0
);

-- The log itself: position 1, 2, 3 … without a gap.
create table eventlog.event_log (
    position bigint primary key check (position > 0),
    id uuid not null unique,
    aggregate text not null,
    aggregate_id uuid not null,
    event_type text not null,
    payload bytea not null,
    occurred_at timestamptz not null,
    traceparent text,
    logged_at timestamptz not null default now()
);

create function eventlog.refuse() returns trigger
    language plpgsql
as $$
begin
    raise exception 'eventlog.event_log is append-only: % refused', lower(tg_op)
        using errcode = 'restrict_violation';
end
$$;

create trigger append_only
    before update or delete or truncate on eventlog.event_log
    for each statement execute function eventlog.refuse();

-- How far the relay is: `head` is the last position given, `published` the last that NATS has acknowledged.
-- One row, updated by every batch: leave room to do that within its page.
create table eventlog.relay (
    singleton boolean primary key default true check (singleton),
    head bigint not null default 0 check (head >= 0),
    published bigint not null default 0,
    check (published between 0 and head)
) with (fillfactor = 25);

insert into eventlog.relay default values;

-- How far a consumer of this service is in the log of another one.
create table eventlog.checkpoint (
    consumer text not null,
    source text not null,
    position bigint not null default 0 check (position >= 0),
    -- The event at `position`. If the source has another one there, its log was rewritten (a restored backup, a failover
    -- that lost commits) and this consumer must be rebuilt.
    event_id uuid check ((event_id is null) = (position = 0)),
    moved_at timestamptz not null default now(),
    primary key (consumer, source)
) with (fillfactor = 50);

-- Events that a consumer could not apply, and those of the same aggregate that wait behind them.
create table eventlog.quarantine (
    consumer text not null,
    source text not null,
    position bigint not null,
    id uuid not null,
    aggregate text not null,
    aggregate_id uuid not null,
    event_type text not null,
    payload bytea not null,
    occurred_at timestamptz not null,
    traceparent text,
    error text not null,
    quarantined_at timestamptz not null default now(),
    attempts integer not null default 1,
    primary key (consumer, source, position)
);

-- "Does an event of this aggregate already wait?" is asked for every batch.
create index on eventlog.quarantine (aggregate_id, consumer, source, position);
-- The list, oldest first.
create index on eventlog.quarantine (quarantined_at, position);
