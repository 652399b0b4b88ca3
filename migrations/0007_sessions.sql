-- Whoever holds a session open hears at once when it ends or what it may do changes.
--
-- One channel, and nothing on it but ids, since NOTIFY is outside row security: who hears of a
-- change looks for themselves, under their own scope. A notice leaves with the commit that made the
-- change, or not at all.
--
--     session <id>             that session ended, or its tokens did
--     person <tenant> <id>     what that person may do in that company
--     tenant <id>              everybody in that company
CREATE FUNCTION linli.tell_changed(kind text, VARIADIC ids uuid[]) RETURNS void
LANGUAGE sql SET search_path = '' AS $fn$
    SELECT pg_notify('linli_changed', kind || ' ' || array_to_string(ids, ' '))
$fn$;

-- The same of many people at once. Past a hundred the whole company looks again: the queue of
-- notices is shared by all databases of a cluster.
CREATE FUNCTION linli.tell_people_changed(tenants uuid[], people uuid[]) RETURNS void
LANGUAGE plpgsql SET search_path = '' AS $fn$
DECLARE
    each record;
BEGIN
    FOR each IN
        SELECT p.tenant, array_agg(DISTINCT p.person) AS people
        FROM unnest(tenants, people) AS p (tenant, person) WHERE p.person IS NOT NULL GROUP BY p.tenant
    LOOP
        IF cardinality(each.people) > 100 THEN
            PERFORM linli.tell_changed('tenant', each.tenant);
        ELSE
            PERFORM linli.tell_changed('person', each.tenant, p.person) FROM unnest(each.people) AS p (person);
        END IF;
    END LOOP;
END
$fn$;

-- Rows with a person that came or went. A resident without a log-in is nobody's news.
CREATE FUNCTION linli.tell_of_rows() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $fn$
BEGIN
    PERFORM linli.tell_people_changed(array_agg(c.tenant_id), array_agg(c.person_id))
    FROM changed c WHERE c.person_id IS NOT NULL;
    RETURN NULL;
END
$fn$;

CREATE FUNCTION linli.tell_of_residents() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $fn$
BEGIN
    PERFORM linli.tell_people_changed(array_agg(b.tenant_id) || array_agg(a.tenant_id),
                                      array_agg(b.person_id) || array_agg(a.person_id))
    FROM before b JOIN after a ON a.tenant_id = b.tenant_id AND a.id = b.id
    WHERE (a.person_id, a.household_id, a.ended_at) IS DISTINCT FROM (b.person_id, b.household_id, b.ended_at);
    RETURN NULL;
END
$fn$;

CREATE FUNCTION linli.tell_of_households() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $fn$
BEGIN
    PERFORM linli.tell_people_changed(array_agg(r.tenant_id), array_agg(r.person_id))
    FROM before b
    JOIN after a ON a.tenant_id = b.tenant_id AND a.id = b.id AND a.ended_on IS DISTINCT FROM b.ended_on
    JOIN public.resident r ON r.tenant_id = a.tenant_id AND r.household_id = a.id AND r.person_id IS NOT NULL;
    RETURN NULL;
END
$fn$;

-- Of one row each: they change one at a time.
CREATE FUNCTION linli.tell_of_one() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $fn$
BEGIN
    CASE TG_TABLE_NAME
        WHEN 'session' THEN PERFORM linli.tell_changed('session', NEW.id);
        WHEN 'staff' THEN PERFORM linli.tell_changed('person', NEW.tenant_id, NEW.person_id);
        WHEN 'tenant' THEN PERFORM linli.tell_changed('tenant', NEW.id);
    END CASE;
    RETURN NULL;
END
$fn$;

REVOKE ALL ON FUNCTION linli.tell_changed(text, uuid[]), linli.tell_people_changed(uuid[], uuid[]),
    linli.tell_of_rows(), linli.tell_of_residents(),
    linli.tell_of_households(), linli.tell_of_one() FROM PUBLIC;
-- They run as whoever makes the change.
GRANT USAGE ON SCHEMA linli TO linli_platform;
GRANT EXECUTE ON FUNCTION linli.tell_changed(text, uuid[]), linli.tell_people_changed(uuid[], uuid[])
    TO linli_app, linli_lookup, linli_platform;

CREATE TRIGGER tell_ended AFTER UPDATE OF ended_at, epoch ON session FOR EACH ROW
    WHEN ((OLD.ended_at, OLD.epoch) IS DISTINCT FROM (NEW.ended_at, NEW.epoch)) EXECUTE FUNCTION linli.tell_of_one();
CREATE TRIGGER tell_left AFTER UPDATE OF left_at ON staff FOR EACH ROW
    WHEN (OLD.left_at IS DISTINCT FROM NEW.left_at) EXECUTE FUNCTION linli.tell_of_one();
CREATE TRIGGER tell_state AFTER UPDATE OF state ON tenant FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION linli.tell_of_one();

-- By the statement, since an import or a sale at the end of the month moves many rows at once.
CREATE TRIGGER tell_granted AFTER INSERT ON role_grant REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION linli.tell_of_rows();
CREATE TRIGGER tell_taken AFTER DELETE ON role_grant REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION linli.tell_of_rows();
CREATE TRIGGER tell_regranted AFTER UPDATE ON role_grant REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION linli.tell_of_rows();
CREATE TRIGGER tell_moved_in AFTER INSERT ON resident REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION linli.tell_of_rows();
CREATE TRIGGER tell_moved AFTER UPDATE ON resident REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION linli.tell_of_residents();
CREATE TRIGGER tell_sold AFTER UPDATE ON household REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION linli.tell_of_households();
