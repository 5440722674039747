-- Identity: natural persons and how they prove who they are.
--
-- `_sealed` columns are encrypted with the data keys of the service (bound to the id of their row), `_hash` columns are
-- keyed hashes for equality look-ups, or plain SHA-256 where the value is a random secret of 256 bits.

create table persons (
    person_id     uuid primary key,
    -- 15 random digits and an ISO 7064 MOD 11-2 check character. Never changed, never given twice.
    person_number text not null,
    -- Where the person works, GB/T 2260; empty if unknown.
    division_code text not null default '' check (division_code ~ '^([0-9]{6})?$'),
    -- The real name, once verified.
    name_sealed   bytea,
    verified_at   timestamptz,
    version       bigint not null default 1,
    created_at    timestamptz not null,
    updated_at    timestamptz not null,
    constraint persons_number_is_unique unique (person_number),
    constraint persons_number_form check (person_number ~ '^[1-9][0-9]{14}[0-9X]$'),
    constraint persons_verified_with_name check ((name_sealed is null) = (verified_at is null))
);

-- What a person proved their identity with. One kind so far; each kind at most once a person.
create table documents (
    person_id     uuid not null references persons,
    kind          text not null check (kind in ('resident_id')),
    number_sealed bytea not null,
    number_hash   bytea not null check (octet_length(number_hash) = 32),
    -- The separate consent of PIPL art. 29, and the version of the text that was agreed to.
    consented_at  timestamptz not null,
    consent_text  text not null,
    verified_at   timestamptz not null,
    primary key (person_id, kind),
    -- One number, one person.
    constraint documents_number_is_unique unique (kind, number_hash)
);

create table accounts (
    account_id          uuid primary key,
    person_id           uuid not null references persons,
    display_name_sealed bytea not null,
    -- PHC string, argon2id.
    password_hash       text not null,
    password_changed_at timestamptz not null,
    -- Moves with everything that must reach the next access token.
    version             bigint not null default 1,
    created_at          timestamptz not null,
    constraint accounts_one_a_person unique (person_id)
);

-- Phone numbers and mail addresses that people sign in with.
create table addresses (
    address_hash   bytea primary key check (octet_length(address_hash) = 32),
    account_id     uuid not null references accounts,
    address_sealed bytea not null,
    created_at     timestamptz not null
);
create index addresses_by_account on addresses (account_id);

-- One-time codes.
create table codes (
    code_id        uuid primary key,
    purpose        text not null check (purpose in ('sign_up', 'sign_in', 'recover')),
    address_hash   bytea not null check (octet_length(address_hash) = 32),
    address_sealed bytea not null,
    -- Over the id, the purpose, the address and the code.
    code_hash      bytea not null check (octet_length(code_hash) = 32),
    -- Nobody was told the code: the message that went to the address said something else. Behaves like any other code.
    decoy          boolean not null,
    -- Where it was asked for; null if unknown.
    origin_hash    bytea,
    attempts       smallint not null default 0,
    created_at     timestamptz not null,
    expires_at     timestamptz not null,
    consumed_at    timestamptz
);
create index codes_by_address on codes (address_hash, created_at);
create index codes_by_origin on codes (origin_hash, created_at) where origin_hash is not null;
create index codes_by_age on codes (created_at);

-- Messages on their way to people.
create table deliveries (
    delivery_id      uuid primary key,
    kind             text not null check (kind in ('sms', 'mail')),
    -- Both are erased as soon as the message is sent.
    recipient_sealed bytea,
    body_sealed      bytea,
    -- Goes along with every try, so that a receiver can drop the second copy.
    idempotency_key  text not null unique,
    state            text not null default 'queued' check (state in ('queued', 'sending', 'sent', 'dead')),
    attempts         integer not null default 0,
    -- Queued: not before. Sending: the lease; after it another worker takes over.
    next_at          timestamptz not null,
    -- Of no use to anybody after this.
    expires_at       timestamptz not null,
    -- Without personal data.
    last_error       text not null default '',
    created_at       timestamptz not null,
    finished_at      timestamptz,
    constraint deliveries_erased_when_sent check (state <> 'sent' or (recipient_sealed is null and body_sealed is null))
);
create index deliveries_due on deliveries (next_at) where state in ('queued', 'sending');
create index deliveries_finished on deliveries (finished_at) where state in ('sent', 'dead');

