-- Homes over time: what a sale writes down of the owners, and whom they share the home with.

ALTER TABLE resident
    ADD COLUMN share integer CHECK (share BETWEEN 1 AND 10000),
    ADD COLUMN company boolean NOT NULL DEFAULT false,
    ADD COLUMN agent text,
    ADD COLUMN until_at timestamptz,
    ADD COLUMN sees_meters boolean NOT NULL DEFAULT true,
    ADD CONSTRAINT resident_agent CHECK (agent IS NULL OR company),
    -- Only of a renter there is anything to limit.
    ADD CONSTRAINT resident_limits CHECK (relation = 'renter' OR (until_at IS NULL AND sees_meters));
COMMENT ON TABLE resident IS 'Somebody of a household; the phone is encrypted under the tenant''s key, with a keyed index beside it. share in 1/10000; until_at is the end of a lease';

-- A renter's lease, and what they may see, are news to whoever has a page open as well.
CREATE OR REPLACE FUNCTION linli.tell_of_residents() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $fn$
BEGIN
    PERFORM linli.tell_people_changed(array_agg(b.tenant_id) || array_agg(a.tenant_id),
                                      array_agg(b.person_id) || array_agg(a.person_id))
    FROM before b JOIN after a ON a.tenant_id = b.tenant_id AND a.id = b.id
    WHERE (a.person_id, a.household_id, a.ended_at, a.until_at, a.sees_meters)
          IS DISTINCT FROM (b.person_id, b.household_id, b.ended_at, b.until_at, b.sees_meters);
    RETURN NULL;
END
$fn$;

-- An owner invites whom they share the home with, and so reads and writes their home's invitations.
ALTER TABLE invitation ADD COLUMN invited_by uuid REFERENCES person;
DROP POLICY tenant_wall ON invitation;
DROP POLICY home_wall ON invitation;
SELECT linli.protect('invitation', 'household');

