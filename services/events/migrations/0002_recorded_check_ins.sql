-- The first and the last check-in of an activity, asked for when its times are changed: they must not move away from what is recorded.
create index registrations_attended on registrations (activity_id, checked_in_at) where state = 'attended';
