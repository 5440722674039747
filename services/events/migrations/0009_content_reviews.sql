-- The days on which organisations were reminded of activities whose review is overdue: once a day, whichever replica does it.
create table reminded_days (
    day date primary key
);

-- Who proposed the cover of a draft, or wrote its form, has worked on what is reviewed. From now on that is entered when it happens.
update activities a set editors = a.editors || c.proposed_by
from activity_covers c
where c.activity_id = a.activity_id and c.state = 'PUBLISHED' and a.state = 'draft' and c.proposed_by <> all (a.editors);
do $$
begin
    if to_regclass('forms.versions') is not null then
        update activities a set editors = array(
            select distinct editor from (
                select unnest(a.editors) as editor
                union all
                select unnest(v.editors) from forms.versions v where v.form_id = a.activity_id
            ) as worked)
        where a.state = 'draft' and exists (select from forms.versions v where v.form_id = a.activity_id);
    end if;
end
$$;
