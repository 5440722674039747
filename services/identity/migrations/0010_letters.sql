-- What organisations write to people is a category of its own.
alter table notice_choices drop constraint notice_choices_category_check;
alter table notice_choices add constraint notice_choices_category_check
    check (category in ('APPLICATIONS', 'ACTIVITIES', 'GUARDIANS', 'DESK', 'LETTERS'));
