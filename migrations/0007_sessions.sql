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

-- What a person sees of their own sessions.

ALTER TABLE session
    ADD COLUMN device  text NOT NULL DEFAULT '',
    ADD COLUMN address text NOT NULL DEFAULT '',
    ADD COLUMN unusual boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN session.device IS 'Browser and system in a few words, or API';
COMMENT ON COLUMN session.address IS 'Where it was opened from; shown to its own person only';
COMMENT ON COLUMN session.unusual IS 'On a device that the person had not used for ninety days, and not looked at since';
CREATE INDEX session_history ON session (person_id, created_at);

DROP FUNCTION linli.open_session(uuid, bytea, uuid, uuid, text, text, timestamptz, timestamptz);
CREATE FUNCTION linli.open_session(
    new_id uuid, new_token bytea, person uuid, tenant uuid, new_hat text, new_kind text,
    new_device text, new_address text, at timestamptz, until timestamptz
) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $fn$
    INSERT INTO public.session (id, token_hash, person_id, tenant_id, hat, kind, device, address, unusual,
                                created_at, seen_at, expires_at)
    VALUES (new_id, new_token, person, tenant, new_hat, new_kind, new_device, new_address,
            -- The first device of all is no news, nor are those from before devices were noted.
            coalesce((SELECT bool_and(s.device <> new_device) FROM public.session s
                      WHERE s.person_id = person AND s.device <> '' AND s.created_at > at - interval '90 days'), false),
            at, at, until)
$fn$;
SELECT linli.hand_over('linli.open_session(uuid, bytea, uuid, uuid, text, text, text, text, timestamptz, timestamptz)');

CREATE FUNCTION linli.sessions_of(person uuid, at timestamptz, idle interval)
RETURNS TABLE (session_id uuid, company text, hat text, device text, address text, unusual boolean,
               created_at timestamptz, seen_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT s.id, t.name, s.hat, s.device, s.address, s.unusual, s.created_at, s.seen_at
    FROM public.session s JOIN public.tenant t ON t.id = s.tenant_id
    WHERE s.person_id = person AND s.ended_at IS NULL AND s.expires_at > at AND s.seen_at + idle > at
    ORDER BY s.seen_at DESC, s.id DESC
$fn$;
SELECT linli.hand_over('linli.sessions_of(uuid, timestamptz, interval)');

-- False where that person has no such session, or not any more.
CREATE FUNCTION linli.end_session_of(person uuid, which uuid, at timestamptz) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $fn$
    WITH ended AS (
        UPDATE public.session SET ended_at = at
        WHERE id = which AND person_id = person AND ended_at IS NULL
        RETURNING id
    )
    SELECT EXISTS (SELECT FROM ended)
$fn$;
SELECT linli.hand_over('linli.end_session_of(uuid, uuid, timestamptz)');

CREATE FUNCTION linli.end_other_sessions(person uuid, keep uuid, at timestamptz) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $fn$
    WITH ended AS (
        UPDATE public.session SET ended_at = at
        WHERE person_id = person AND id <> keep AND ended_at IS NULL
        RETURNING id
    )
    SELECT count(*) FROM ended
$fn$;
SELECT linli.hand_over('linli.end_other_sessions(uuid, uuid, timestamptz)');

-- Whether another session of that person than this one is still unusual.
CREATE FUNCTION linli.unusual_elsewhere(person uuid, here uuid, at timestamptz, idle interval) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT EXISTS (SELECT FROM public.session s
                   WHERE s.person_id = person AND s.id <> here AND s.unusual AND s.ended_at IS NULL
                     AND s.expires_at > at AND s.seen_at + idle > at)
$fn$;
SELECT linli.hand_over('linli.unusual_elsewhere(uuid, uuid, timestamptz, interval)');

-- The person has looked at them. A session cannot vouch for itself: here stays as it is.
CREATE FUNCTION linli.know_sessions(person uuid, here uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $fn$
    UPDATE public.session SET unusual = false WHERE person_id = person AND id <> here AND unusual
$fn$;
SELECT linli.hand_over('linli.know_sessions(uuid, uuid)');

CREATE FUNCTION linli.credential_by_person(person uuid) RETURNS TABLE (login_index bytea, password_hash text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT c.login_index, c.password_hash FROM public.credential c WHERE c.person_id = person
$fn$;
SELECT linli.hand_over('linli.credential_by_person(uuid)');

-- A new password in the place of the old one, whose hash was just verified; false where it has been
-- changed meanwhile. Every session but the one that asks ends with the old password, and so do the
-- tokens of the one that asks.
CREATE FUNCTION linli.change_password(person uuid, old_hash text, new_hash text, keep uuid, at timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $fn$
BEGIN
    UPDATE public.credential c SET password_hash = new_hash, changed_at = at
    WHERE c.person_id = person AND c.password_hash = old_hash;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE public.session s SET ended_at = at WHERE s.person_id = person AND s.id <> keep AND s.ended_at IS NULL;
    UPDATE public.session s SET epoch = s.epoch + 1 WHERE s.person_id = person AND s.id = keep;
    RETURN true;
END
$fn$;
SELECT linli.hand_over('linli.change_password(uuid, text, text, uuid, timestamptz)');
