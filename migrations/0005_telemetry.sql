-- Readings and what is kept beside them as they arrive.

CREATE TABLE reading (
    tenant_id   uuid NOT NULL,
    point_id    uuid NOT NULL,
    ts          timestamptz NOT NULL,
    num         double precision,
    txt         text,
    quality     smallint NOT NULL DEFAULT 0 CHECK (quality BETWEEN 0 AND 2),
    PRIMARY KEY (tenant_id, point_id, ts)
) PARTITION BY RANGE (ts);
COMMENT ON TABLE reading IS 'What a point said at a moment. Numbers and switches (0, 1) in num, texts in txt; quality 0 good, 1 stale, 2 failed. No foreign key: ingest resolves points under its own scope, and a check a row would halve it';
SELECT linli.protect('reading');
SELECT linli.let_lookup_read('reading');
GRANT SELECT, INSERT ON reading TO linli_app;

-- Makes the monthly partitions that cover [from_, to_], protected like their parent, and answers
-- how many are new. Owned by the owner of the tables, since only that role can attach to them.
CREATE FUNCTION linli.make_reading_partitions(from_ timestamptz, to_ timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $fn$
DECLARE
    month timestamp := date_trunc('month', from_ AT TIME ZONE 'UTC');
    part text;
    made integer := 0;
BEGIN
    IF to_ - from_ > interval '10 years' THEN
        RAISE EXCEPTION 'too long a span of partitions';
    END IF;
    -- Two processes that start together would otherwise both try to make the same one.
    PERFORM pg_advisory_xact_lock(hashtextextended('linli.make_reading_partitions', 0));
    WHILE month <= to_ AT TIME ZONE 'UTC' LOOP
        part := format('reading_%s', to_char(month, 'YYYY_MM'));
        IF to_regclass(format('vault.%I', part)) IS NULL THEN
            EXECUTE format('CREATE TABLE vault.%I PARTITION OF public.reading FOR VALUES FROM (%L) TO (%L)',
                           part, month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC');
            EXECUTE format('ALTER TABLE vault.%I ENABLE ROW LEVEL SECURITY', part);
            EXECUTE format('ALTER TABLE vault.%I FORCE ROW LEVEL SECURITY', part);
            made := made + 1;
        END IF;
        month := month + interval '1 month';
    END LOOP;
    RETURN made;
END
$fn$;
REVOKE ALL ON FUNCTION linli.make_reading_partitions(timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION linli.make_reading_partitions(timestamptz, timestamptz) TO linli_app;

CREATE TABLE point_newest (
    tenant_id   uuid NOT NULL,
    point_id    uuid NOT NULL,
    device_id   uuid NOT NULL,
    estate_id   uuid NOT NULL,
    ts          timestamptz NOT NULL,
    num         double precision,
    txt         text,
    quality     smallint NOT NULL,
    PRIMARY KEY (tenant_id, point_id),
    FOREIGN KEY (tenant_id, point_id) REFERENCES point
) WITH (fillfactor = 50);
COMMENT ON TABLE point_newest IS 'The newest reading of each point, by ts and not by arrival';
CREATE INDEX point_newest_estate ON point_newest (tenant_id, estate_id);
CREATE INDEX point_newest_device ON point_newest (tenant_id, device_id);
SELECT linli.protect('point_newest');
SELECT linli.let_lookup_read('point_newest');
GRANT SELECT, INSERT, UPDATE ON point_newest TO linli_app;

CREATE TABLE reading_half_hour (
    tenant_id   uuid NOT NULL,
    point_id    uuid NOT NULL,
    slot        timestamptz NOT NULL,
    n           integer NOT NULL,
    total       double precision NOT NULL,
    low         double precision NOT NULL,
    high        double precision NOT NULL,
    last        double precision NOT NULL,
    last_ts     timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, point_id, slot)
) WITH (fillfactor = 70);
COMMENT ON TABLE reading_half_hour IS 'Good numbers (quality 0) of half an hour from slot on: count, sum, least, greatest, and the last by ts. Kept up by ingest, late readings included';
SELECT linli.protect('reading_half_hour');
SELECT linli.let_lookup_read('reading_half_hour');
GRANT SELECT, INSERT, UPDATE ON reading_half_hour TO linli_app;

CREATE TABLE refusal (
    tenant_id   uuid NOT NULL,
    device_id   uuid NOT NULL,
    reason      text NOT NULL,
    count       bigint NOT NULL,
    last_at     timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, device_id, reason),
    FOREIGN KEY (tenant_id, device_id) REFERENCES device
) WITH (fillfactor = 50);
COMMENT ON TABLE refusal IS 'How many readings of a device were refused, by reason';
SELECT linli.protect('refusal');
GRANT SELECT, INSERT, UPDATE ON refusal TO linli_app;

-- A device as lists show it: its unit, its leading point and what was refused.
CREATE VIEW device_row WITH (security_invoker = true) AS
    SELECT d.tenant_id, d.id, d.estate_id, d.unit_id, d.key, d.name, d.kind, d.place, d.transport,
           e.name AS estate, b.name AS building, n.name AS entrance, u.code AS unit_code,
           s.last_seen, s.said_offline,
           p.unit AS measure, p.value_type, w.num, w.txt,
           coalesce((SELECT sum(r.count) FROM refusal r
                     WHERE r.tenant_id = d.tenant_id AND r.device_id = d.id), 0)::bigint AS refused
    FROM device d
    JOIN estate e ON e.tenant_id = d.tenant_id AND e.id = d.estate_id
    LEFT JOIN unit u ON u.tenant_id = d.tenant_id AND u.id = d.unit_id
    LEFT JOIN building b ON b.tenant_id = u.tenant_id AND b.id = u.building_id
    LEFT JOIN entrance n ON n.tenant_id = u.tenant_id AND n.id = u.entrance_id
    LEFT JOIN device_presence s ON s.tenant_id = d.tenant_id AND s.device_id = d.id
    LEFT JOIN point p ON p.tenant_id = d.tenant_id AND p.device_id = d.id AND p.place = 0
    LEFT JOIN point_newest w ON w.tenant_id = p.tenant_id AND w.point_id = p.id;
GRANT SELECT ON device_row TO linli_app;

-- The points of the resident who asks, by the settings of the transaction, with what they said
-- since the tenure began.
CREATE FUNCTION linli.home_points(home uuid)
RETURNS TABLE (device_id uuid, kind text, point_id uuid, name text, unit text, value_type text,
               ts timestamptz, num double precision, txt text, quality smallint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT d.id, d.kind, p.id, p.name, p.unit, p.value_type, w.ts, w.num, w.txt, w.quality
    FROM public.point_tenure o
    JOIN public.point p ON p.tenant_id = o.tenant_id AND p.id = o.point_id
    JOIN public.device d ON d.tenant_id = p.tenant_id AND d.id = p.device_id
    LEFT JOIN public.point_newest w ON w.tenant_id = p.tenant_id AND w.point_id = p.id AND w.ts >= o.from_at
    WHERE o.tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid
      AND o.household_id = home
      AND o.household_id = ANY (NULLIF(current_setting('app.households', true), '')::uuid[])
      AND o.to_at IS NULL
    ORDER BY d.kind, d.key, p.place
$fn$;
SELECT linli.hand_over('linli.home_points(uuid)');

-- What some of a resident's points read in each half hour of a span, within the tenure only: a
-- half hour that a sale falls into is nobody's.
CREATE FUNCTION linli.home_slots(home uuid, points uuid[], from_ timestamptz, to_ timestamptz)
RETURNS TABLE (point_id uuid, slot timestamptz, n integer, total double precision, last double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT s.point_id, s.slot, s.n, s.total, s.last
    FROM public.point_tenure o
    JOIN public.reading_half_hour s ON s.tenant_id = o.tenant_id AND s.point_id = o.point_id
         AND s.slot >= greatest(from_, o.from_at) AND s.slot < to_
         AND s.slot <= coalesce(o.to_at, 'infinity') - interval '30 minutes'
    WHERE o.tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid
      AND o.household_id = home
      AND o.household_id = ANY (NULLIF(current_setting('app.households', true), '')::uuid[])
      AND o.point_id = ANY (points)
    ORDER BY s.point_id, s.slot
$fn$;
SELECT linli.hand_over('linli.home_slots(uuid, uuid[], timestamptz, timestamptz)');
