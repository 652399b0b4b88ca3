-- A second factor beside the password: codes that a phone computes from a shared secret (TOTP, RFC
-- 6238), and recovery codes for the day when the phone is gone.

CREATE TABLE second_factor (
    person_id   uuid PRIMARY KEY REFERENCES person,
    secret      bytea NOT NULL,
    seed        bytea,
    step        bigint NOT NULL DEFAULT 0,
    started_at  timestamptz NOT NULL,
    enrolled_at timestamptz
);
COMMENT ON TABLE second_factor IS 'A person''s second factor, on once enrolled_at is set. The secret is encrypted under the platform''s key';
COMMENT ON COLUMN second_factor.seed IS 'What the recovery codes come from, encrypted, until they have been shown and it is switched on';
COMMENT ON COLUMN second_factor.step IS 'The thirty seconds of the newest code that was used, counted from 1970: no code up to it works again';
SELECT linli.seal('second_factor');

CREATE TABLE recovery_code (
    person_id uuid NOT NULL REFERENCES person,
    code_hash bytea NOT NULL,
    used_at   timestamptz,
    PRIMARY KEY (person_id, code_hash)
);
COMMENT ON TABLE recovery_code IS 'Lets a person in once without their phone; a keyed hash under the platform''s key';
SELECT linli.seal('recovery_code');

CREATE TABLE half_open (
    token_hash bytea PRIMARY KEY,
    person_id  uuid NOT NULL REFERENCES person,
    tenant_id  uuid NOT NULL REFERENCES tenant,
    hat        text NOT NULL CHECK (hat IN ('staff', 'resident')),
    expires_at timestamptz NOT NULL
);
COMMENT ON TABLE half_open IS 'A log-in whose password was right and whose code is still to come; opens nothing by itself';
CREATE INDEX half_open_person ON half_open (person_id);
SELECT linli.seal('half_open');

ALTER TABLE tenant ADD COLUMN second_factor text NOT NULL DEFAULT 'optional'
    CHECK (second_factor IN ('optional', 'required'));
COMMENT ON COLUMN tenant.second_factor IS 'Whether its staff do anything at all without one';
GRANT UPDATE (second_factor) ON tenant TO linli_app;
DROP TRIGGER tell_state ON tenant;
CREATE TRIGGER tell_state AFTER UPDATE OF state, second_factor ON tenant FOR EACH ROW
    WHEN ((OLD.state, OLD.second_factor) IS DISTINCT FROM (NEW.state, NEW.second_factor))
    EXECUTE FUNCTION linli.tell_of_one();

