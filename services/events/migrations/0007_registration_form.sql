-- What an activity asks those who register. Forms are in the schema forms, by the id of the activity.

-- The version that is asked now; null: nothing is asked. Beside the activity, because the admission reads it.
alter table activities add column form_version integer check (form_version > 0);

alter table registrations
    -- The version that was answered; null: nothing was asked.
    add column form_version integer check (form_version > 0),
    -- The answers as JSON (purpose events.registration-answers, context: registration_id); null: none, or the registration was cancelled.
    add column answers bytea,
    -- Keyed hash of the answers as they were sent: the same request again is recognised by it.
    add column sent_hash bytea check (octet_length(sent_hash) = 32);
alter table registrations
    add constraint registrations_answers_have_a_form check (answers is null or form_version is not null) not valid,
    add constraint registrations_hash_has_a_form check ((sent_hash is null) = (form_version is null)) not valid,
    add constraint registrations_cancelled_without_answers check (answers is null or state <> 'cancelled') not valid;
