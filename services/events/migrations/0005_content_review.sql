-- Who has worked on an activity: where its content is reviewed (schema approvals), none of them decides on it. Activities from before have
-- none; the one who submits it for review is always counted.
alter table activities add column editors uuid[] not null default '{}';
