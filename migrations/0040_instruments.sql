-- What hangs at a meter's place of measuring: the instrument changes, the point and its history go on.

CREATE TABLE instrument (
    tenant_id      uuid NOT NULL,
    id             uuid NOT NULL,
    device_id      uuid NOT NULL,
    point_id       uuid NOT NULL,
    estate_id      uuid NOT NULL,
    unit_id        uuid,
    serial         text NOT NULL,
    verified_on    date,
    valid_until    date CHECK (valid_until >= verified_on),
    ratio          double precision NOT NULL CHECK (ratio > 0 AND ratio <= 1000000),
    since          timestamptz NOT NULL,
    last_register  double precision CHECK (last_register >= 0),
    first_register double precision NOT NULL CHECK (first_register >= 0),
    carried        double precision NOT NULL,
    recorded_by    uuid,
    recorded_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, point_id, since),
    FOREIGN KEY (tenant_id, device_id) REFERENCES device,
    FOREIGN KEY (tenant_id, point_id) REFERENCES point,
    FOREIGN KEY (tenant_id, estate_id) REFERENCES estate,
    FOREIGN KEY (tenant_id, unit_id) REFERENCES unit
);
COMMENT ON TABLE instrument IS 'A meter that hangs at a point (计量器具) from since on, until the next one. What was counted at a reading is carried + ratio * register, by the instrument of the reading''s own time; consumption is the difference of two such, whatever hung there in between';
COMMENT ON COLUMN instrument.ratio IS 'Of the current transformers (互感器变比): what one unit of the register stands for';
COMMENT ON COLUMN instrument.last_register IS 'What the one before stood at when it went; none where nothing had been read before';
COMMENT ON COLUMN instrument.carried IS 'So that the count goes on where the one before left it';
COMMENT ON COLUMN instrument.recorded_by IS 'The person; none where it was a program with a key or the product itself: the audit log knows';
CREATE INDEX instrument_device ON instrument (tenant_id, device_id);
SELECT linli.protect('instrument');
SELECT linli.wall_in('instrument', '{estate_id,unit_id}');
SELECT linli.let_lookup_read('instrument');
GRANT SELECT, INSERT ON instrument TO linli_app;

-- As before, with what was counted at the last reading of the half hour, and since when the household
-- has had the meter: of one that came back, what others used in between is not its own.
DROP FUNCTION linli.home_slots(uuid, uuid[], timestamptz, timestamptz);
CREATE FUNCTION linli.home_slots(home uuid, points uuid[], from_ timestamptz, to_ timestamptz)
RETURNS TABLE (point_id uuid, slot timestamptz, n integer, total double precision, last double precision,
               counted double precision, tenure timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT s.point_id, s.slot, s.n, s.total, s.last, coalesce(i.carried + i.ratio * s.last, s.last), o.from_at
    FROM public.point_tenure o
    JOIN public.reading_half_hour s ON s.tenant_id = o.tenant_id AND s.point_id = o.point_id
         AND s.slot >= greatest(from_, o.from_at) AND s.slot < to_
         AND s.slot <= coalesce(o.to_at, 'infinity') - interval '30 minutes'
    LEFT JOIN LATERAL (SELECT t.carried, t.ratio FROM public.instrument t
                       WHERE t.tenant_id = s.tenant_id AND t.point_id = s.point_id AND t.since <= s.last_ts
                       ORDER BY t.since DESC LIMIT 1) i ON true
    WHERE o.tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid
      AND o.household_id = home
      AND o.household_id = ANY (NULLIF(current_setting('app.metered', true), '')::uuid[])
      AND o.point_id = ANY (points)
    ORDER BY s.point_id, s.slot
$fn$;
SELECT linli.hand_over('linli.home_slots(uuid, uuid[], timestamptz, timestamptz)');
