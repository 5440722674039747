-- What the list of an activity's registrations is filtered by: the answers that may be listed and are not sensitive (crates/forms, Form::rows),
-- beside the sealed ones, and deleted with them.
create table registration_answers (
    registration_id uuid not null,
    -- The key of the question, and the answer: the key of an option, true or false, a number, a day, a code.
    key             text not null,
    value           text not null,
    -- Of the registration: the list is in this order.
    activity_id     uuid not null,
    ordinal         bigint not null,
    -- No foreign keys: they would be checked row by row in the rush. invariants.sql checks them.
    primary key (registration_id, key, value)
);
create index registration_answers_found on registration_answers (activity_id, key, value, ordinal);

-- Whether the rows of the answers were written: false for what was answered before, which a worker makes up for.
alter table registrations add column answers_listed boolean not null default false;
create index registrations_to_list on registrations (registration_id) where answers is not null and not answers_listed;
