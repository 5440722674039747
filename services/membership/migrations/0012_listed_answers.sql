-- What the list of a society's applications is filtered by: the answers that may be listed and are not sensitive (crates/forms, Form::rows), as
-- they were handed in, beside the sealed ones.
create table application_answers (
    application_id  uuid not null references applications,
    -- The key of the question, and the answer: the key of an option, true or false, a number, a day, a code.
    key             text not null,
    value           text not null,
    -- Of the application.
    organisation_id uuid not null,
    primary key (application_id, key, value)
);
create index application_answers_found on application_answers (organisation_id, key, value, application_id);

-- Whether the rows of the answers were written: false for what was handed in before, which a worker makes up for.
alter table applications add column answers_listed boolean not null default false;
create index applications_to_list on applications (application_id)
    where answers_sealed is not null and not answers_listed and state in ('IN_FIRST_REVIEW', 'IN_FINAL_REVIEW', 'APPROVED', 'REJECTED');
