-- What else a client is registered with. The version before knows nothing of it and leaves the defaults.
alter table clients add column post_logout_redirect_uris text[] not null default '{}';
alter table clients add column backchannel_logout_uri text;
alter table clients add column pkce_optional boolean not null default false;
alter table clients add column secret_expires_at timestamptz;
alter table clients add column version bigint not null default 1;
