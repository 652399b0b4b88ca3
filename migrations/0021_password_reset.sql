-- The way back in for those who forgot their password: by a link in a mail, or by a code that the
-- desk prints.

CREATE TABLE password_reset (
    token_hash bytea PRIMARY KEY,
    person_id  uuid NOT NULL REFERENCES person,
    -- Whose desk printed it; unset where it was mailed.
    tenant_id  uuid REFERENCES tenant,
    printed_by uuid REFERENCES person,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    tries      smallint NOT NULL DEFAULT 0,
    used_at    timestamptz,
    CHECK ((tenant_id IS NULL) = (printed_by IS NULL))
);
COMMENT ON TABLE password_reset IS 'A single-use way to a new password; only the hash of its secret is kept, and five wrong tries close it';
CREATE INDEX password_reset_person ON password_reset (person_id, created_at);
SELECT linli.seal('password_reset');

-- Whether a person is nothing but a resident of one company. Its desk may print them a code; for
-- whoever is staff somewhere, or lives elsewhere too, it would open what is none of its business.
CREATE FUNCTION linli.lives_here_only(person uuid, tenant uuid, at timestamptz) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT count(*) > 0 AND bool_and(h.hat = 'resident' AND h.tenant_id = tenant)
    FROM linli.hats_of(person, at) h
$fn$;
SELECT linli.hand_over('linli.lives_here_only(uuid, uuid, timestamptz)');

-- A new way back in the place of earlier ones; false after five of its kind in a day.
CREATE FUNCTION linli.open_reset(token bytea, person uuid, tenant uuid, printer uuid, at timestamptz, until timestamptz)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $fn$
BEGIN
    -- Two at once come one after the other.
    PERFORM FROM public.credential c WHERE c.person_id = person FOR UPDATE;
    IF (SELECT count(*) FROM public.password_reset r
        WHERE r.person_id = person AND r.created_at > at - interval '1 day'
          AND (r.tenant_id IS NULL) = (tenant IS NULL)) >= 5 THEN
        RETURN false;
    END IF;
    UPDATE public.password_reset r SET expires_at = at
    WHERE r.person_id = person AND r.used_at IS NULL AND r.expires_at > at;
    INSERT INTO public.password_reset (token_hash, person_id, tenant_id, printed_by, created_at, expires_at)
    VALUES (token, person, tenant, printer, at, until);
    RETURN true;
END
$fn$;
SELECT linli.hand_over('linli.open_reset(bytea, uuid, uuid, uuid, timestamptz, timestamptz)');

-- Whose password a secret may set; no row for one that is unknown, used, late or tried too often,
-- nor for a printed one whose person wears another hat by now.
CREATE FUNCTION linli.reset_of(token bytea, at timestamptz) RETURNS TABLE (person_id uuid, printed boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT r.person_id, r.tenant_id IS NOT NULL
    FROM public.password_reset r
    WHERE r.token_hash = token AND r.used_at IS NULL AND r.expires_at > at AND r.tries < 5
      AND (r.tenant_id IS NULL OR linli.lives_here_only(r.person_id, r.tenant_id, at))
$fn$;
SELECT linli.hand_over('linli.reset_of(bytea, timestamptz)');

CREATE FUNCTION linli.count_reset_try(token bytea) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $fn$
    UPDATE public.password_reset r SET tries = r.tries + 1 WHERE r.token_hash = token AND r.tries < 5
$fn$;
SELECT linli.hand_over('linli.count_reset_try(bytea)');

-- Sets the password, and ends all that the old one opened; false where the secret opens no more.
CREATE FUNCTION linli.use_reset(token bytea, new_hash text, at timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $fn$
DECLARE
    person uuid;
BEGIN
    UPDATE public.password_reset r SET used_at = at
    WHERE r.token_hash = token AND r.used_at IS NULL AND r.expires_at > at AND r.tries < 5
    RETURNING r.person_id INTO person;
    IF person IS NULL THEN
        RETURN false;
    END IF;
    UPDATE public.credential c SET password_hash = new_hash, changed_at = at WHERE c.person_id = person;
    UPDATE public.session s SET ended_at = at WHERE s.person_id = person AND s.ended_at IS NULL;
    DELETE FROM public.half_open h WHERE h.person_id = person;
    RETURN true;
END
$fn$;
SELECT linli.hand_over('linli.use_reset(bytea, text, timestamptz)');
