-- Each statement returns the rows that violate an invariant of membership: none, ever, under any load.

-- every membership has the application it came of, approved, of the same person, organisation and category
select m.membership_id from memberships m left join applications a using (application_id)
where a.state is distinct from 'APPROVED' or a.person_id <> m.person_id or a.organisation_id <> m.organisation_id
   or a.category <> m.category or a.person_number <> m.person_number;

-- every approved application has its membership
select a.application_id from applications a left join memberships m using (application_id)
where a.state = 'APPROVED' and m.membership_id is null;

-- member numbers are unique
select member_number from memberships group by member_number having count(*) > 1;

-- a member number begins like its organisation's numbers, was drawn from its counter, and has the letter of its category
select m.membership_id from memberships m left join number_ranges r using (organisation_id)
where r.prefix is distinct from left(m.member_number, 3) or substr(m.member_number, 4, 7)::integer not between 1 and r.last
   or right(m.member_number, 1) <> case m.category when 'SENIOR' then 'H' else 'M' end;

-- a person has at most one undecided application to an organisation
select person_id, organisation_id from applications
where state in ('DRAFT', 'IN_FIRST_REVIEW', 'IN_FINAL_REVIEW', 'RETURNED')
group by person_id, organisation_id having count(*) > 1;

-- a person is a member of an organisation at most once
select person_id, organisation_id from memberships where state in ('ACTIVE', 'SUSPENDED')
group by person_id, organisation_id having count(*) > 1;

-- a member has no undecided application to the same organisation
select a.application_id from applications a join memberships m using (person_id, organisation_id)
where a.state in ('DRAFT', 'IN_FIRST_REVIEW', 'IN_FINAL_REVIEW', 'RETURNED') and m.state in ('ACTIVE', 'SUSPENDED');

-- the history of an application begins with its draft
select a.application_id from applications a left join application_steps s using (application_id, version)
where a.version = 1 and (s.to_state is distinct from 'DRAFT' or s.from_state is not null);

-- the history of an application leads to where it stands, each step beginning where the one before ended
select application_id from (
    select s.application_id, s.from_state, lag(s.to_state) over steps as before, s.to_state,
           lead(s.to_state) over steps is null as last, a.state
    from application_steps s join applications a using (application_id)
    window steps as (partition by s.application_id order by s.version)
) as step
where step.from_state is distinct from step.before or (step.last and step.to_state <> step.state);

-- nothing happens to an application after its decision
select application_id from application_steps where from_state in ('APPROVED', 'REJECTED', 'WITHDRAWN');

-- an application has been in the states that its history names, and in no others (bit n: number n in the contract)
select a.application_id from applications a
join lateral (
    select bit_or(1 << array_position(
        array['DRAFT', 'IN_FIRST_REVIEW', 'IN_FINAL_REVIEW', 'RETURNED', 'APPROVED', 'REJECTED', 'WITHDRAWN'], s.to_state)) as entered
    from application_steps s where s.application_id = a.application_id
) as history on true
where history.entered is distinct from a.entered::integer;

-- the approver neither passed the first review before nor applied
select approval.application_id from application_steps approval
join applications a using (application_id)
join lateral (
    select p.actor_id from application_steps p
    where p.application_id = approval.application_id and p.to_state = 'IN_FINAL_REVIEW' and p.version < approval.version
    order by p.version desc limit 1
) as pass on true
where approval.to_state = 'APPROVED' and a.route_version is null
  and (approval.actor_id = pass.actor_id or approval.actor_id = a.person_id or a.first_reviewer_id is distinct from pass.actor_id);

-- what was handed in was handed in under a consent of the same person to the same organisation
select a.application_id from applications a left join consents c using (consent_id)
where a.submitted_at is not null and (c.person_id is distinct from a.person_id or c.organisation_id is distinct from a.organisation_id);

-- the history of a membership leads to where it stands
select m.membership_id from memberships m
left join lateral (
    select s.to_state, s.version from membership_steps s where s.membership_id = m.membership_id order by s.version desc limit 1
) as latest on true
where m.state <> coalesce(latest.to_state, 'ACTIVE') or m.version <> coalesce(latest.version, 1);

-- an organisation that takes applications can number its members
select o.organisation_id from organisations o left join number_ranges r using (organisation_id)
where o.accepts_applications and r.prefix is null;

-- a path leads from the root through the parent to the organisation
select o.organisation_id from organisations o left join organisations p on p.organisation_id = o.parent_id
where o.path <> coalesce(p.path, '/') || o.organisation_id || '/';

-- the access copy says what the tree says
select coalesce(o.organisation_id, c.organisation_id) from organisations o
full join access.organisations c on c.organisation_id = o.organisation_id
where (o.parent_id, o.code, o.name, o.kind, coalesce(o.division_code, ''), o.subject_class, o.path)
    is distinct from (c.parent_id, c.code, c.name, c.kind, c.division_code, c.subject_class, c.path);

