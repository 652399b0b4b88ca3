-- What staff may do, and where: grants of roles at places, and the third wall, which holds each
-- member of staff to the places of the role they act in.

-- Puts the third wall around a table whose rows lie somewhere.
--
-- app.places is '*', or the ids of estates, buildings and units, each with all that is in it. A row
-- is inside when one of its `columns` holds such an id. `around` names one more column, for rows
-- that may be seen (and not changed) because something inside lies in them: somebody who has one
-- building must be able to name its estate. Unset or emptied, nothing is seen.
CREATE FUNCTION linli.wall_in(target regclass, columns name[], around name DEFAULT NULL)
RETURNS void LANGUAGE plpgsql SET search_path = '' AS $fn$
DECLARE
    everywhere text := $q$current_setting('app.places', true) = '*'$q$;
    inside text := (
        SELECT string_agg(format($q$%I = ANY (NULLIF(current_setting('app.places', true), '')::uuid[])$q$, c), ' OR ')
        FROM unnest(columns) c);
    seen text := inside;
BEGIN
    IF around IS NOT NULL THEN
        seen := format($q$%s OR %I = ANY (NULLIF(current_setting('app.around', true), '')::uuid[])$q$, inside, around);
    END IF;
    -- A CASE and no OR: the star is no array.
    EXECUTE format('CREATE POLICY place_wall ON %s AS RESTRICTIVE TO linli_app '
                   'USING (CASE WHEN %s THEN true ELSE %s END) WITH CHECK (CASE WHEN %s THEN true ELSE %s END)',
                   target, everywhere, seen, everywhere, inside);
END
$fn$;
REVOKE ALL ON FUNCTION linli.wall_in(regclass, name[], name) FROM PUBLIC;

-- Rows that hang on a unit say so themselves: a wall looks at its own row only. FORCE is lifted for
-- the moment, since it binds the owner too and the backfill would match nothing.
ALTER TABLE entrance ADD COLUMN estate_id uuid;
ALTER TABLE resident ADD COLUMN estate_id uuid, ADD COLUMN unit_id uuid;
ALTER TABLE point ADD COLUMN unit_id uuid;
ALTER TABLE entrance NO FORCE ROW LEVEL SECURITY;
ALTER TABLE building NO FORCE ROW LEVEL SECURITY;
ALTER TABLE resident NO FORCE ROW LEVEL SECURITY;
ALTER TABLE household NO FORCE ROW LEVEL SECURITY;
ALTER TABLE point NO FORCE ROW LEVEL SECURITY;
ALTER TABLE device NO FORCE ROW LEVEL SECURITY;
UPDATE entrance n SET estate_id = b.estate_id FROM building b WHERE b.tenant_id = n.tenant_id AND b.id = n.building_id;
UPDATE resident r SET estate_id = h.estate_id, unit_id = h.unit_id
FROM household h WHERE h.tenant_id = r.tenant_id AND h.id = r.household_id;
UPDATE point p SET unit_id = d.unit_id
FROM device d WHERE d.tenant_id = p.tenant_id AND d.id = p.device_id AND d.unit_id IS NOT NULL;
ALTER TABLE entrance FORCE ROW LEVEL SECURITY;
ALTER TABLE building FORCE ROW LEVEL SECURITY;
ALTER TABLE resident FORCE ROW LEVEL SECURITY;
ALTER TABLE household FORCE ROW LEVEL SECURITY;
ALTER TABLE point FORCE ROW LEVEL SECURITY;
ALTER TABLE device FORCE ROW LEVEL SECURITY;
-- Fails where the backfill left something out.
ALTER TABLE entrance ALTER COLUMN estate_id SET NOT NULL;
ALTER TABLE resident ALTER COLUMN estate_id SET NOT NULL, ALTER COLUMN unit_id SET NOT NULL;

SELECT linli.wall_in('estate', '{id}', 'id');
SELECT linli.wall_in('building', '{estate_id,id}', 'id');
SELECT linli.wall_in('entrance', '{estate_id,building_id}', 'building_id');
SELECT linli.wall_in('unit', '{estate_id,id}');
SELECT linli.wall_in('household', '{estate_id,unit_id}');
SELECT linli.wall_in('resident', '{estate_id,unit_id}');
SELECT linli.wall_in('roster_import', '{estate_id}');
SELECT linli.wall_in('device', '{estate_id,unit_id}');
SELECT linli.wall_in('point', '{estate_id,unit_id}');
-- Within an estate the newest values are reached through their point, which has the finer wall: a
-- unit here would be one more column for ingest to write each time.
SELECT linli.wall_in('point_newest', '{estate_id}', 'estate_id');

