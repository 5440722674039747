-- What an organisation asks its applicants beyond the basic part of the application: a form of its own, in versions.

-- Published versions; they never change. A definition is the JSON of crates/forms.
create table application_form_versions (
    organisation_id  uuid not null references organisations,
    -- 1, 2, 3 …
    number           integer not null check (number > 0),
    definition       text not null,
    -- Who worked on it, and who published it: none of them.
    editors          uuid[] not null check (cardinality(editors) > 0),
    publisher_id     uuid not null,
    publisher_number text not null,
    published_at     timestamptz not null,
    primary key (organisation_id, number),
    check (publisher_id <> all (editors))
);
create trigger versions_are_final before update or delete on application_form_versions
    for each row execute function refuse_change();

-- The draft of the next version. The row stays when the draft is gone, so that its version goes on: who read one draft does not
-- publish another.
create table application_form_drafts (
    organisation_id uuid primary key references organisations,
    -- Null: there is no draft.
    definition      text,
    -- Who worked on it.
    editors         uuid[] not null,
    editor_numbers  text[] not null,
    version         bigint not null,
    changed_at      timestamptz not null,
    check (cardinality(editors) = cardinality(editor_numbers)),
    check ((definition is not null) = (cardinality(editors) > 0))
);

-- The version that an application answers; null: nothing was asked when it was begun.
alter table applications add column form_version integer;
-- The answers as JSON (purpose membership.answers, context: application_id); null: none.
alter table applications add column answers_sealed bytea;
alter table applications add constraint application_form_version
    foreign key (organisation_id, form_version) references application_form_versions (organisation_id, number);
alter table applications add constraint answers_have_a_form check (answers_sealed is null or form_version is not null);
-- How many applications can lose answers when a new version is published.
create index applications_with_answers on applications (organisation_id)
    where state in ('DRAFT', 'RETURNED') and answers_sealed is not null;
