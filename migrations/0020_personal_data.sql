-- Personal data: what finds somebody, what they agreed to, what is held about them, and how it is
-- forgotten.

ALTER TABLE resident
    ADD COLUMN phone_tail bytea,
    ADD COLUMN id_number_cipher bytea,
    ADD COLUMN id_number_index bytea,
    ADD COLUMN erased_at timestamptz,
    ADD CONSTRAINT resident_erased CHECK (erased_at IS NULL
        OR (ended_at IS NOT NULL AND person_id IS NULL AND num_nulls(phone_cipher, phone_index, phone_tail,
            id_number_cipher, id_number_index, agent) = 6));
COMMENT ON COLUMN resident.phone_tail IS 'Keyed index of the last four digits; null beside a number from before it was kept, until somebody searches';
COMMENT ON COLUMN resident.erased_at IS 'Since when nothing but the place of this resident is known';
CREATE INDEX resident_phone ON resident (tenant_id, phone_index) WHERE phone_index IS NOT NULL;
CREATE INDEX resident_phone_tail ON resident (tenant_id, phone_tail) WHERE phone_tail IS NOT NULL;
CREATE INDEX resident_without_tail ON resident (tenant_id, id) WHERE phone_cipher IS NOT NULL AND phone_tail IS NULL;
CREATE INDEX unit_code ON unit (tenant_id, code);

