-- Requests of sites are counted for the network that made them: the key in `throttles`, a keyed hash. Those of the version before are not.
alter table authorization_requests add column counted_for bytea check (octet_length(counted_for) = 32);

-- When it is next looked whether the session of a sign-in at a site has ended by time: when that would be, and once a day in any case. The
-- version before leaves the present, so that its rows are looked at soon.
alter table site_sign_ins add column look_at timestamptz not null default now();
create index site_sign_ins_to_look_at on site_sign_ins (look_at) where told_at is null;
-- What is found by it is found by the new one.
drop index site_sign_ins_untold;
