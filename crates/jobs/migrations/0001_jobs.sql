-- Work that a service does outside of a request, in its own schema beside the tables of the service, so that a change and
-- the job that follows from it commit together.

create schema if not exists jobs;

create table jobs.jobs (
    job_id          uuid primary key,
    -- Says which handler runs it.
    kind            text not null check (kind ~ '^[a-z][a-z0-9_.]{0,79}$'),
    state           text not null default 'queued' check (state in ('queued', 'running', 'paused', 'done', 'dead', 'cancelled')),
    -- Sealed by the module that owns the kind. Erased when the job is done or cancelled.
    payload         bytea,
    idempotency_key text not null unique,
    -- Tries since it was queued, or retried by an operator.
    attempts        integer not null default 0,
    -- Number of the last claim, never reset: a report for an earlier claim is too late.
    fence           bigint not null default 0,
    -- Queued: not before. Running: the lease; after it another worker takes over.
    next_at         timestamptz not null,
    -- Of no use after this; null: always of use.
    expires_at      timestamptz,
    -- Progress, in units of the handler; the total may be unknown.
    done            bigint not null default 0 check (done >= 0),
    total           bigint check (total >= 0),
    -- Without personal data.
    last_error      text not null default '',
    created_at      timestamptz not null,
    finished_at     timestamptz,
    constraint jobs_erased_at_the_end check (state not in ('done', 'cancelled') or payload is null),
    constraint jobs_end_has_a_time check ((finished_at is not null) = (state in ('done', 'dead', 'cancelled')))
);
-- "What is due?" and "how many wait?", for each kind.
create index jobs_due on jobs.jobs (kind, next_at) where state in ('queued', 'running');
-- The operators' lists.
create index jobs_by_state on jobs.jobs (kind, state, job_id);
-- What is swept.
create index jobs_finished on jobs.jobs (kind, finished_at) where state in ('done', 'dead', 'cancelled');

-- Kinds of which no job is started at the moment.
create table jobs.paused_kinds (
    kind      text primary key,
    paused_at timestamptz not null
);
