-- Gender and year of birth are told with the verification. People verified before that are told of once more, by a worker.
--
-- The version before this one goes on verifying without setting the column: the worker finds those as well.
alter table persons add column described boolean not null default false;
create index persons_not_described on persons (person_id) where verified_at is not null and not described;
