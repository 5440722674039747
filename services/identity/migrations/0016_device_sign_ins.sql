-- Sign-ins of devices without a browser (RFC 8628), while a person confirms them elsewhere.
create table device_sign_ins (
    sign_in_id       uuid primary key,
    -- SHA-256 of what the device shows to us, and a keyed hash of the eight letters that it shows to the person.
    device_hash      bytea not null check (octet_length(device_hash) = 32),
    user_hash        bytea not null check (octet_length(user_hash) = 32),
    client_id        uuid not null references clients,
    scopes           text[] not null,
    state            text not null check (state in ('pending', 'approved', 'refused')),
    -- Who has approved, in which session.
    person_id        uuid references persons,
    session_id       uuid references sessions on delete cascade,
    -- The counter that it counts for.
    counted_for      bytea check (octet_length(counted_for) = 32),
    -- The device asks no more often; grows when it does.
    interval_seconds integer not null,
    asked_at         timestamptz,
    created_at       timestamptz not null,
    expires_at       timestamptz not null,
    constraint device_sign_ins_of_one_device unique (device_hash),
    constraint device_sign_ins_of_one_code unique (user_hash),
    constraint device_sign_ins_by_a_person check ((state = 'approved') = (person_id is not null and session_id is not null))
);
create index device_sign_ins_by_expiry on device_sign_ins (expires_at);
alter table clients add column device_grant boolean not null default false;
