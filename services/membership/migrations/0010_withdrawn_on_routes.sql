-- Applications on a route that were withdrawn kept the moment of the step before: what they keep of their case follows it (schema approvals,
-- which a new database gets later).
do $$
begin
    if to_regclass('approvals.cases') is not null then
        update applications a set case_step = c.step, step_since = c.step_since, step_days = c.step_days
        from approvals.cases c
        where c.case_id = a.application_id and a.route_version = c.route_version
          and (a.case_step, a.step_since, a.step_days) is distinct from (c.step, c.step_since, c.step_days);
    end if;
end
$$;
