-- Throttles that a stranger cannot turn against the owner of an account.

-- Browsers that have signed in to an account before. What strangers do does not slow them down.
create table devices (
    device_id      uuid primary key,
    account_id     uuid not null references accounts,
    -- Keyed hash of the cookie's secret, which changes with every sign-in.
    secret_hash    bytea not null check (octet_length(secret_hash) = 32),
    -- The secret before, for a while: the answer with the new one may have been lost.
    previous_hash  bytea check (octet_length(previous_hash) = 32),
    previous_until timestamptz,
    created_at     timestamptz not null,
    last_used_at   timestamptz not null,
    expires_at     timestamptz not null,
    -- Several people may use one browser.
    constraint devices_secret_once_an_account unique (account_id, secret_hash),
    constraint devices_previous_ends check ((previous_hash is null) = (previous_until is null))
);
create index devices_by_secret on devices (secret_hash);
create index devices_by_previous_secret on devices (previous_hash) where previous_hash is not null;
create index devices_by_expiry on devices (expires_at);

-- Proofs of work that have served, until they would be void anyway.
create table spent_challenges (
    nonce      bytea primary key check (octet_length(nonce) = 16),
    expires_at timestamptz not null
);
create index spent_challenges_by_expiry on spent_challenges (expires_at);

-- A code belongs to where it was asked for: wrong tries from elsewhere are counted apart, so that they do not void it.
alter table codes add column attempts_elsewhere smallint not null default 0;
-- The known device it was asked for with; null: a stranger's request.
alter table codes add column device_id uuid;
