-- How alive a device is, by its own rhythm.

ALTER TABLE device_presence
    ADD COLUMN rhythm_s real CHECK (rhythm_s BETWEEN 1 AND 604800),
    ADD COLUMN beat_at timestamptz;
COMMENT ON COLUMN device_presence.rhythm_s IS 'Seconds from one arrival to the next, as they usually are; null until there were two';
COMMENT ON COLUMN device_presence.beat_at IS 'The last arrival that counts for the rhythm: what comes within a second of it belongs to it';

-- The rhythm after one more gap. A gap counts for as long as it lasted: a device that says its
-- values one by one, or sends what it kept while it was away, arrives often within little time, and
-- that hardly moves it. A gap of more than four is an absence and counts as four, so a device that
-- slows down is followed within some gaps, and a night without power is forgotten by noon. What is
-- slower than every eight minutes is followed down by the hour: a device that was set from once a
-- day to every minute need not first say it for a week.
CREATE FUNCTION linli.rhythm_after(learnt real, gap_s double precision) RETURNS real
LANGUAGE sql IMMUTABLE AS $fn$
    SELECT greatest(1, least(604800, CASE
        WHEN learnt IS NULL THEN least(gap_s, 86400)
        ELSE learnt + (least(gap_s, 4 * learnt) - learnt) * least(0.25, gap_s / least(8 * learnt, 3600))
    END))::real
$fn$;
GRANT EXECUTE ON FUNCTION linli.rhythm_after(real, double precision) TO linli_app;

-- Whole seconds. Who is asked answers as often as it is asked.
CREATE FUNCTION linli.device_rhythm(transport jsonb, learnt real) RETURNS integer
LANGUAGE sql IMMUTABLE AS $fn$
    SELECT coalesce((transport #>> '{modbus,every_s}')::integer, round(learnt)::integer)
$fn$;
GRANT EXECUTE ON FUNCTION linli.device_rhythm(jsonb, real) TO linli_app;

-- The rule of domain::devices::liveness::DeviceState::of, here so that lists can filter and page by it.
-- A test holds the two together.
CREATE FUNCTION linli.device_state(last_seen timestamptz, said_offline boolean, rhythm_s integer, at timestamptz)
RETURNS text
LANGUAGE sql IMMUTABLE AS $fn$
    SELECT CASE
        WHEN last_seen IS NULL THEN 'waiting'
        WHEN said_offline THEN 'offline'
        WHEN extract(epoch FROM at - last_seen) < 31 + coalesce(rhythm_s, 60) * 3 / 2 THEN 'online'
        WHEN extract(epoch FROM at - last_seen) < 151 + coalesce(rhythm_s, 60) * 5 / 2 THEN 'late'
        WHEN extract(epoch FROM at - last_seen) < 661 + coalesce(rhythm_s, 60) * 4 THEN 'stale'
        ELSE 'offline'
    END
$fn$;
GRANT EXECUTE ON FUNCTION linli.device_state(timestamptz, boolean, integer, timestamptz) TO linli_app;
DROP FUNCTION linli.device_state(timestamptz, boolean, timestamptz);

CREATE OR REPLACE VIEW device_row WITH (security_invoker = true) AS
    SELECT d.tenant_id, d.id, d.estate_id, d.unit_id, d.key, d.name, d.kind, d.place, d.transport,
           e.name AS estate, b.name AS building, n.name AS entrance, u.code AS unit_code,
           s.last_seen, s.said_offline,
           p.unit AS measure, p.value_type, w.num, w.txt,
           coalesce((SELECT sum(r.count) FROM refusal r
                     WHERE r.tenant_id = d.tenant_id AND r.device_id = d.id), 0)::bigint AS refused,
           d.retired_at, linli.device_rhythm(d.transport, s.rhythm_s) AS rhythm_s
    FROM device d
    JOIN estate e ON e.tenant_id = d.tenant_id AND e.id = d.estate_id
    LEFT JOIN unit u ON u.tenant_id = d.tenant_id AND u.id = d.unit_id
    LEFT JOIN building b ON b.tenant_id = u.tenant_id AND b.id = u.building_id
    LEFT JOIN entrance n ON n.tenant_id = u.tenant_id AND n.id = u.entrance_id
    LEFT JOIN device_presence s ON s.tenant_id = d.tenant_id AND s.device_id = d.id
    LEFT JOIN point p ON p.tenant_id = d.tenant_id AND p.device_id = d.id AND p.place = 0
    LEFT JOIN point_newest w ON w.tenant_id = p.tenant_id AND w.point_id = p.id;
