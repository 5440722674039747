-- What a job uses outside, such as one site: a worker gives a lane a part of its places only, so that one that hangs leaves room for the
-- others. Null, as the version before leaves it: a job that no other stands in the way of.
alter table jobs.jobs add column lane text;
