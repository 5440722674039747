-- Invariants of the database of the events service. Each statement returns the rows that violate it. A statement ends with a
-- semicolon; the comment line above it says what it checks.

-- The seats taken are the registrations that hold one.
select s.activity_id, s.taken, count(r.registration_id) as holding
from seats s
left join registrations r on r.activity_id = s.activity_id and r.state in ('registered', 'attended')
group by s.activity_id
having s.taken <> count(r.registration_id);

-- No activity is oversold.
select r.activity_id, s.capacity, count(*) as holding
from registrations r
join seats s using (activity_id)
where r.state in ('registered', 'attended')
group by r.activity_id, s.capacity
having count(*) > s.capacity;

-- A person holds one seat at an activity at most.
select activity_id, person_id, count(*) as seats
from registrations
where state in ('registered', 'attended')
group by activity_id, person_id
having count(*) > 1;

-- A request created at most one registration.
select person_id, request_id, activity_id, count(*) as registrations
from registrations
where request_id is not null
group by person_id, request_id, activity_id
having count(*) > 1;

-- Every activity has its row of seats.
select a.activity_id from activities a left join seats s using (activity_id) where s.activity_id is null;

-- Registrations are for activities that were published.
select r.registration_id, a.state
from registrations r
left join activities a using (activity_id)
where a.activity_id is null or a.state = 'draft';

-- The ordinals of an activity's registrations run from 1 to the number ever admitted, in the order of admission.
select s.activity_id, s.admitted, max(r.ordinal) as last, count(r.ordinal) as registrations
from seats s
left join registrations r using (activity_id)
group by s.activity_id
having s.admitted <> count(r.ordinal) or s.admitted <> coalesce(max(r.ordinal), 0);

-- Every attendance was credited once, with the credit of the activity (its length, if that is less); no other registration was credited.
select r.registration_id, r.state, a.credit_minutes, c.minutes
from registrations r
join activities a using (activity_id)
full join credits c using (registration_id)
where coalesce(c.minutes, 0) <> case when r.state = 'attended'
          then least(a.credit_minutes, floor(extract(epoch from a.ends_at - a.starts_at) / 60)) else 0 end
   or c.person_id <> r.person_id
   or c.activity_id <> r.activity_id;

-- Every registration published one SeatTaken; one SeatReleased if it was cancelled; one AttendanceRecorded if the person attended.
select r.registration_id, r.state, e.taken, e.released, e.attended
from registrations r
left join (
    select aggregate_id,
           count(*) filter (where event_type = 'SeatTaken') as taken,
           count(*) filter (where event_type = 'SeatReleased') as released,
           count(*) filter (where event_type = 'AttendanceRecorded') as attended
    from (select aggregate_id, event_type from eventlog.outbox
          union all
          select aggregate_id, event_type from eventlog.event_log) as told
    group by aggregate_id
) e on e.aggregate_id = r.registration_id
where coalesce(e.taken, 0) <> 1
   or coalesce(e.released, 0) <> case when r.state = 'cancelled' then 1 else 0 end
   or coalesce(e.attended, 0) <> case when r.state = 'attended' then 1 else 0 end;

-- No event is about a registration that does not exist.
select told.aggregate_id, told.event_type
from (select aggregate, aggregate_id, event_type from eventlog.outbox
      union all
      select aggregate, aggregate_id, event_type from eventlog.event_log) as told
left join registrations r on r.registration_id = told.aggregate_id
where told.aggregate = 'Registration' and r.registration_id is null;

-- Every published activity has one ActivityPublished, and one ActivityCancelled if it was cancelled.
select a.activity_id, a.state, e.published, e.cancelled
from activities a
left join (
    select aggregate_id,
           count(*) filter (where event_type = 'ActivityPublished') as published,
           count(*) filter (where event_type = 'ActivityCancelled') as cancelled
    from (select aggregate_id, event_type from eventlog.outbox
          union all
          select aggregate_id, event_type from eventlog.event_log) as told
    group by aggregate_id
) e on e.aggregate_id = a.activity_id
where coalesce(e.published, 0) <> case when a.state = 'draft' then 0 else 1 end
   or coalesce(e.cancelled, 0) <> case when a.state = 'cancelled' then 1 else 0 end;

