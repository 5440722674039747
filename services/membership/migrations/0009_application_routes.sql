-- Applications on a route of their organisation (schema approvals): what follows from the case, so that lists need no other schema.
alter table applications
    -- The version of the route; null: the first and the final review.
    add column route_version integer,
    -- The step in which it waits, or waited last; since when; and the working days for it.
    add column case_step     smallint check (case_step > 0),
    add column step_since    timestamptz,
    add column step_days     smallint check (step_days between 1 and 60),
    add constraint route_or_none check (num_nulls(route_version, case_step, step_since, step_days) in (0, 4));

-- Who passed the first review is asked of those alone that have one.
do $$
declare
    old text;
begin
    select conname into strict old from pg_constraint
    where conrelid = 'applications'::regclass and contype = 'c' and pg_get_constraintdef(oid) like '%first_reviewer_id IS NOT NULL%';
    execute format('alter table applications drop constraint %I', old);
end
$$;
alter table applications add constraint first_reviewer
    check (first_reviewer_id is not null or route_version is not null or state not in ('IN_FINAL_REVIEW', 'APPROVED', 'REJECTED'));
