-- All tokens that came of one sign-in of a person at a site: of one code, renewed by refresh tokens.
create table token_families (
    family_id       uuid primary key,
    client_id       uuid not null references clients,
    person_id       uuid not null references persons,
    -- The session it came of. A family that is not offline lives as long as this.
    session_id      uuid references sessions on delete set null,
    -- The person allowed the site to act while they are signed out (`offline_access`).
    offline         boolean not null,
    -- A second use of the code ends the family.
    code_hash       bytea not null check (octet_length(code_hash) = 32),
    scopes          text[] not null,
    userinfo_claims text[] not null,
    id_token_claims text[] not null,
    auth_time       timestamptz not null,
    method          text not null,
    created_at      timestamptz not null,
    last_used_at    timestamptz not null,
    -- The absolute end.
    expires_at      timestamptz not null,
    ended_at        timestamptz,
    constraint token_families_of_one_code unique (code_hash)
) with (fillfactor = 80);
create index token_families_by_person on token_families (person_id, client_id) where ended_at is null;
create index token_families_by_session on token_families (session_id);
create index token_families_by_expiry on token_families (expires_at);

-- A refresh token is replaced with each use. Used ones are kept for a while: whoever presents one later has copied it.
create table refresh_tokens (
    -- SHA-256.
    token_hash bytea primary key check (octet_length(token_hash) = 32),
    family_id  uuid not null references token_families on delete cascade,
    created_at timestamptz not null,
    used_at    timestamptz
);
create index refresh_tokens_by_family on refresh_tokens (family_id);
create index refresh_tokens_used on refresh_tokens (used_at) where used_at is not null;

-- Which sites a session has signed in to, and since when they know that it has ended (OpenID Connect Back-Channel Logout 1.0).
create table site_sign_ins (
    session_id uuid not null references sessions on delete cascade,
    client_id  uuid not null references clients,
    person_id  uuid not null references persons,
    begun_at   timestamptz not null,
    told_at    timestamptz,
    primary key (session_id, client_id)
);
create index site_sign_ins_untold on site_sign_ins (client_id, session_id) where told_at is null;
