-- Why a point that is asked could not be read: beside a newest value that counts as failed, and where
-- nothing was ever read.
ALTER TABLE point ADD COLUMN unread_as text;
COMMENT ON COLUMN point.unread_as IS 'Why it could not be read last; counts while its newest value is failed or there is none';
GRANT UPDATE (unread_as) ON point TO linli_app;

-- What was said twice is counted as well, and is nothing that anybody has to see to.
CREATE OR REPLACE VIEW device_row WITH (security_invoker = true) AS
    SELECT d.tenant_id, d.id, d.estate_id, d.unit_id, d.key, d.name, d.kind, d.place, d.transport,
           e.name AS estate, b.name AS building, n.name AS entrance, u.code AS unit_code,
           s.last_seen, s.said_offline,
           p.unit AS measure, p.value_type, w.num, w.txt,
           coalesce((SELECT sum(r.count) FROM refusal r
                     WHERE r.tenant_id = d.tenant_id AND r.device_id = d.id AND r.reason <> 'duplicate'), 0)::bigint AS refused,
           d.retired_at, linli.device_rhythm(d.transport, s.rhythm_s) AS rhythm_s
    FROM device d
    JOIN estate e ON e.tenant_id = d.tenant_id AND e.id = d.estate_id
    LEFT JOIN unit u ON u.tenant_id = d.tenant_id AND u.id = d.unit_id
    LEFT JOIN building b ON b.tenant_id = u.tenant_id AND b.id = u.building_id
    LEFT JOIN entrance n ON n.tenant_id = u.tenant_id AND n.id = u.entrance_id
    LEFT JOIN device_presence s ON s.tenant_id = d.tenant_id AND s.device_id = d.id
    LEFT JOIN point p ON p.tenant_id = d.tenant_id AND p.device_id = d.id AND p.place = 0
    LEFT JOIN point_newest w ON w.tenant_id = p.tenant_id AND w.point_id = p.id;
