-- Rotation: a new key is published before it signs, and an old one verifies until it is retired.
alter table ticket_keys
    -- When the key begins to sign; null: when it was made.
    add column signs_from timestamptz,
    -- From then on it neither signs nor verifies.
    add column retired_at timestamptz;
