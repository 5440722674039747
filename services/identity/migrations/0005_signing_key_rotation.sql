-- Rotation by time: a key signs from `activated_at` until a newer one does, and verifies until `retired_at`. `state` is written for versions
-- that sign with any `current` key, so that they never sign with a retired one.
drop index signing_keys_one_current;
drop index signing_keys_one_next;
