-- Forms that an organisation designs, in a schema of their own beside the tables of the service. A form has the id of what it belongs to: an
-- activity has one.

create schema if not exists forms;

create function forms.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'a published form never changes';
end
$$;

-- Published versions; they never change. A definition is the JSON of crates/forms.
create table forms.versions (
    form_id          uuid not null,
    -- 1, 2, 3 …
    number           integer not null check (number > 0),
    definition       text not null,
    -- Who worked on it, and who published it: none of them.
    editors          uuid[] not null check (cardinality(editors) > 0),
    publisher_id     uuid not null,
    publisher_number text not null,
    published_at     timestamptz not null,
    primary key (form_id, number),
    constraint versions_four_eyes check (publisher_id <> all (editors))
);
create trigger versions_are_final before update or delete on forms.versions
    for each row execute function forms.refuse_change();

-- The draft of the next version. The row stays when the draft is gone, so that its version goes on: who read one draft does not
-- publish another.
create table forms.drafts (
    form_id        uuid primary key,
    -- Null: there is no draft.
    definition     text,
    -- Who worked on it.
    editors        uuid[] not null,
    editor_numbers text[] not null,
    version        bigint not null,
    changed_at     timestamptz not null,
    constraint drafts_editors_have_numbers check (cardinality(editors) = cardinality(editor_numbers)),
    constraint drafts_have_editors check ((definition is not null) = (cardinality(editors) > 0))
);