-- No credit exceeds the length of its activity.
select c.credit_id, c.minutes, a.starts_at, a.ends_at
from credits c
join activities a using (activity_id)
where make_interval(mins => c.minutes) > a.ends_at - a.starts_at;

-- No check-in lies outside its window (from two hours before the start, or the beginning of that day in China, to 24 hours after the end).
select r.registration_id, r.checked_in_at, a.starts_at, a.ends_at
from registrations r
join activities a using (activity_id)
where r.state = 'attended'
  and (r.checked_in_at < least(a.starts_at - interval '2 hours',
                               date_trunc('day', a.starts_at at time zone 'Asia/Shanghai') at time zone 'Asia/Shanghai')
       or r.checked_in_at >= a.ends_at + interval '24 hours');

-- The times of an activity are in order.
select activity_id from activities where ends_at <= starts_at or registration_closes_at > ends_at;

-- Every remembered request has its answer.
select caller, method, request_id from idempotency.requests where response is null;

-- of a person and organisation one export is made at a time
select requester_id, organisation_id from exports.exports where state = 'RUNNING' group by 1, 2 having count(*) > 1;

-- an export that runs has a job
select e.export_id from exports.exports e left join jobs.jobs j on j.job_id = e.export_id
where e.state = 'RUNNING' and j.job_id is null;

-- an export that ended has no key of a file
select export_id from exports.exports where state <> 'READY' and file_key is not null;

-- the papers of an organisation, a kind and a year are numbered without gaps, and the counter stands at the last one
select c.organisation_id, c.kind, c.year, c.last, count(p.paper_id) as papers from papers.counters c
left join papers.papers p using (kind, organisation_id, year)
group by c.organisation_id, c.kind, c.year, c.last having c.last <> count(p.paper_id) or c.last <> max(p.serial);

-- a paper is about a record of the person and the organisation that it names
select p.paper_id from papers.papers p left join registrations r on r.registration_id = p.record_id
where p.kind <> 'ATTENDANCE' or r.person_id is distinct from p.person_id;

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

-- what passed its review is public, and what waits for it is a draft
select a.activity_id from activities a join approvals.cases c on c.case_id = a.activity_id
where (c.state = 'PASSED' and a.state = 'draft') or (c.state in ('WAITING', 'REJECTED') and a.state <> 'draft');

-- answers are to a version of the form that there is
select r.registration_id from registrations r
where r.form_version is not null
  and not exists (select from forms.versions v where v.form_id = r.activity_id and v.number = r.form_version);

-- what an activity asks is a version of its form
select a.activity_id from activities a
where a.form_version is not null
  and not exists (select from forms.versions v where v.form_id = a.activity_id and v.number = a.form_version);

-- an activity shows the cover that is published
select a.activity_id from activities a
where (a.cover is not null) <> exists (select from activity_covers c where c.activity_id = a.activity_id and c.state = 'PUBLISHED');

-- a file of a registration is claimed, and one that is claimed for a registration belongs to one
select coalesce(f.upload_id, u.upload_id) as upload_id
from registration_files f full join (select upload_id from files.uploads
                                     where purpose = 'registration_file' and claimed_at is not null) u using (upload_id)
where f.upload_id is null or u.upload_id is null;

-- files are attached to answers that there are
select f.upload_id from registration_files f left join registrations r using (registration_id) where r.answers is null;

-- what a list is filtered by belongs to answers that there are
select l.registration_id, l.key from registration_answers l left join registrations r using (registration_id)
where r.answers is null or r.activity_id <> l.activity_id or r.ordinal <> l.ordinal;
