-- What a register had counted when it showed something, over replacements on record. These
-- three are written so that the planner takes them into the query that asks (one SELECT, stable, nothing set):
-- they cost what the text would cost there, and row security stands as it does for that query.
CREATE FUNCTION linli.counted(of_tenant uuid, of_point uuid, shown double precision, read_at timestamptz)
RETURNS TABLE (counted double precision)
LANGUAGE sql STABLE AS $fn$
    SELECT coalesce(i.carried + i.ratio * shown, shown)
    FROM (VALUES (true)) once
    LEFT JOIN LATERAL (SELECT t.carried, t.ratio FROM public.instrument t
                       WHERE t.tenant_id = of_tenant AND t.point_id = of_point AND t.since <= read_at
                       ORDER BY t.since DESC LIMIT 1) i ON true
$fn$;
GRANT EXECUTE ON FUNCTION linli.counted(uuid, uuid, double precision, timestamptz) TO linli_app;

-- What a register had counted at a moment, that moment included; no row where nothing was read since.
CREATE FUNCTION linli.counted_at(of_tenant uuid, of_point uuid, moment timestamptz, since timestamptz)
RETURNS TABLE (counted double precision)
LANGUAGE sql STABLE AS $fn$
    SELECT c.counted
    FROM (SELECT CASE WHEN h.slot = moment THEN h.opened ELSE h.last END AS shown, least(h.last_ts, moment) AS read_at
          FROM public.reading_half_hour h
          WHERE h.tenant_id = of_tenant AND h.point_id = of_point AND h.slot >= since AND h.slot <= moment
            AND (h.slot < moment OR h.opened IS NOT NULL)
          ORDER BY h.slot DESC LIMIT 1) s
    CROSS JOIN LATERAL linli.counted(of_tenant, of_point, s.shown, s.read_at) c
$fn$;
GRANT EXECUTE ON FUNCTION linli.counted_at(uuid, uuid, timestamptz, timestamptz) TO linli_app;

-- The meters of an estate that are added up: those of its homes, and of a kind that no home has, those
-- that hang below no other, so that nothing is counted twice. Those out of use count for nothing.
CREATE FUNCTION linli.counting_meters(of_tenant uuid, of_estate uuid)
RETURNS TABLE (device_id uuid, kind text, unit_id uuid)
LANGUAGE sql STABLE AS $fn$
    SELECT m.id, m.kind, m.unit_id
    FROM (SELECT d.id, d.kind, d.unit_id, bool_or(d.unit_id IS NOT NULL) OVER (PARTITION BY d.kind) AS homes,
                 EXISTS (SELECT FROM public.device o
                         WHERE o.tenant_id = of_tenant AND o.estate_id = of_estate AND o.id = d.main_id
                           AND o.retired_at IS NULL) AS below
          FROM public.device d
          WHERE d.tenant_id = of_tenant AND d.estate_id = of_estate AND d.retired_at IS NULL
            AND d.kind IN ('electricity_meter', 'water_meter', 'gas_meter')) m
    WHERE m.unit_id IS NOT NULL OR NOT (m.homes OR m.below)
$fn$;
GRANT EXECUTE ON FUNCTION linli.counting_meters(uuid, uuid) TO linli_app;
