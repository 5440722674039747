-- The days on which organisations were reminded of overdue applications: once a day, whichever replica does it.
create table reminded_days (
    day date primary key
);
