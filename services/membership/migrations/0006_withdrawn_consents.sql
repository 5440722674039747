-- "How many have withdrawn their consent?" is asked at every download of an export.
create index consents_withdrawn on consents (organisation_id) where withdrawn_at is not null;
