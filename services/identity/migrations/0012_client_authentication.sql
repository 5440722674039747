-- How clients prove themselves. The version before knows secrets alone: a client without one is refused there, as it should be.
alter table clients add column auth_method text not null default 'client_secret'
    check (auth_method in ('client_secret', 'private_key_jwt'));
-- The public keys of a client that signs (RFC 7517), or where they are.
alter table clients add column jwks text;
alter table clients add column jwks_uri text;
alter table clients add constraint clients_keys_by_method
    check ((auth_method = 'private_key_jwt') = (num_nonnulls(jwks, jwks_uri) = 1));
-- A client that signs has no secret, and one that has changed back has none until it gets one.
alter table clients drop constraint clients_secret_by_kind;
alter table clients add constraint clients_secret_of_those_who_keep_one
    check (secret_hash is null or (kind <> 'public_app' and auth_method = 'client_secret'));

-- Signed tokens of clients that have served, until they would be void anyway: each of them proves something once.
create table spent_tokens (
    -- SHA-256 of what the token is for, who signed it and what it calls itself.
    token_hash bytea primary key check (octet_length(token_hash) = 32),
    expires_at timestamptz not null
);
create index spent_tokens_by_expiry on spent_tokens (expires_at);
