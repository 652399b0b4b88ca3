-- What units and residents are found by.

-- A door as people type it: ordinary letters and digits, capitals, no spaces.
--
-- These three are expressions and set no search path, so that they are put into the statement that
-- writes a row and not called by it: of 20,000 rows that is a second.
CREATE FUNCTION linli.door_of(code text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN upper(translate(code,
    '０１２３４５６７８９ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ－ 　',
    '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-'));

-- What a building or an entrance is called without the word for what it is. It is read from a sort
-- key (estates/order.rs), in which 三号楼, ３号楼 and 3号楼 are the same already.
CREATE FUNCTION linli.bare_name(key text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN regexp_replace(replace(key, ' ', ''), '([0-9A-Z])(号楼|栋|幢|座|号|楼|单元|门)$', '\1');

-- The building, the entrance where it is asked for and there is one, and the door.
CREATE FUNCTION linli.unit_key(sort_key text, code text, entrance boolean) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN linli.bare_name(split_part(sort_key, E'\t', 1)) || '-'
    || CASE WHEN entrance AND split_part(sort_key, E'\t', 2) <> ''
            THEN linli.bare_name(split_part(sort_key, E'\t', 2)) || '-' ELSE '' END
    || linli.door_of(code);
REVOKE ALL ON FUNCTION linli.door_of(text), linli.bare_name(text), linli.unit_key(text, text, boolean) FROM PUBLIC;
-- A column is made by whoever writes the row.
GRANT EXECUTE ON FUNCTION linli.door_of(text), linli.bare_name(text), linli.unit_key(text, text, boolean) TO linli_app;

ALTER TABLE unit
    ADD COLUMN find_key text COLLATE "C" NOT NULL GENERATED ALWAYS AS (linli.unit_key(sort_key, code, true)) STORED,
    ADD COLUMN find_short text COLLATE "C" NOT NULL GENERATED ALWAYS AS (linli.unit_key(sort_key, code, false)) STORED,
    ADD COLUMN find_door text COLLATE "C" NOT NULL GENERATED ALWAYS AS (linli.door_of(code)) STORED;
COMMENT ON COLUMN unit.find_key IS 'Building, entrance and door, as 3-2-1702 is asked for; numbers as in sort keys. find_short is without the entrance';
CREATE INDEX unit_find_key ON unit (tenant_id, find_key, id);
CREATE INDEX unit_find_short ON unit (tenant_id, find_short, id);
CREATE INDEX unit_find_door ON unit (tenant_id, find_door, id);
DROP INDEX unit_code;
CREATE INDEX resident_unit ON resident (tenant_id, unit_id, id) WHERE ended_at IS NULL;

-- How a name is spelt in letters. Personal data like the name, so it goes where the name goes.
ALTER TABLE resident
    ADD COLUMN spelt text[],
    DROP CONSTRAINT resident_erased,
    ADD CONSTRAINT resident_erased CHECK (erased_at IS NULL
        OR (ended_at IS NOT NULL AND person_id IS NULL AND num_nulls(phone_cipher, phone_index, phone_tail,
            id_number_cipher, id_number_index, agent, spelt) = 7));
COMMENT ON COLUMN resident.spelt IS 'The name in pinyin: wangxiaoming and wxm. Null where nobody has searched since a name from before these were kept';
CREATE INDEX resident_unspelt ON resident (tenant_id, id) WHERE spelt IS NULL AND ended_at IS NULL;

-- Each behind the start of the tenant's id, as linli.name_parts does it and for the same reason.
-- A tsvector and no array, because of an array's index only whole entries are asked for.
CREATE FUNCTION linli.spelt_parts(tenant uuid, spelt text[]) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = '' AS $fn$
DECLARE
    start text := left(tenant::text, 13);
    parts text[] := '{}';
    one text;
BEGIN
    FOREACH one IN ARRAY spelt LOOP
        parts := parts || (start || one);
    END LOOP;
    RETURN array_to_tsvector(parts);
END
$fn$;
REVOKE ALL ON FUNCTION linli.spelt_parts(uuid, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION linli.spelt_parts(uuid, text[]) TO linli_app, linli_lookup;
CREATE INDEX resident_spelt ON resident USING gin (linli.spelt_parts(tenant_id, spelt))
    WHERE ended_at IS NULL AND spelt IS NOT NULL;

-- The residents of running households for whom each word is in the name, is how the name starts in
-- letters, or is where they live: `under` is how the key of all units of a building or an entrance
-- starts, `whole` the key of one unit, `door` a door, each empty where the word cannot be one. With
-- `digits`, those whose number ends so (by its keyed index `tail`) or whose door it is.
--
-- Here, and not under the policies, because looking into a name is not leakproof: past a policy no
-- index and no cheap condition comes first. The walls are therefore repeated: the tenant, staff
-- only, and the places. Who calls it joins the answer with the table under the policies.
DROP FUNCTION linli.find_residents(text[], text, bytea, timestamptz, uuid, bigint);
CREATE FUNCTION linli.find_residents(words text[], under text[], whole text[], door text[], digits text, tail bytea,
                                     estates uuid[], at timestamptz, after uuid, most bigint)
RETURNS TABLE (resident_id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50 SET search_path = '' SET plan_cache_mode = 'force_custom_plan' SET jit = off
    SET max_parallel_workers_per_gather = 0 AS $fn$
DECLARE
    tenant uuid := NULLIF(current_setting('app.tenant_id', true), '')::uuid;
    everywhere boolean := current_setting('app.places', true) IS NOT DISTINCT FROM '*';
    inside uuid[];
    -- Whom what was looked at so far leaves over; null before that.
    left_over uuid[];
    one uuid;
    word text;
    found bigint := 0;
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
            JOIN public.resident r ON r.tenant_id = tenant AND r.unit_id = u.id AND r.ended_at IS NULL
            WHERE u.tenant_id = tenant AND u.find_door = digits);
    END IF;
    FOR n IN 1 .. cardinality(words) LOOP
        word := words[n];
        -- Three statements and no UNION: for each the planner knows what it is asked for. IS TRUE,
        -- so that it does not read all of the company's keys beside the few that the name leaves.
        -- Whoever lives on a unit of the past is left out below.
        left_over := ARRAY(
            SELECT r.id FROM public.resident r
            WHERE linli.name_parts(r.tenant_id, r.name) @> linli.name_parts(tenant, word) AND r.ended_at IS NULL
              AND (r.tenant_id = tenant) IS TRUE AND strpos(lower(r.name), lower(word)) > 0
              AND (left_over IS NULL OR r.id = ANY (left_over))
        ) || CASE WHEN word ~ '^[A-Za-z]{2,}$' THEN ARRAY(
            SELECT r.id FROM public.resident r
            WHERE linli.spelt_parts(r.tenant_id, r.spelt)
                      @@ (quote_literal(left(tenant::text, 13) || lower(word)) || ':*')::tsquery
              AND r.ended_at IS NULL AND r.spelt IS NOT NULL AND (r.tenant_id = tenant) IS TRUE
              AND (left_over IS NULL OR r.id = ANY (left_over))
        ) END || CASE WHEN under[n] <> '' OR whole[n] <> '' OR door[n] <> '' THEN ARRAY(
            SELECT r.id FROM (
                SELECT u.id FROM public.unit u
                WHERE u.tenant_id = tenant AND under[n] <> ''
                  AND u.find_key >= under[n] AND u.find_key < under[n] || chr(1114111)
                UNION
                SELECT u.id FROM public.unit u WHERE u.tenant_id = tenant AND u.find_key = whole[n]
                UNION
                SELECT u.id FROM public.unit u WHERE u.tenant_id = tenant AND u.find_short = whole[n]
                UNION
                SELECT u.id FROM public.unit u WHERE u.tenant_id = tenant AND u.find_door = door[n]) u
            JOIN public.resident r ON r.tenant_id = tenant AND r.unit_id = u.id AND r.ended_at IS NULL
            WHERE left_over IS NULL OR r.id = ANY (left_over)
        ) END;
    END LOOP;
    -- One by one, until there are enough: a name that thousands have is not looked up for each.
    FOR one IN SELECT DISTINCT x.id FROM unnest(left_over) x (id) WHERE x.id > after ORDER BY x.id LOOP
        IF EXISTS (SELECT FROM public.resident r
                   JOIN public.household h ON h.tenant_id = tenant AND h.id = r.household_id AND h.ended_on IS NULL
                   WHERE r.tenant_id = tenant AND r.id = one
                     AND r.ended_at IS NULL AND (r.until_at IS NULL OR r.until_at > at)
                     AND (estates IS NULL OR r.estate_id = ANY (estates))
                     AND (everywhere OR r.estate_id = ANY (inside) OR r.unit_id = ANY (inside))) THEN
            resident_id := one;
            RETURN NEXT;
            found := found + 1;
            EXIT WHEN found >= most;
        END IF;
    END LOOP;
END
$fn$;
SELECT linli.hand_over('linli.find_residents(text[], text[], text[], text[], text, bytea, uuid[], timestamptz, uuid, bigint)');
