-- Codes by SMS, where the installation has a channel for them: to log in with, and to set a new
-- password.

CREATE TABLE sms_code (
    id         uuid PRIMARY KEY,
    person_id  uuid NOT NULL REFERENCES person,
    purpose    text NOT NULL CHECK (purpose IN ('log_in', 'reset')),
    code_hash  bytea NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    tries      smallint NOT NULL DEFAULT 0,
    used_at    timestamptz
);
COMMENT ON TABLE sms_code IS 'A code of six digits that was sent to a phone; opens once, for one purpose. Only its keyed hash is kept, and five wrong tries close it';
CREATE INDEX sms_code_person ON sms_code (person_id, created_at);
SELECT linli.seal('sms_code');

-- A new code in the place of the earlier one for the same; false within a minute of the last one
-- that was sent, and after five in a day, whatever they were for.
CREATE FUNCTION linli.open_sms_code(id uuid, person uuid, what_for text, code bytea, at timestamptz, until timestamptz)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $fn$
BEGIN
    -- Two at once come one after the other.
    PERFORM FROM public.credential c WHERE c.person_id = person FOR UPDATE;
    DELETE FROM public.sms_code s WHERE s.person_id = person AND s.created_at <= at - interval '1 day';
    IF (SELECT count(*) >= 5 OR coalesce(max(s.created_at) > at - interval '1 minute', false)
        FROM public.sms_code s WHERE s.person_id = person) THEN
        RETURN false;
    END IF;
    UPDATE public.sms_code s SET expires_at = at
    WHERE s.person_id = person AND s.purpose = what_for AND s.used_at IS NULL AND s.expires_at > at;
    INSERT INTO public.sms_code (id, person_id, purpose, code_hash, created_at, expires_at)
    VALUES (id, person, what_for, code, at, until);
    RETURN true;
END
$fn$;
SELECT linli.hand_over('linli.open_sms_code(uuid, uuid, text, bytea, timestamptz, timestamptz)');

-- Whether it is the code that is out for that; a wrong one counts as a try, and a right one opens
-- once. For nobody, for no code and for a wrong one the answer is the same.
CREATE FUNCTION linli.use_sms_code(person uuid, what_for text, code bytea, at timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $fn$
DECLARE
    is_right boolean;
BEGIN
    UPDATE public.sms_code s
    SET tries = s.tries + CASE WHEN s.code_hash = code THEN 0 ELSE 1 END,
        used_at = CASE WHEN s.code_hash = code THEN at END
    WHERE s.person_id = person AND s.purpose = what_for
      AND s.used_at IS NULL AND s.expires_at > at AND s.tries < 5
    RETURNING s.code_hash = code INTO is_right;
    RETURN coalesce(is_right, false);
END
$fn$;
SELECT linli.hand_over('linli.use_sms_code(uuid, text, bytea, timestamptz)');

-- Sets the password with such a code, and ends all that the old one opened.
CREATE FUNCTION linli.reset_by_sms(person uuid, code bytea, new_hash text, at timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $fn$
BEGIN
    IF NOT linli.use_sms_code(person, 'reset', code, at) THEN
        RETURN false;
    END IF;
    UPDATE public.credential c SET password_hash = new_hash, changed_at = at WHERE c.person_id = person;
    UPDATE public.session s SET ended_at = at WHERE s.person_id = person AND s.ended_at IS NULL;
    DELETE FROM public.half_open h WHERE h.person_id = person;
    UPDATE public.password_reset r SET expires_at = at WHERE r.person_id = person AND r.used_at IS NULL AND r.expires_at > at;
    UPDATE public.sms_code s SET expires_at = at WHERE s.person_id = person AND s.used_at IS NULL AND s.expires_at > at;
    RETURN true;
END
$fn$;
SELECT linli.hand_over('linli.reset_by_sms(uuid, bytea, text, timestamptz)');

-- The same as before, with the codes that were sent.
CREATE OR REPLACE FUNCTION linli.forget_person(person uuid, at timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $fn$
DECLARE
    here uuid := NULLIF(current_setting('app.tenant_id', true), '')::uuid;
BEGIN
    IF current_setting('app.actor', true) IS DISTINCT FROM 'staff'
       OR NOT EXISTS (SELECT FROM public.erasure_request q
                      WHERE q.tenant_id = here AND q.person_id = person AND q.state = 'waiting') THEN
        RAISE EXCEPTION 'nobody asked' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NOT EXISTS (SELECT FROM public.resident r
                   JOIN public.household h ON h.tenant_id = r.tenant_id AND h.id = r.household_id
                   WHERE r.tenant_id = here AND r.person_id = person AND r.ended_at IS NULL AND h.ended_on IS NULL) THEN
        -- Ended first: that is what whoever has a page open hears of.
        UPDATE public.session s SET ended_at = at
        WHERE s.person_id = person AND s.tenant_id = here AND s.hat = 'resident' AND s.ended_at IS NULL;
        DELETE FROM public.live_ticket k USING public.session s
        WHERE s.id = k.session_id AND s.person_id = person AND s.tenant_id = here AND s.hat = 'resident';
        DELETE FROM public.session s WHERE s.person_id = person AND s.tenant_id = here AND s.hat = 'resident';
    END IF;
    IF EXISTS (SELECT FROM linli.hats_of(person, at))
       OR EXISTS (SELECT FROM public.claim_request c WHERE c.person_id = person AND c.state = 'waiting') THEN
        RETURN false;
    END IF;
    UPDATE public.session s SET ended_at = at WHERE s.person_id = person AND s.ended_at IS NULL;
    DELETE FROM public.live_ticket k USING public.session s WHERE s.id = k.session_id AND s.person_id = person;
    DELETE FROM public.session s WHERE s.person_id = person;
    DELETE FROM public.half_open o WHERE o.person_id = person;
    DELETE FROM public.password_reset r WHERE r.person_id = person;
    DELETE FROM public.sms_code c WHERE c.person_id = person;
    DELETE FROM public.recovery_code c WHERE c.person_id = person;
    DELETE FROM public.second_factor f WHERE f.person_id = person;
    DELETE FROM public.consent c WHERE c.person_id = person;
    DELETE FROM public.credential c WHERE c.person_id = person;
    -- The row stays: deeds and requests name its id.
    UPDATE public.person p SET name = '已删除' WHERE p.id = person;
    RETURN true;
END
$fn$;
