-- A company's estates lie in regions (区域), and an estate's buildings in phases (期). Neither has to
-- be: a company with two estates has no regions.

CREATE TABLE region (
    tenant_id   uuid NOT NULL REFERENCES tenant,
    id          uuid NOT NULL,
    name        text NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name)
);
COMMENT ON TABLE region IS 'Estates that somebody answers for together (区域)';
SELECT linli.protect('region');
GRANT SELECT, INSERT ON region TO linli_app;
GRANT UPDATE (name) ON region TO linli_app;

CREATE TABLE phase (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    estate_id   uuid NOT NULL,
    name        text NOT NULL,
    sort_key    text COLLATE "C" NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, estate_id, name),
    UNIQUE (tenant_id, estate_id, id),
    FOREIGN KEY (tenant_id, estate_id) REFERENCES estate
);
COMMENT ON TABLE phase IS 'A part of an estate that was built and handed over together (期)';
SELECT linli.protect('phase');
GRANT SELECT, INSERT ON phase TO linli_app;
GRANT UPDATE (name, sort_key) ON phase TO linli_app;

ALTER TABLE estate
    ADD COLUMN region_id uuid,
    ADD FOREIGN KEY (tenant_id, region_id) REFERENCES region;
CREATE INDEX estate_region ON estate (tenant_id, region_id) WHERE region_id IS NOT NULL;
-- A building lies in a phase of its own estate and of no other.
ALTER TABLE building
    ADD COLUMN phase_id uuid,
    ADD FOREIGN KEY (tenant_id, estate_id, phase_id) REFERENCES phase (tenant_id, estate_id, id);
CREATE INDEX building_phase ON building (tenant_id, phase_id) WHERE phase_id IS NOT NULL;

-- Whoever has an estate names its region, and whoever has a building its phase: those lie around.
SELECT linli.wall_in('region', '{id}', 'id');
SELECT linli.wall_in('phase', '{estate_id,id}', 'id');

ALTER TABLE role_grant
    ADD COLUMN regions uuid[] NOT NULL DEFAULT '{}',
    ADD COLUMN phases uuid[] NOT NULL DEFAULT '{}',
    DROP CONSTRAINT role_grant_places,
    ADD CONSTRAINT role_grant_places CHECK (everywhere =
        (cardinality(regions) + cardinality(estates) + cardinality(phases) + cardinality(buildings) + cardinality(units) = 0));
ALTER TABLE role_grant ALTER COLUMN regions DROP DEFAULT, ALTER COLUMN phases DROP DEFAULT;
COMMENT ON TABLE role_grant IS
    'A role that a member of staff holds: everywhere, or at the regions, estates, phases, buildings and units listed';
ALTER TABLE staff_invitation
    ADD COLUMN regions uuid[] NOT NULL DEFAULT '{}',
    ADD COLUMN phases uuid[] NOT NULL DEFAULT '{}';
ALTER TABLE staff_invitation ALTER COLUMN regions DROP DEFAULT, ALTER COLUMN phases DROP DEFAULT;

