-- The walls that every table stands behind, made by three functions so that each table gets the
-- same. Runs as linli_owner; the roles linli_app, linli_platform and linli_lookup exist already.

CREATE SCHEMA linli;
COMMENT ON SCHEMA linli IS 'Functions: walls for migrations, and the few definer functions that look across tenants';
CREATE SCHEMA vault;
COMMENT ON SCHEMA vault IS 'Partitions. The serving login has no grants here and reaches them through their parents only';

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public, linli TO linli_app, linli_lookup;

-- Puts the tenant wall, and a second wall, around a table with tenant data.
--
-- wall: 'staff'      a resident has no policy and sees nothing
--       'household'  a resident sees the rows of the households in app.households
-- key:  the column that holds the tenant; only `tenant` itself has another than tenant_id
--
-- The settings are read in place and not through a function or a sub-select: engines that shard
-- Postgres refuse those in policies. An unset or emptied setting compares to NULL: nothing is seen.
CREATE FUNCTION linli.protect(target regclass, wall text DEFAULT 'staff', key name DEFAULT 'tenant_id')
RETURNS void LANGUAGE plpgsql SET search_path = '' AS $fn$
DECLARE
    tenant text := format($q$%I = NULLIF(current_setting('app.tenant_id', true), '')::uuid$q$, key);
    staff text := $q$current_setting('app.actor', true) IN ('staff', 'system')$q$;
    home text := $q$household_id = ANY (NULLIF(current_setting('app.households', true), '')::uuid[])$q$;
    second text;
BEGIN
    second := CASE wall
        WHEN 'staff' THEN staff
        WHEN 'household' THEN format('(%s OR %s)', staff, home)
    END;
    IF second IS NULL THEN
        RAISE EXCEPTION 'unknown wall %', wall;
    END IF;
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
    EXECUTE format('CREATE POLICY tenant_wall ON %s TO linli_app USING (%s) WITH CHECK (%s)',
                   target, tenant, tenant);
    EXECUTE format('CREATE POLICY home_wall ON %s AS RESTRICTIVE TO linli_app USING (%s) WITH CHECK (%s)',
                   target, second, second);
END
$fn$;

-- Keeps a global table (person, credential, session, …) out of the serving login's reach: no
-- grants, and no policy but linli_lookup's, whose definer functions are the only way in.
CREATE FUNCTION linli.seal(target regclass)
RETURNS void LANGUAGE plpgsql SET search_path = '' AS $fn$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
    EXECUTE format('REVOKE ALL ON %s FROM PUBLIC, linli_app', target);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO linli_lookup', target);
    EXECUTE format('CREATE POLICY lookup ON %s TO linli_lookup USING (true) WITH CHECK (true)', target);
END
$fn$;

-- Lets the definer functions read a protected table across tenants.
CREATE FUNCTION linli.let_lookup_read(target regclass)
RETURNS void LANGUAGE plpgsql SET search_path = '' AS $fn$
BEGIN
    EXECUTE format('GRANT SELECT ON %s TO linli_lookup', target);
    EXECUTE format('CREATE POLICY lookup ON %s FOR SELECT TO linli_lookup USING (true)', target);
END
$fn$;

-- Hands a definer function to linli_lookup and lets only the serving login call it. The right to
-- create in the schema is there for just that moment.
CREATE FUNCTION linli.hand_over(target regprocedure)
RETURNS void LANGUAGE plpgsql SET search_path = '' AS $fn$
BEGIN
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', target);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO linli_app', target);
    GRANT CREATE ON SCHEMA linli TO linli_lookup;
    EXECUTE format('ALTER FUNCTION %s OWNER TO linli_lookup', target);
    REVOKE CREATE ON SCHEMA linli FROM linli_lookup;
END
$fn$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA linli FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA linli REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