-- the events say what the tables say: as many memberships began, moved and applications moved as the histories have steps
select 'memberships' as what where (select count(*) from memberships)
    <> (select count(*) from (select event_type from eventlog.outbox union all select event_type from eventlog.event_log) e
        where event_type = 'MembershipActivated')
union all
select 'membership steps' where (select count(*) from membership_steps)
    <> (select count(*) from (select event_type from eventlog.outbox union all select event_type from eventlog.event_log) e
        where event_type = 'MembershipMoved')
union all
select 'application steps' where (
        select count(*) from application_steps s join applications a using (application_id)
        where s.from_state is not null and a.submitted_at is not null)
    <> (select count(*) from (select event_type from eventlog.outbox union all select event_type from eventlog.event_log) e
        where event_type = 'ApplicationMoved')
union all
select 'organisations' where (select count(*) from organisations)
    <> (select count(*) from (select event_type from eventlog.outbox union all select event_type from eventlog.event_log) e
        where event_type = 'OrganisationEstablished');

-- of a person and organisation one export is made at a time
select requester_id, organisation_id from exports.exports where state = 'RUNNING' group by 1, 2 having count(*) > 1;

-- an export that runs has a job
select e.export_id from exports.exports e left join jobs.jobs j on j.job_id = e.export_id
where e.state = 'RUNNING' and j.job_id is null;

-- an export that ended has no key of a file
select export_id from exports.exports where state <> 'READY' and file_key is not null;

-- the versions of an organisation's form are numbered without gaps
select organisation_id, max(number) as last, count(*) as versions from application_form_versions
group by organisation_id having max(number) <> count(*);

-- the papers of an organisation, a kind and a year are numbered without gaps, and the counter stands at the last one
select c.organisation_id, c.kind, c.year, c.last, count(p.paper_id) as papers from papers.counters c
left join papers.papers p using (kind, organisation_id, year)
group by c.organisation_id, c.kind, c.year, c.last having c.last <> count(p.paper_id) or c.last <> max(p.serial);

-- a paper is about a record of the person and the organisation that it names
select p.paper_id from papers.papers p left join memberships m on m.membership_id = p.record_id
where p.kind <> 'MEMBERSHIP' or m.person_id is distinct from p.person_id or m.organisation_id is distinct from p.organisation_id;

-- the versions of an organisation's route are numbered without gaps
select kind, organisation_id, max(number) as last, count(*) as versions from approvals.route_versions
group by kind, organisation_id having max(number) <> count(*);

-- a case has as many entries as its history, and stands in a step of its route
select c.case_id from approvals.cases c
where c.entries <> (select count(*) from approvals.case_entries e where e.case_id = c.case_id)
   or c.step > (select jsonb_array_length(v.definition::jsonb -> 'steps') from approvals.route_versions v
                where v.kind = c.kind and v.organisation_id = c.organisation_id and v.number = c.route_version);

-- since a case was last handed in, those who handed it in, or worked on it, decided nothing, in no place
select e.case_id from approvals.case_entries e join approvals.cases c using (case_id)
where e.step > 0 and (e.person_id = any (c.handed_in) or e.seat_id = any (c.handed_in))
  and not exists (select from approvals.case_entries s where s.case_id = e.case_id and s.what = 'SUBMITTED' and s.number > e.number);

-- since a case was last handed in, a person has let a step pass or refused it once
select e.case_id from approvals.case_entries e
where e.what in ('PASSED', 'REJECTED') and exists (
    select from approvals.case_entries f
    where f.case_id = e.case_id and f.number < e.number and f.step = e.step and f.what in ('PASSED', 'REJECTED')
      and (f.person_id in (e.person_id, e.seat_id) or f.seat_id in (e.person_id, e.seat_id))
      and not exists (select from approvals.case_entries s
                      where s.case_id = e.case_id and s.what = 'SUBMITTED' and s.number between f.number and e.number));

-- an application on a route stands where its case does
select a.application_id from applications a left join approvals.cases c on c.case_id = a.application_id
where a.route_version is distinct from c.route_version
   or (c.case_id is not null and (a.case_step <> c.step or a.step_since <> c.step_since or a.step_days <> c.step_days
       or c.state <> case a.state when 'IN_FIRST_REVIEW' then 'WAITING' when 'IN_FINAL_REVIEW' then 'WAITING'
                                  when 'APPROVED' then 'PASSED' else a.state end));

-- a file of an application is claimed, and one that is claimed for an application belongs to one
select coalesce(f.upload_id, u.upload_id) as upload_id
from application_files f full join (select upload_id from files.uploads
                                    where purpose = 'application_file' and claimed_at is not null) u using (upload_id)
where f.upload_id is null or u.upload_id is null;

-- what a list is filtered by belongs to answers that there are, and that were handed in
select l.application_id, l.key from application_answers l left join applications a using (application_id)
where a.answers_sealed is null or a.submitted_at is null or a.organisation_id <> l.organisation_id;