-- Failed attempts and the pause they earned, by what is protected (an address, an origin, a person's verification).
create table throttles (
    throttle_key     bytea primary key check (octet_length(throttle_key) = 32),
    failures         integer not null,
    -- From here the time until the next failure is forgotten counts.
    forgetting_since timestamptz not null,
    blocked_until    timestamptz not null
) with (fillfactor = 70);
create index throttles_by_age on throttles (forgetting_since);

create table sessions (
    session_id    uuid primary key,
    account_id    uuid not null references accounts,
    -- SHA-256 of the cookie's secret.
    secret_hash   bytea not null check (octet_length(secret_hash) = 32),
    -- How the person proved themselves, RFC 8176: 'pwd', 'otp'.
    method        text not null check (method in ('pwd', 'otp')),
    -- In words, and shortened: what the person is shown.
    device        text not null,
    origin        text not null,
    created_at    timestamptz not null,
    last_used_at  timestamptz not null,
    expires_at    timestamptz not null,
    revoked_at    timestamptz,
    constraint sessions_secret_is_unique unique (secret_hash)
) with (fillfactor = 80);
create index sessions_by_account on sessions (account_id, last_used_at desc) where revoked_at is null;
create index sessions_by_expiry on sessions (expires_at);

-- Who gave which grant when. The grant itself, as access decisions read it, is access.grants.
create table grants (
    grant_id        uuid primary key references access.grants on delete cascade,
    person_id       uuid not null references persons,
    role            text not null,
    organisation_id uuid not null,
    given_by        text not null,
    given_at        timestamptz not null,
    constraint grants_given_once unique (person_id, role, organisation_id)
);
create index grants_of_organisation on grants (organisation_id, grant_id desc);

-- OAuth clients.
create table clients (
    client_id             uuid primary key,
    organisation_id       uuid not null,
    kind                  text not null check (kind in ('machine', 'web', 'public_app')),
    name                  text not null,
    scopes                text[] not null,
    redirect_uris         text[] not null,
    -- SHA-256; null for clients that can keep no secret.
    secret_hash           bytea check (octet_length(secret_hash) = 32),
    -- The one before, while it still works.
    old_secret_hash       bytea check (octet_length(old_secret_hash) = 32),
    old_secret_expires_at timestamptz,
    created_by            text not null,
    created_at            timestamptz not null,
    last_used_at          timestamptz,
    disabled_at           timestamptz,
    constraint clients_secret_by_kind check ((kind = 'public_app') = (secret_hash is null)),
    constraint clients_old_secret_expires check ((old_secret_hash is null) = (old_secret_expires_at is null))
);
create index clients_of_organisation on clients (organisation_id, client_id desc);

-- Authorization codes (RFC 6749 section 4.1.2). Kept for a while after use, so that a second use is noticed.
create table authorization_codes (
    code_hash      bytea primary key check (octet_length(code_hash) = 32),
    client_id      uuid not null references clients,
    person_id      uuid not null references persons,
    session_id     uuid not null references sessions,
    redirect_uri   text not null,
    scopes         text[] not null,
    nonce          text not null,
    -- PKCE S256 (RFC 7636).
    code_challenge text not null,
    created_at     timestamptz not null,
    expires_at     timestamptz not null,
    used_at        timestamptz
);
create index authorization_codes_by_age on authorization_codes (created_at);
create index authorization_codes_by_session on authorization_codes (session_id);

-- What a person has agreed to disclose to a client (PIPL art. 23).
create table authorization_consents (
    person_id uuid not null references persons,
    client_id uuid not null references clients,
    scope     text not null,
    given_at  timestamptz not null,
    primary key (person_id, client_id, scope)
);

-- What tokens are signed with. `next` is published before it signs, `retired` while tokens it signed may still be around.
create table signing_keys (
    kid            text primary key,
    algorithm      text not null check (algorithm in ('EdDSA', 'RS256')),
    state          text not null check (state in ('next', 'current', 'retired')),
    -- The public JWK (RFC 7517) as it is published.
    public_jwk     text not null,
    -- PKCS #8, sealed.
    private_sealed bytea not null,
    created_at     timestamptz not null,
    activated_at   timestamptz,
    retired_at     timestamptz
);
create unique index signing_keys_one_current on signing_keys (algorithm) where state = 'current';
create unique index signing_keys_one_next on signing_keys (algorithm) where state = 'next';