CREATE TABLE custom_role (
    tenant_id   uuid NOT NULL REFERENCES tenant,
    id          uuid NOT NULL,
    name        text NOT NULL,
    actions     text[] NOT NULL,
    created_at  timestamptz NOT NULL,
    ended_at    timestamptz,
    PRIMARY KEY (tenant_id, id)
);
COMMENT ON TABLE custom_role IS 'A role that a company made for itself: a name and a set of actions';
CREATE UNIQUE INDEX custom_role_name ON custom_role (tenant_id, name) WHERE ended_at IS NULL;
SELECT linli.protect('custom_role');
SELECT linli.let_lookup_read('custom_role');
GRANT SELECT, INSERT, UPDATE ON custom_role TO linli_app;

-- A grant is one role at some places for some time. One that ended is kept: it explains the past.
ALTER TABLE role_grant NO FORCE ROW LEVEL SECURITY;
ALTER TABLE role_grant
    DROP CONSTRAINT role_grant_pkey,
    DROP CONSTRAINT role_grant_role_check,
    ADD COLUMN id uuid,
    ADD COLUMN custom_role_id uuid,
    ADD COLUMN everywhere boolean NOT NULL DEFAULT true,
    ADD COLUMN estates uuid[] NOT NULL DEFAULT '{}',
    ADD COLUMN buildings uuid[] NOT NULL DEFAULT '{}',
    ADD COLUMN units uuid[] NOT NULL DEFAULT '{}',
    ADD COLUMN granted_by uuid REFERENCES person,
    ADD COLUMN until_at timestamptz,
    ADD COLUMN ended_at timestamptz;
UPDATE role_grant SET id = gen_random_uuid();
ALTER TABLE role_grant FORCE ROW LEVEL SECURITY;
ALTER TABLE role_grant
    ALTER COLUMN id SET NOT NULL,
    ALTER COLUMN everywhere DROP DEFAULT,
    ADD PRIMARY KEY (tenant_id, id),
    ADD FOREIGN KEY (tenant_id, custom_role_id) REFERENCES custom_role,
    ADD CONSTRAINT role_grant_role CHECK ((role = 'custom') = (custom_role_id IS NOT NULL)
        AND role IN ('tenant_admin', 'regional_manager', 'estate_manager', 'steward', 'front_desk', 'cashier',
                     'accountant', 'finance_reviewer', 'engineering_lead', 'repairer', 'security_lead', 'guard',
                     'cleaner', 'contractor', 'custom')),
    ADD CONSTRAINT role_grant_places
        CHECK (everywhere = (cardinality(estates) + cardinality(buildings) + cardinality(units) = 0)),
    ADD CONSTRAINT role_grant_admin CHECK (role <> 'tenant_admin' OR everywhere);
COMMENT ON TABLE role_grant IS 'A role that a member of staff holds: everywhere, or at the estates, buildings and units listed';
CREATE INDEX role_grant_person ON role_grant (tenant_id, person_id) WHERE ended_at IS NULL;
REVOKE DELETE ON role_grant FROM linli_app;
GRANT UPDATE (ended_at) ON role_grant TO linli_app;

CREATE TABLE staff_invitation (
    tenant_id      uuid NOT NULL REFERENCES tenant,
    id             uuid NOT NULL,
    name           text NOT NULL,
    token_hash     bytea NOT NULL,
    role           text NOT NULL,
    custom_role_id uuid,
    everywhere     boolean NOT NULL,
    estates        uuid[] NOT NULL,
    buildings      uuid[] NOT NULL,
    units          uuid[] NOT NULL,
    until_at       timestamptz,
    invited_by     uuid REFERENCES person,
    created_at     timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL,
    used_at        timestamptz,
    revoked_at     timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, custom_role_id) REFERENCES custom_role
);
COMMENT ON TABLE staff_invitation IS 'A single-use link that lets somebody in as staff, with the grant it brings; only the token''s hash is kept';
CREATE INDEX staff_invitation_token ON staff_invitation (token_hash);
SELECT linli.protect('staff_invitation');
SELECT linli.let_lookup_read('staff_invitation');
GRANT SELECT, INSERT ON staff_invitation TO linli_app;
GRANT UPDATE (used_at, revoked_at) ON staff_invitation TO linli_app;

