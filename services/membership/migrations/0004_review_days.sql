-- The working days within which an organisation decides each review step of an application. Ten until it says otherwise.
alter table organisations
    add column review_days smallint not null default 10 constraint review_days check (review_days between 1 and 60);
