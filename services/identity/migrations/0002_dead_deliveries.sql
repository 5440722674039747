-- "How many messages were given up?" is asked every few seconds; they are rare among what was sent.
create index deliveries_dead on deliveries (kind) where state = 'dead';
