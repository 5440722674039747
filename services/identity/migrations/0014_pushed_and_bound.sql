-- Authorization requests that sites have pushed (RFC 9126), until a browser brings their address.
create table pushed_requests (
    request_id        uuid primary key,
    -- SHA-256 of the part of the address that is by chance.
    uri_hash          bytea not null check (octet_length(uri_hash) = 32),
    client_id         uuid not null references clients,
    -- The parameters, sealed for the request: they may hold an address of a person.
    parameters_sealed bytea not null,
    -- The counter that it counts for, if its client does not prove itself.
    counted_for       bytea check (octet_length(counted_for) = 32),
    created_at        timestamptz not null,
    expires_at        timestamptz not null,
    constraint pushed_requests_of_one_address unique (uri_hash)
);
create index pushed_requests_by_expiry on pushed_requests (expires_at);
alter table clients add column pushed_requests_only boolean not null default false;

-- Tokens that are bound to a key of the client (RFC 9449): the thumbprint of the key (RFC 7638); null for bearer tokens. Of families it is
-- there for clients that do not prove themselves: their refresh tokens are bound too.
alter table clients add column dpop_only boolean not null default false;
alter table authorization_requests add column dpop_jkt text;
alter table authorization_codes add column dpop_jkt text;
alter table token_families add column dpop_jkt text;
