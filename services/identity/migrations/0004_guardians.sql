-- People under 14 are verified when a guardian agrees (PIPL art. 31).

-- Name and number that the authority has confirmed, of a person whose verification waits for a guardian, or is suspended because the
-- guardian withdrew the consent. `persons.name_sealed` is empty as long, so whoever reads only that sees a person who is not verified.
create table pending_verifications (
    person_id     uuid primary key references persons,
    kind          text not null check (kind in ('resident_id')),
    name_sealed   bytea not null,
    number_sealed bytea not null,
    number_hash   bytea not null check (octet_length(number_hash) = 32),
    consented_at  timestamptz not null,
    consent_text  text not null
);
create index pending_verifications_by_age on pending_verifications (consented_at);

-- The code a child hands to the guardian. One at a time; gone when it is used.
create table guardian_codes (
    child_id   uuid primary key references persons,
    code_hash  bytea not null check (octet_length(code_hash) = 32),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    constraint guardian_codes_are_unique unique (code_hash)
);
create index guardian_codes_by_expiry on guardian_codes (expires_at);

-- Who answers for whom, since when, and what they agreed to. Rows that have ended stay: they prove the consent of then.
create table guardianships (
    guardianship_id uuid primary key,
    child_id        uuid not null references persons,
    guardian_id     uuid not null references persons,
    -- `superseded`: the child asked somebody else, or gave other data, before it was answered.
    state           text not null check (state in ('requested', 'confirmed', 'refused', 'withdrawn', 'superseded')),
    requested_at    timestamptz not null,
    -- The guardian's consent, and the version of the text that was agreed to.
    consented_at    timestamptz,
    consent_text    text,
    ended_at        timestamptz,
    constraint guardianships_of_two_people check (child_id <> guardian_id),
    constraint guardianships_consent_by_state check ((state in ('confirmed', 'withdrawn')) = (consented_at is not null)),
    constraint guardianships_consent_with_text check ((consented_at is null) = (consent_text is null)),
    constraint guardianships_end_by_state check ((state in ('requested', 'confirmed')) = (ended_at is null))
);
create unique index guardianships_one_open on guardianships (child_id) where state in ('requested', 'confirmed');
create index guardianships_of_guardian on guardianships (guardian_id, guardianship_id desc);