CREATE FUNCTION linli.second_factor_of(person uuid)
RETURNS TABLE (secret bytea, seed bytea, enrolled boolean, codes_left bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT f.secret, f.seed, f.enrolled_at IS NOT NULL,
           (SELECT count(*) FROM public.recovery_code c WHERE c.person_id = person AND c.used_at IS NULL)
    FROM public.second_factor f WHERE f.person_id = person
$fn$;
SELECT linli.hand_over('linli.second_factor_of(uuid)');

-- A new secret to set up; false where a second factor is on already.
CREATE FUNCTION linli.start_second_factor(person uuid, new_secret bytea, new_seed bytea, at timestamptz) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $fn$
    WITH started AS (
        INSERT INTO public.second_factor AS f (person_id, secret, seed, started_at)
        VALUES (person, new_secret, new_seed, at)
        ON CONFLICT (person_id) DO UPDATE
            SET secret = new_secret, seed = new_seed, step = 0, started_at = at
            WHERE f.enrolled_at IS NULL
        RETURNING person_id
    )
    SELECT EXISTS (SELECT FROM started)
$fn$;
SELECT linli.hand_over('linli.start_second_factor(uuid, bytea, bytea, timestamptz)');

-- Switches it on; false where another secret has taken the place of the one that the code was
-- checked against. What was opened by the password alone ends, but for the session that asks.
CREATE FUNCTION linli.enrol_second_factor(
    person uuid, known_secret bytea, used_step bigint, codes bytea[], keep uuid, at timestamptz
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $fn$
BEGIN
    UPDATE public.second_factor f SET enrolled_at = at, step = used_step, seed = NULL
    WHERE f.person_id = person AND f.secret = known_secret AND f.enrolled_at IS NULL;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    DELETE FROM public.recovery_code c WHERE c.person_id = person;
    INSERT INTO public.recovery_code (person_id, code_hash) SELECT person, c FROM unnest(codes) AS u (c);
    UPDATE public.session s SET ended_at = at WHERE s.person_id = person AND s.id <> keep AND s.ended_at IS NULL;
    -- The session that asks may do more from now on.
    PERFORM linli.tell_changed('session', keep);
    RETURN true;
END
$fn$;
SELECT linli.hand_over('linli.enrol_second_factor(uuid, bytea, bigint, bytea[], uuid, timestamptz)');

-- Uses up the code of a step, and all before it; false where it was used already.
CREATE FUNCTION linli.use_second_factor(person uuid, new_step bigint) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $fn$
    WITH used AS (
        UPDATE public.second_factor SET step = new_step
        WHERE person_id = person AND enrolled_at IS NOT NULL AND step < new_step
        RETURNING person_id
    )
    SELECT EXISTS (SELECT FROM used)
$fn$;
SELECT linli.hand_over('linli.use_second_factor(uuid, bigint)');

CREATE FUNCTION linli.use_recovery_code(person uuid, code bytea, at timestamptz) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $fn$
    WITH used AS (
        UPDATE public.recovery_code SET used_at = at
        WHERE person_id = person AND code_hash = code AND used_at IS NULL
        RETURNING person_id
    )
    SELECT EXISTS (SELECT FROM used)
$fn$;
SELECT linli.hand_over('linli.use_recovery_code(uuid, bytea, timestamptz)');

CREATE FUNCTION linli.drop_second_factor(person uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $fn$
    DELETE FROM public.recovery_code WHERE person_id = person;
    DELETE FROM public.half_open WHERE person_id = person;
    DELETE FROM public.second_factor WHERE person_id = person;
    -- Where a company wants one, its sessions may do less from now on.
    SELECT linli.tell_changed('session', s.id) FROM public.session s WHERE s.person_id = person AND s.ended_at IS NULL
$fn$;
SELECT linli.hand_over('linli.drop_second_factor(uuid)');

CREATE FUNCTION linli.open_half(new_token bytea, person uuid, tenant uuid, new_hat text, at timestamptz, until timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $fn$
    DELETE FROM public.half_open WHERE expires_at <= at;
    INSERT INTO public.half_open (token_hash, person_id, tenant_id, hat, expires_at)
    VALUES (new_token, person, tenant, new_hat, until)
$fn$;
SELECT linli.hand_over('linli.open_half(bytea, uuid, uuid, text, timestamptz, timestamptz)');

CREATE FUNCTION linli.half_open_of(token bytea, at timestamptz)
RETURNS TABLE (person_id uuid, tenant_id uuid, hat text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT h.person_id, h.tenant_id, h.hat FROM public.half_open h WHERE h.token_hash = token AND h.expires_at > at
$fn$;
SELECT linli.hand_over('linli.half_open_of(bytea, timestamptz)');

-- False where another request was quicker.
CREATE FUNCTION linli.use_half_open(token bytea) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $fn$
    WITH used AS (DELETE FROM public.half_open WHERE token_hash = token RETURNING person_id)
    SELECT EXISTS (SELECT FROM used)
$fn$;
SELECT linli.hand_over('linli.use_half_open(bytea)');

-- As in 0007; a log-in that is half open goes with the old password as well.
CREATE OR REPLACE FUNCTION linli.change_password(person uuid, old_hash text, new_hash text, keep uuid, at timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $fn$
BEGIN
    UPDATE public.credential c SET password_hash = new_hash, changed_at = at
    WHERE c.person_id = person AND c.password_hash = old_hash;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    DELETE FROM public.half_open h WHERE h.person_id = person;
    UPDATE public.session s SET ended_at = at WHERE s.person_id = person AND s.id <> keep AND s.ended_at IS NULL;
    UPDATE public.session s SET epoch = s.epoch + 1 WHERE s.person_id = person AND s.id = keep;
    RETURN true;
END
$fn$;

-- Whether somebody is staff of a company that wants a second factor, and has none. Beside
-- linli.session_of and not in it, so that the two may change by themselves.
CREATE FUNCTION linli.second_factor_missing(tenant uuid, person uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT EXISTS (SELECT FROM public.tenant t WHERE t.id = tenant AND t.second_factor = 'required')
       AND NOT EXISTS (SELECT FROM public.second_factor f WHERE f.person_id = person AND f.enrolled_at IS NOT NULL)
$fn$;
SELECT linli.hand_over('linli.second_factor_missing(uuid, uuid)');