-- What a staff invitation's token opens; no row for an unknown, used, revoked or late one.
CREATE FUNCTION linli.staff_invitation_of(token bytea, at timestamptz)
RETURNS TABLE (tenant_id uuid, id uuid, name text, company text, slug text, time_zone text, tenant_state text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT i.tenant_id, i.id, i.name, t.name, t.slug, t.time_zone, t.state
    FROM public.staff_invitation i JOIN public.tenant t ON t.id = i.tenant_id
    WHERE i.token_hash = token AND i.used_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > at
$fn$;
SELECT linli.hand_over('linli.staff_invitation_of(bytea, timestamptz)');

-- The running grants of a member of staff, with what their places contain: the units of whole
-- buildings, and the estates and buildings that those and single units lie in.
--
-- No definer: only linli.session_of calls it, which is one.
CREATE FUNCTION linli.grants_of(tenant uuid, person uuid, at timestamptz) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = '' AS $fn$
    SELECT coalesce(jsonb_agg(jsonb_build_object(
               'id', g.id, 'role', g.role, 'custom_role', g.custom_role_id,
               'actions', c.actions, 'until', g.until_at, 'everywhere', g.everywhere,
               'places', g.estates || g.buildings || g.units
                   || CASE WHEN cardinality(g.buildings) > 0 THEN
                          ARRAY(SELECT u.id FROM public.unit u
                                WHERE u.tenant_id = g.tenant_id AND u.building_id = ANY (g.buildings))
                      ELSE '{}' END,
               'around', CASE WHEN cardinality(g.buildings) > 0 THEN
                             ARRAY(SELECT DISTINCT b.estate_id FROM public.building b
                                   WHERE b.tenant_id = g.tenant_id AND b.id = ANY (g.buildings))
                         ELSE '{}' END
                   || CASE WHEN cardinality(g.units) > 0 THEN
                          ARRAY(SELECT DISTINCT x FROM public.unit u, unnest(ARRAY[u.estate_id, u.building_id]) x
                                WHERE u.tenant_id = g.tenant_id AND u.id = ANY (g.units))
                      ELSE '{}' END)
               ORDER BY g.granted_at, g.id), '[]')
    FROM public.role_grant g
    LEFT JOIN public.custom_role c ON c.tenant_id = g.tenant_id AND c.id = g.custom_role_id
    WHERE g.tenant_id = tenant AND g.person_id = person
      AND g.ended_at IS NULL AND (g.until_at IS NULL OR g.until_at > at)
$fn$;
REVOKE ALL ON FUNCTION linli.grants_of(uuid, uuid, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION linli.grants_of(uuid, uuid, timestamptz) TO linli_lookup;

-- The same as before, with grants in the place of roles; of a resident, how they belong to their homes.
DROP FUNCTION linli.session_of(bytea, uuid, timestamptz, interval);
CREATE FUNCTION linli.session_of(token bytea, which uuid, at timestamptz, idle interval)
RETURNS TABLE (session_id uuid, person_id uuid, person_name text, tenant_id uuid, slug text,
               company text, time_zone text, language text, tenant_state text, hat text, kind text,
               epoch integer, grants jsonb, relations text[], households uuid[])
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
               linli.grants_of(t.id, p.id, at), '{}'::text[], '{}'::uuid[]
        FROM public.person p, public.tenant t
        WHERE p.id = s.person_id AND t.id = s.tenant_id
          AND EXISTS (SELECT FROM public.staff f
                      WHERE f.tenant_id = t.id AND f.person_id = p.id AND f.left_at IS NULL);
    ELSE
        RETURN QUERY
        SELECT s.id, s.person_id, p.name, t.id, t.slug, t.name, t.time_zone, t.language, t.state, s.hat, s.kind, s.epoch,
               '[]'::jsonb, home.relations, home.households
        FROM public.person p, public.tenant t, LATERAL (
            SELECT array_agg(DISTINCT r.relation) AS relations, array_agg(DISTINCT r.household_id) AS households
            FROM public.resident r
            JOIN public.household h ON h.tenant_id = r.tenant_id AND h.id = r.household_id AND h.ended_on IS NULL
            WHERE r.tenant_id = t.id AND r.person_id = p.id AND r.ended_at IS NULL) home
        WHERE p.id = s.person_id AND t.id = s.tenant_id AND home.households IS NOT NULL;
    END IF;
END
$fn$;
SELECT linli.hand_over('linli.session_of(bytea, uuid, timestamptz, interval)');
