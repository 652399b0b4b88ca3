-- A register that is read at the very first moment of a half hour tells what was used before it: meters
-- that freeze their register at midnight (日冻结) say nothing else of a day.
ALTER TABLE reading_half_hour ADD COLUMN opened double precision;
COMMENT ON COLUMN reading_half_hour.opened IS 'What was read at the very moment of slot, where something was: a register closes the half hour before with it';

ALTER TABLE reading_half_hour NO FORCE ROW LEVEL SECURITY;
ALTER TABLE reading NO FORCE ROW LEVEL SECURITY;
UPDATE reading_half_hour h SET opened = r.num
FROM reading r
WHERE r.tenant_id = h.tenant_id AND r.point_id = h.point_id AND r.ts = h.slot AND r.quality = 0 AND r.num IS NOT NULL;
ALTER TABLE reading FORCE ROW LEVEL SECURITY;
ALTER TABLE reading_half_hour FORCE ROW LEVEL SECURITY;

-- What some of a resident's registers had counted, within the tenure only, in the order of time. What is
-- read at an edge stands a moment before it, so that it belongs to what ends there. A half hour that a
-- sale falls into is nobody's.
DROP FUNCTION linli.home_slots(uuid, uuid[], timestamptz, timestamptz);
CREATE FUNCTION linli.home_slots(home uuid, points uuid[], from_ timestamptz, to_ timestamptz)
RETURNS TABLE (point_id uuid, at timestamptz, counted double precision, tenure timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT s.point_id, c.at, coalesce(i.carried + i.ratio * c.register, c.register), o.from_at
    FROM public.point_tenure o
    JOIN public.reading_half_hour s ON s.tenant_id = o.tenant_id AND s.point_id = o.point_id
         AND s.slot >= greatest(from_, o.from_at) AND s.slot < to_
         AND s.slot < coalesce(o.to_at, 'infinity')
    CROSS JOIN LATERAL (VALUES
        (s.slot - interval '1 microsecond', s.opened, s.slot),
        (s.slot, CASE WHEN s.last_ts > s.slot AND s.slot <= coalesce(o.to_at, 'infinity') - interval '30 minutes'
                      THEN s.last END, s.last_ts)) c(at, register, read_at)
    LEFT JOIN LATERAL (SELECT t.carried, t.ratio FROM public.instrument t
                       WHERE t.tenant_id = s.tenant_id AND t.point_id = s.point_id AND t.since <= c.read_at
                       ORDER BY t.since DESC LIMIT 1) i ON true
    WHERE o.tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid
      AND o.household_id = home
      AND o.household_id = ANY (NULLIF(current_setting('app.metered', true), '')::uuid[])
      AND o.point_id = ANY (points)
      AND c.register IS NOT NULL
    ORDER BY s.point_id, c.at
$fn$;
SELECT linli.hand_over('linli.home_slots(uuid, uuid[], timestamptz, timestamptz)');