-- What an invitation's token opens; no row for an unknown, used, revoked or late one, nor for
-- somebody whose lease is over.
DROP FUNCTION linli.invitation_of(bytea, timestamptz);
CREATE FUNCTION linli.invitation_of(token bytea, at timestamptz)
RETURNS TABLE (tenant_id uuid, id uuid, household_id uuid, resident_id uuid, resident_name text,
               company text, slug text, estate text, building text, entrance text, unit text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT i.tenant_id, i.id, i.household_id, i.resident_id, r.name, t.name, t.slug, e.name, b.name, n.name, u.code
    FROM public.invitation i
    JOIN public.tenant t ON t.id = i.tenant_id
    JOIN public.resident r ON r.tenant_id = i.tenant_id AND r.id = i.resident_id AND r.ended_at IS NULL
         AND (r.until_at IS NULL OR r.until_at > at)
    JOIN public.household h ON h.tenant_id = i.tenant_id AND h.id = i.household_id AND h.ended_on IS NULL
    JOIN public.unit u ON u.tenant_id = i.tenant_id AND u.id = h.unit_id
    JOIN public.building b ON b.tenant_id = i.tenant_id AND b.id = u.building_id
    JOIN public.estate e ON e.tenant_id = i.tenant_id AND e.id = u.estate_id
    LEFT JOIN public.entrance n ON n.tenant_id = i.tenant_id AND n.id = u.entrance_id
    WHERE i.token_hash = token AND i.used_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > at
$fn$;
SELECT linli.hand_over('linli.invitation_of(bytea, timestamptz)');

-- The hats that a person can wear: staff of a tenant, or resident of one.
DROP FUNCTION linli.hats_of(uuid);
CREATE FUNCTION linli.hats_of(person uuid, at timestamptz)
RETURNS TABLE (tenant_id uuid, slug text, company text, hat text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT t.id, t.slug, t.name, 'staff'
    FROM public.staff s JOIN public.tenant t ON t.id = s.tenant_id
    WHERE s.person_id = person AND s.left_at IS NULL
    UNION ALL
    SELECT DISTINCT t.id, t.slug, t.name, 'resident'
    FROM public.resident r
    JOIN public.household h ON h.tenant_id = r.tenant_id AND h.id = r.household_id AND h.ended_on IS NULL
    JOIN public.tenant t ON t.id = r.tenant_id
    WHERE r.person_id = person AND r.ended_at IS NULL AND (r.until_at IS NULL OR r.until_at > at)
    ORDER BY 4 DESC, 2
$fn$;
SELECT linli.hand_over('linli.hats_of(uuid, timestamptz)');

-- The same as before; a lease that is over opens nothing, and of the homes, whose meters may be
-- read as well.
DROP FUNCTION linli.session_of(bytea, uuid, timestamptz, interval);
CREATE FUNCTION linli.session_of(token bytea, which uuid, at timestamptz, idle interval)
RETURNS TABLE (session_id uuid, person_id uuid, person_name text, tenant_id uuid, slug text,
               company text, time_zone text, language text, tenant_state text, hat text, kind text,
               epoch integer, grants jsonb, relations text[], households uuid[], metered uuid[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $fn$
DECLARE
    s public.session;
BEGIN
    IF token IS NOT NULL THEN
        SELECT * INTO s FROM public.session x WHERE x.token_hash = token;
    ELSE
        SELECT * INTO s FROM public.session x WHERE x.id = which;
    END IF;
    IF s.id IS NULL OR s.ended_at IS NOT NULL OR s.expires_at <= at OR s.seen_at + idle <= at THEN
        RETURN;
    END IF;
    -- Once in five minutes is exact enough for the idle limit and spares a write a request.
    IF s.seen_at < at - interval '5 minutes' THEN
        UPDATE public.session x SET seen_at = at WHERE x.id = s.id;
    END IF;
    IF s.hat = 'staff' THEN
        RETURN QUERY
        SELECT s.id, s.person_id, p.name, t.id, t.slug, t.name, t.time_zone, t.language, t.state, s.hat, s.kind, s.epoch,
               linli.grants_of(t.id, p.id, at), '{}'::text[], '{}'::uuid[], '{}'::uuid[]
        FROM public.person p, public.tenant t
        WHERE p.id = s.person_id AND t.id = s.tenant_id
          AND EXISTS (SELECT FROM public.staff f
                      WHERE f.tenant_id = t.id AND f.person_id = p.id AND f.left_at IS NULL);
    ELSE
        RETURN QUERY
        SELECT s.id, s.person_id, p.name, t.id, t.slug, t.name, t.time_zone, t.language, t.state, s.hat, s.kind, s.epoch,
               '[]'::jsonb, home.relations, home.households, home.metered
        FROM public.person p, public.tenant t, LATERAL (
            SELECT array_agg(DISTINCT r.relation) AS relations, array_agg(DISTINCT r.household_id) AS households,
                   coalesce(array_agg(DISTINCT r.household_id) FILTER (WHERE r.sees_meters), '{}') AS metered
            FROM public.resident r
            JOIN public.household h ON h.tenant_id = r.tenant_id AND h.id = r.household_id AND h.ended_on IS NULL
            WHERE r.tenant_id = t.id AND r.person_id = p.id AND r.ended_at IS NULL
              AND (r.until_at IS NULL OR r.until_at > at)) home
        WHERE p.id = s.person_id AND t.id = s.tenant_id AND home.households IS NOT NULL;
    END IF;
END
$fn$;
SELECT linli.hand_over('linli.session_of(bytea, uuid, timestamptz, interval)');

-- The points of the resident who asks, by the settings of the transaction, with what they said
-- since the tenure began. app.metered are those of their homes whose meters they may read.
DROP FUNCTION linli.home_points(uuid);
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
      AND o.household_id = ANY (NULLIF(current_setting('app.metered', true), '')::uuid[])
      AND o.to_at IS NULL
    ORDER BY d.kind, d.key, p.place
$fn$;
SELECT linli.hand_over('linli.home_points(uuid)');

-- What some of a resident's points read in each half hour of a span, within the tenure only: a
-- half hour that a sale falls into is nobody's.
DROP FUNCTION linli.home_slots(uuid, uuid[], timestamptz, timestamptz);
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
      AND o.household_id = ANY (NULLIF(current_setting('app.metered', true), '')::uuid[])
      AND o.point_id = ANY (points)
    ORDER BY s.point_id, s.slot
$fn$;
SELECT linli.hand_over('linli.home_slots(uuid, uuid[], timestamptz, timestamptz)');
