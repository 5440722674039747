-- What sort of reason a suspension had, for those who decide on a later application. Null: nothing was said.
alter table membership_steps add column ground text
    check (ground in ('DUES_UNPAID', 'UNDER_VERIFICATION', 'MISCONDUCT', 'AT_OWN_REQUEST', 'OTHER'));
