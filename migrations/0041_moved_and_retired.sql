-- Devices that are moved to another unit, and those that are there no more.

ALTER TABLE device ADD COLUMN retired_at timestamptz;
COMMENT ON COLUMN device.retired_at IS 'Since when it is out of use: it says nothing, is asked nothing and counts for nothing; its history stays';

-- A move takes along what has the finer wall.
GRANT UPDATE (unit_id) ON point, instrument TO linli_app;

CREATE OR REPLACE VIEW device_row WITH (security_invoker = true) AS
    SELECT d.tenant_id, d.id, d.estate_id, d.unit_id, d.key, d.name, d.kind, d.place, d.transport,
           e.name AS estate, b.name AS building, n.name AS entrance, u.code AS unit_code,
           s.last_seen, s.said_offline,
           p.unit AS measure, p.value_type, w.num, w.txt,
           coalesce((SELECT sum(r.count) FROM refusal r
                     WHERE r.tenant_id = d.tenant_id AND r.device_id = d.id), 0)::bigint AS refused,
           d.retired_at
    FROM device d
    JOIN estate e ON e.tenant_id = d.tenant_id AND e.id = d.estate_id
    LEFT JOIN unit u ON u.tenant_id = d.tenant_id AND u.id = d.unit_id
    LEFT JOIN building b ON b.tenant_id = u.tenant_id AND b.id = u.building_id
    LEFT JOIN entrance n ON n.tenant_id = u.tenant_id AND n.id = u.entrance_id
    LEFT JOIN device_presence s ON s.tenant_id = d.tenant_id AND s.device_id = d.id
    LEFT JOIN point p ON p.tenant_id = d.tenant_id AND p.device_id = d.id AND p.place = 0
    LEFT JOIN point_newest w ON w.tenant_id = p.tenant_id AND w.point_id = p.id;

-- As before; a retired device is not among them.
DROP FUNCTION linli.home_points(uuid);
CREATE FUNCTION linli.home_points(home uuid)
RETURNS TABLE (device_id uuid, kind text, point_id uuid, name text, unit text, value_type text,
               ts timestamptz, num double precision, txt text, quality smallint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT d.id, d.kind, p.id, p.name, p.unit, p.value_type, w.ts, w.num, w.txt, w.quality
    FROM public.point_tenure o
    JOIN public.point p ON p.tenant_id = o.tenant_id AND p.id = o.point_id
    JOIN public.device d ON d.tenant_id = p.tenant_id AND d.id = p.device_id AND d.retired_at IS NULL
    LEFT JOIN public.point_newest w ON w.tenant_id = p.tenant_id AND w.point_id = p.id AND w.ts >= o.from_at
    WHERE o.tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid
      AND o.household_id = home
      AND o.household_id = ANY (NULLIF(current_setting('app.metered', true), '')::uuid[])
      AND o.to_at IS NULL
    ORDER BY d.kind, d.key, p.place
$fn$;
SELECT linli.hand_over('linli.home_points(uuid)');

-- As before; nobody asks a retired device.
DROP FUNCTION linli.tenants_polled();
CREATE FUNCTION linli.tenants_polled() RETURNS TABLE (tenant uuid, slug text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT t.id, t.slug
    FROM public.tenant t
    WHERE t.state <> 'suspended'
      AND EXISTS (SELECT FROM public.device d
                  WHERE d.tenant_id = t.id AND d.transport ? 'modbus' AND d.retired_at IS NULL)
$fn$;
SELECT linli.hand_over('linli.tenants_polled()');
