-- What somebody takes along of what is held about them names the cars of their homes, while they lived
-- there.

SELECT linli.let_lookup_read('vehicle');

DROP FUNCTION linli.homes_held(uuid);
-- The homes that a person lives or lived in, whichever company they are with, as they are written
-- down; and what became of the last request to forget them there.
CREATE FUNCTION linli.homes_held(person uuid)
RETURNS TABLE (tenant_id uuid, resident_id uuid, company text, estate text, building text, entrance text, unit text,
               relation text, name text, phone_cipher bytea, id_number_cipher bytea, cars text[],
               since timestamptz, until timestamptz, running boolean, asked text, reason text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT r.tenant_id, r.id, t.name, e.name, b.name, n.name, u.code,
           r.relation, r.name, r.phone_cipher, r.id_number_cipher,
           ARRAY(SELECT v.plate FROM public.vehicle v
                 WHERE v.tenant_id = r.tenant_id AND v.household_id = r.household_id
                   AND v.created_at < coalesce(lived.until, 'infinity')
                   AND coalesce(v.ended_at, 'infinity') > r.created_at
                 ORDER BY v.id),
           r.created_at, lived.until,
           r.ended_at IS NULL AND h.ended_on IS NULL, q.state, q.reason
    FROM public.resident r
    JOIN public.tenant t ON t.id = r.tenant_id
    JOIN public.household h ON h.tenant_id = r.tenant_id AND h.id = r.household_id
    JOIN public.unit u ON u.tenant_id = r.tenant_id AND u.id = r.unit_id
    JOIN public.building b ON b.tenant_id = r.tenant_id AND b.id = u.building_id
    JOIN public.estate e ON e.tenant_id = r.tenant_id AND e.id = r.estate_id
    LEFT JOIN public.entrance n ON n.tenant_id = r.tenant_id AND n.id = u.entrance_id
    CROSS JOIN LATERAL (SELECT coalesce(r.ended_at, r.until_at, h.ended_on::timestamp AT TIME ZONE t.time_zone)) lived(until)
    LEFT JOIN LATERAL (SELECT x.state, x.reason FROM public.erasure_request x
                       WHERE x.tenant_id = r.tenant_id AND x.resident_id = r.id AND x.person_id = person
                       ORDER BY x.id DESC LIMIT 1) q ON true
    WHERE r.person_id = person
    ORDER BY r.id
$fn$;
SELECT linli.hand_over('linli.homes_held(uuid)');
