-- The four roles that the migrations build on, and who may act for whom. Safe to run again, and
-- from several databases of one server at the same time.
--
-- linli_owner     owns the tables and migrates
-- linli_app       serves: bound by row security, owns nothing
-- linli_platform  the operator's side
-- linli_lookup    owns the definer functions that look across tenants; nobody logs in as it
DO $$
DECLARE
    role text;
    login boolean;
BEGIN
    FOR role, login IN VALUES ('linli_owner', true), ('linli_app', true),
                              ('linli_platform', false), ('linli_lookup', false)
    LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = role) THEN
            BEGIN
                EXECUTE pg_catalog.format('CREATE ROLE %I %s', role,
                                          CASE WHEN login THEN 'LOGIN' ELSE 'NOLOGIN' END);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL; -- another session was quicker
            END;
        END IF;
    END LOOP;

    -- linli_owner hands functions over to linli_lookup, and whoever migrates acts as linli_owner.
    IF NOT pg_catalog.pg_has_role('linli_owner', 'linli_lookup', 'MEMBER') THEN
        BEGIN
            GRANT linli_lookup TO linli_owner;
        EXCEPTION WHEN unique_violation THEN
            NULL;
        END;
    END IF;
    IF NOT pg_catalog.pg_has_role(current_user, 'linli_owner', 'MEMBER') THEN
        BEGIN
            EXECUTE pg_catalog.format('GRANT linli_owner TO %I', current_user);
        EXCEPTION WHEN unique_violation THEN
            NULL;
        END;
    END IF;
END
$$;