-- The same as before, with regions and phases: `places` lists the estates of a region, the buildings
-- of a phase and the units of whole buildings as they are now, `around` what all those lie in.
--
-- Nothing is looked up for a grant that holds everywhere, or for places of a kind that it has not.
CREATE OR REPLACE FUNCTION linli.grants_of(tenant uuid, person uuid, at timestamptz) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = '' AS $fn$
    SELECT coalesce(jsonb_agg(jsonb_build_object(
               'id', g.id, 'role', g.role, 'custom_role', g.custom_role_id,
               'actions', c.actions, 'until', g.until_at, 'everywhere', g.everywhere,
               'places', g.regions || w.estates || g.phases || w.buildings || g.units
                   || CASE WHEN cardinality(w.buildings) > 0 THEN
                          ARRAY(SELECT u.id FROM public.unit u
                                WHERE u.tenant_id = g.tenant_id AND u.building_id = ANY (w.buildings))
                      ELSE '{}' END,
               'around', CASE WHEN cardinality(w.estates) > 0 THEN
                             ARRAY(SELECT DISTINCT e.region_id FROM public.estate e
                                   WHERE e.tenant_id = g.tenant_id AND e.id = ANY (w.estates) AND e.region_id IS NOT NULL)
                         ELSE '{}' END
                   || CASE WHEN cardinality(g.phases) > 0 THEN
                          ARRAY(SELECT DISTINCT x FROM public.phase p
                                JOIN public.estate e ON e.tenant_id = p.tenant_id AND e.id = p.estate_id,
                                unnest(ARRAY[p.estate_id, e.region_id]) x
                                WHERE p.tenant_id = g.tenant_id AND p.id = ANY (g.phases) AND x IS NOT NULL)
                      ELSE '{}' END
                   || CASE WHEN cardinality(g.buildings) > 0 THEN
                          ARRAY(SELECT DISTINCT x FROM public.building b
                                JOIN public.estate e ON e.tenant_id = b.tenant_id AND e.id = b.estate_id,
                                unnest(ARRAY[b.estate_id, b.phase_id, e.region_id]) x
                                WHERE b.tenant_id = g.tenant_id AND b.id = ANY (g.buildings) AND x IS NOT NULL)
                      ELSE '{}' END
                   || CASE WHEN cardinality(g.units) > 0 THEN
                          ARRAY(SELECT DISTINCT x FROM public.unit u
                                JOIN public.building b ON b.tenant_id = u.tenant_id AND b.id = u.building_id
                                JOIN public.estate e ON e.tenant_id = u.tenant_id AND e.id = u.estate_id,
                                unnest(ARRAY[u.estate_id, u.building_id, b.phase_id, e.region_id]) x
                                WHERE u.tenant_id = g.tenant_id AND u.id = ANY (g.units) AND x IS NOT NULL)
                      ELSE '{}' END)
               ORDER BY g.granted_at, g.id), '[]')
    FROM public.role_grant g
    LEFT JOIN public.custom_role c ON c.tenant_id = g.tenant_id AND c.id = g.custom_role_id
    CROSS JOIN LATERAL (
        SELECT g.estates || CASE WHEN cardinality(g.regions) > 0 THEN
                   ARRAY(SELECT e.id FROM public.estate e
                         WHERE e.tenant_id = g.tenant_id AND e.region_id = ANY (g.regions))
               ELSE '{}' END AS estates,
               g.buildings || CASE WHEN cardinality(g.phases) > 0 THEN
                   ARRAY(SELECT b.id FROM public.building b
                         WHERE b.tenant_id = g.tenant_id AND b.phase_id = ANY (g.phases))
               ELSE '{}' END AS buildings
    ) w
    WHERE g.tenant_id = tenant AND g.person_id = person
      AND g.ended_at IS NULL AND (g.until_at IS NULL OR g.until_at > at)
$fn$;
SELECT linli.let_lookup_read('phase');

-- A place that moves takes what people may do there along: everybody in the company looks again.
CREATE OR REPLACE FUNCTION linli.tell_of_one() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $fn$
BEGIN
    CASE TG_TABLE_NAME
        WHEN 'session' THEN PERFORM linli.tell_changed('session', NEW.id);
        WHEN 'staff' THEN PERFORM linli.tell_changed('person', NEW.tenant_id, NEW.person_id);
        WHEN 'tenant' THEN PERFORM linli.tell_changed('tenant', NEW.id);
        WHEN 'estate', 'building' THEN PERFORM linli.tell_changed('tenant', NEW.tenant_id);
    END CASE;
    RETURN NULL;
END
$fn$;
CREATE TRIGGER tell_moved AFTER UPDATE OF region_id ON estate FOR EACH ROW
    WHEN (OLD.region_id IS DISTINCT FROM NEW.region_id) EXECUTE FUNCTION linli.tell_of_one();
CREATE TRIGGER tell_moved AFTER UPDATE OF phase_id ON building FOR EACH ROW
    WHEN (OLD.phase_id IS DISTINCT FROM NEW.phase_id) EXECUTE FUNCTION linli.tell_of_one();