-- What a name is found by: its characters and its pairs of them, each behind the start of the
-- tenant's id, so that nobody's search reads the names of other companies. Two that start alike
-- (founded in one millisecond) only cost time.
--
-- A loop and no query: it runs for each row that is written, and a query's plan would be compiled
-- (JIT) for each of them, 50 ms a row.
CREATE FUNCTION linli.name_parts(tenant uuid, name text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = '' AS $fn$
DECLARE
    start text := left(tenant::text, 13);
    low text := lower(name);
    parts text[] := '{}';
BEGIN
    FOR place IN 1 .. length(low) LOOP
        parts := parts || (start || substr(low, place, 1)) || (start || substr(low, place, 2));
    END LOOP;
    RETURN parts;
END
$fn$;
REVOKE ALL ON FUNCTION linli.name_parts(uuid, text) FROM PUBLIC;
-- An index is kept by whoever writes the row.
GRANT EXECUTE ON FUNCTION linli.name_parts(uuid, text) TO linli_app, linli_lookup;
CREATE INDEX resident_name ON resident USING gin (linli.name_parts(tenant_id, name)) WHERE ended_at IS NULL;

-- The residents of running households for whom each word is in the name, or is the building or the
-- door that they live at; with `digits`, those whose number ends so (by its keyed index `tail`) or
-- whose door it is. Here, and not under the policies, because looking into a name is not leakproof:
-- past a policy no index and no cheap condition comes first. The walls are therefore repeated: the
-- tenant, staff only, and the places. Who calls it joins the answer with the table under the policies.
CREATE FUNCTION linli.find_residents(words text[], digits text, tail bytea, at timestamptz, after uuid, most bigint)
RETURNS TABLE (resident_id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' SET plan_cache_mode = 'force_custom_plan' SET jit = off AS $fn$
DECLARE
    tenant uuid := NULLIF(current_setting('app.tenant_id', true), '')::uuid;
    everywhere boolean := current_setting('app.places', true) IS NOT DISTINCT FROM '*';
    inside uuid[];
    -- Whom what was looked at so far leaves over; null before that.
    left_over uuid[];
    word text;
BEGIN
    IF tenant IS NULL OR coalesce(current_setting('app.actor', true), '') NOT IN ('staff', 'system') THEN
        RETURN;
    END IF;
    IF NOT everywhere THEN
        inside := coalesce(NULLIF(current_setting('app.places', true), '')::uuid[], '{}');
    END IF;
    IF digits IS NOT NULL THEN
        left_over := ARRAY(
            SELECT r.id FROM public.resident r WHERE r.tenant_id = tenant AND r.phone_tail = tail
            UNION
            SELECT r.id FROM public.unit u
            JOIN public.household h ON h.tenant_id = tenant AND h.unit_id = u.id AND h.ended_on IS NULL
            JOIN public.resident r ON r.tenant_id = tenant AND r.household_id = h.id
            WHERE u.tenant_id = tenant AND u.code = digits);
    END IF;
    FOREACH word IN ARRAY words LOOP
        left_over := ARRAY(
            SELECT r.id FROM public.resident r
            WHERE linli.name_parts(r.tenant_id, r.name) @> linli.name_parts(tenant, word) AND r.ended_at IS NULL
              AND r.tenant_id = tenant AND strpos(lower(r.name), lower(word)) > 0
              AND (left_over IS NULL OR r.id = ANY (left_over))
            UNION
            SELECT r.id FROM (
                SELECT u.id FROM public.unit u WHERE u.tenant_id = tenant AND u.code = word
                UNION
                SELECT u.id FROM public.building b
                JOIN public.unit u ON u.tenant_id = tenant AND u.building_id = b.id
                WHERE b.tenant_id = tenant
                  AND b.name = ANY (ARRAY[word, word || '号楼', word || '栋', word || '幢', word || '座', word || '号'])) u
            JOIN public.household h ON h.tenant_id = tenant AND h.unit_id = u.id AND h.ended_on IS NULL
            JOIN public.resident r ON r.tenant_id = tenant AND r.household_id = h.id
            WHERE left_over IS NULL OR r.id = ANY (left_over));
    END LOOP;
    RETURN QUERY
    SELECT r.id FROM public.resident r
    WHERE r.tenant_id = tenant AND r.id = ANY (left_over) AND r.id > after
      AND r.ended_at IS NULL AND (r.until_at IS NULL OR r.until_at > at)
      AND (everywhere OR r.estate_id = ANY (inside) OR r.unit_id = ANY (inside))
      AND EXISTS (SELECT FROM public.household h
                  WHERE h.tenant_id = tenant AND h.id = r.household_id AND h.ended_on IS NULL)
    ORDER BY r.id
    LIMIT most;
END
$fn$;
SELECT linli.hand_over('linli.find_residents(text[], text, bytea, timestamptz, uuid, bigint)');

CREATE TABLE consent (
    person_id  uuid NOT NULL REFERENCES person,
    version    integer NOT NULL CHECK (version > 0),
    agreed_at  timestamptz NOT NULL,
    way        text NOT NULL CHECK (way IN ('coming_in', 'asked')),
    PRIMARY KEY (person_id, version)
);
COMMENT ON TABLE consent IS 'Which version of the privacy notice a person was shown and agreed to, when, and whether by coming in or asked again';
SELECT linli.seal('consent');

-- The first time counts.
CREATE FUNCTION linli.consent(person uuid, which integer, how text, at timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $fn$
    INSERT INTO public.consent (person_id, version, agreed_at, way) VALUES (person, which, at, how)
    ON CONFLICT (person_id, version) DO NOTHING
$fn$;
SELECT linli.hand_over('linli.consent(uuid, integer, text, timestamptz)');

CREATE FUNCTION linli.consented(person uuid, which integer) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT EXISTS (SELECT FROM public.consent WHERE person_id = person AND version >= which)
$fn$;
SELECT linli.hand_over('linli.consented(uuid, integer)');

-- What is held about a person beside their homes. Neither tokens nor hashes.
CREATE FUNCTION linli.held_of(person uuid) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT jsonb_build_object(
        'name', p.name, 'since', p.created_at,
        'password_changed_at', (SELECT c.changed_at FROM public.credential c WHERE c.person_id = p.id),
        'second_factor', EXISTS (SELECT FROM public.second_factor f WHERE f.person_id = p.id AND f.enrolled_at IS NOT NULL),
        'work', (SELECT coalesce(jsonb_agg(jsonb_build_object(
                     'company', t.name, 'name', s.name, 'from', s.joined_at, 'to', s.left_at) ORDER BY s.joined_at), '[]')
                 FROM public.staff s JOIN public.tenant t ON t.id = s.tenant_id WHERE s.person_id = p.id),
        'sessions', (SELECT coalesce(jsonb_agg(jsonb_build_object(
                         'company', t.name, 'hat', s.hat, 'device', s.device, 'address', s.address,
                         'created_at', s.created_at, 'seen_at', s.seen_at, 'ended_at', s.ended_at)
                         ORDER BY s.created_at DESC), '[]')
                     FROM public.session s JOIN public.tenant t ON t.id = s.tenant_id WHERE s.person_id = p.id),
        'consents', (SELECT coalesce(jsonb_agg(jsonb_build_object(
                         'version', c.version, 'agreed_at', c.agreed_at) ORDER BY c.version), '[]')
                     FROM public.consent c WHERE c.person_id = p.id))
    FROM public.person p WHERE p.id = person
$fn$;
SELECT linli.hand_over('linli.held_of(uuid)');

CREATE TABLE erasure_request (
    tenant_id     uuid NOT NULL,
    id            uuid NOT NULL,
    estate_id     uuid NOT NULL,
    unit_id       uuid NOT NULL,
    household_id  uuid NOT NULL,
    resident_id   uuid NOT NULL,
    -- Who asked; nobody any more once it is done.
    person_id     uuid REFERENCES person,
    state         text NOT NULL CHECK (state IN ('waiting', 'done', 'refused')),
    reason        text CHECK (reason IN ('contract', 'bills', 'dispute', 'law', 'identity')),
    created_at    timestamptz NOT NULL,
    decided_at    timestamptz,
    decided_by    uuid REFERENCES person,
    PRIMARY KEY (tenant_id, id),
    CHECK ((state = 'waiting') = (decided_at IS NULL)),
    CHECK ((state = 'refused') = (reason IS NOT NULL)),
    CHECK ((state = 'done') = (person_id IS NULL)),
    FOREIGN KEY (tenant_id, estate_id) REFERENCES estate,
    FOREIGN KEY (tenant_id, unit_id) REFERENCES unit,
    FOREIGN KEY (tenant_id, household_id) REFERENCES household,
    FOREIGN KEY (tenant_id, resident_id) REFERENCES resident
);
COMMENT ON TABLE erasure_request IS 'Somebody asks to be forgotten at one of their homes, past ones too; staff do it, or refuse with a reason';
CREATE UNIQUE INDEX erasure_request_waiting ON erasure_request (tenant_id, resident_id) WHERE state = 'waiting';
CREATE INDEX erasure_request_person ON erasure_request (person_id) WHERE person_id IS NOT NULL;
SELECT linli.protect('erasure_request');
SELECT linli.wall_in('erasure_request', '{estate_id,unit_id}');
SELECT linli.let_lookup_read('erasure_request');
GRANT SELECT, INSERT ON erasure_request TO linli_app;
GRANT UPDATE (person_id, state, reason, decided_at, decided_by) ON erasure_request TO linli_app;

-- The homes that a person lives or lived in, whichever company they are with, as they are written
-- down; and what became of the last request to forget them there.
CREATE FUNCTION linli.homes_held(person uuid)
RETURNS TABLE (tenant_id uuid, resident_id uuid, company text, estate text, building text, entrance text, unit text,
               relation text, name text, phone_cipher bytea, id_number_cipher bytea,
               since timestamptz, until timestamptz, running boolean, asked text, reason text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT r.tenant_id, r.id, t.name, e.name, b.name, n.name, u.code,
           r.relation, r.name, r.phone_cipher, r.id_number_cipher,
           r.created_at, coalesce(r.ended_at, r.until_at, h.ended_on::timestamp AT TIME ZONE t.time_zone),
           r.ended_at IS NULL AND h.ended_on IS NULL, q.state, q.reason
    FROM public.resident r
    JOIN public.tenant t ON t.id = r.tenant_id
    JOIN public.household h ON h.tenant_id = r.tenant_id AND h.id = r.household_id
    JOIN public.unit u ON u.tenant_id = r.tenant_id AND u.id = r.unit_id
    JOIN public.building b ON b.tenant_id = r.tenant_id AND b.id = u.building_id
    JOIN public.estate e ON e.tenant_id = r.tenant_id AND e.id = r.estate_id
    LEFT JOIN public.entrance n ON n.tenant_id = r.tenant_id AND n.id = u.entrance_id
    LEFT JOIN LATERAL (SELECT x.state, x.reason FROM public.erasure_request x
                       WHERE x.tenant_id = r.tenant_id AND x.resident_id = r.id AND x.person_id = person
                       ORDER BY x.id DESC LIMIT 1) q ON true
    WHERE r.person_id = person
    ORDER BY r.id
$fn$;
SELECT linli.hand_over('linli.homes_held(uuid)');

-- Forgets what a person has of their own, once the company in scope has forgotten their home: here
-- their sessions as a resident, and everything, log-in and all, of whom no hat is left and no
-- request for a home. True for everything. Only while a request of theirs waits here.
CREATE FUNCTION linli.forget_person(person uuid, at timestamptz) RETURNS boolean
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
    DELETE FROM public.recovery_code c WHERE c.person_id = person;
    DELETE FROM public.second_factor f WHERE f.person_id = person;
    DELETE FROM public.consent c WHERE c.person_id = person;
    DELETE FROM public.credential c WHERE c.person_id = person;
    -- The row stays: deeds and requests name its id.
    UPDATE public.person p SET name = '已删除' WHERE p.id = person;
    RETURN true;
END
$fn$;
SELECT linli.hand_over('linli.forget_person(uuid, timestamptz)');
