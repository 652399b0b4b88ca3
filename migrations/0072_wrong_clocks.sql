-- A last word from more than a day ahead is none of now: a clock was wrong, the server's own perhaps.
-- Nobody's reading is taken that far ahead. The rest is as before, and as in
-- domain::devices::liveness::DeviceState::of.
CREATE OR REPLACE FUNCTION linli.device_state(last_seen timestamptz, said_offline boolean, rhythm_s integer, at timestamptz)
RETURNS text
LANGUAGE sql IMMUTABLE AS $fn$
    SELECT CASE
        WHEN last_seen IS NULL THEN 'waiting'
        WHEN said_offline THEN 'offline'
        WHEN extract(epoch FROM at - last_seen) < -86400 THEN 'stale'
        WHEN extract(epoch FROM at - last_seen) < 31 + coalesce(rhythm_s, 60) * 3 / 2 THEN 'online'
        WHEN extract(epoch FROM at - last_seen) < 151 + coalesce(rhythm_s, 60) * 5 / 2 THEN 'late'
        WHEN extract(epoch FROM at - last_seen) < 661 + coalesce(rhythm_s, 60) * 4 THEN 'stale'
        ELSE 'offline'
    END
$fn$;
