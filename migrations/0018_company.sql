-- The operator's hand on a company, what it stores and sends in a day, and what it says about itself.

ALTER TABLE tenant
    ADD COLUMN suspended_at timestamptz,
    ADD COLUMN suspended_for text CHECK (length(suspended_for) <= 200),
    ADD COLUMN steps_put_away_at timestamptz;
COMMENT ON COLUMN tenant.suspended_for IS 'Why, in the operator''s words; its own staff read it';
COMMENT ON COLUMN tenant.steps_put_away_at IS 'When somebody had seen enough of the first steps';
GRANT UPDATE (steps_put_away_at) ON tenant TO linli_app;

-- The operator is who may log in as linli_owner: FORCE binds that login too, so what an operator
-- does beside migrating is named here.
CREATE POLICY operator_sees ON tenant FOR SELECT TO linli_owner USING (true);
CREATE POLICY operator_changes ON tenant FOR UPDATE TO linli_owner USING (true) WITH CHECK (true);
CREATE POLICY operator_sees ON plan FOR SELECT TO linli_owner USING (true);
CREATE POLICY operator_tells ON audit_entry FOR INSERT TO linli_owner WITH CHECK (actor = 'operator');

ALTER TABLE audit_entry
    DROP CONSTRAINT audit_entry_actor_check,
    ADD CONSTRAINT audit_entry_actor_check CHECK (actor IN ('staff', 'resident', 'key', 'system', 'operator'));
-- Whoever serves cannot speak as the operator.
ALTER POLICY tenant_wall ON audit_entry WITH CHECK (
    tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid AND actor <> 'operator'
);

-- A slug is in topics, credentials and addresses for ever. Grants keep the serving login from
-- changing one, this everybody; a company that is deleted would set its slug free.
CREATE FUNCTION linli.keep_slug() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $fn$
BEGIN
    RAISE EXCEPTION 'a slug never changes and is never given out again' USING ERRCODE = 'insufficient_privilege';
END
$fn$;
REVOKE ALL ON FUNCTION linli.keep_slug() FROM PUBLIC;
CREATE TRIGGER keep_slug BEFORE UPDATE OF slug ON tenant FOR EACH ROW
    WHEN (OLD.slug IS DISTINCT FROM NEW.slug) EXECUTE FUNCTION linli.keep_slug();
CREATE TRIGGER keep_tenant BEFORE DELETE OR TRUNCATE ON tenant
    FOR EACH STATEMENT EXECUTE FUNCTION linli.keep_slug();

-- A zone that only the program knows would fail every batch of readings, whose day is cut here.
UPDATE tenant SET time_zone = 'UTC'
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_timezone_names z WHERE lower(z.name) = lower(time_zone));
UPDATE tenant SET currency = 'CNY'
WHERE currency NOT IN ('CNY', 'HKD', 'MOP', 'TWD', 'SGD', 'MYR', 'USD', 'EUR', 'JPY');
UPDATE tenant SET language = 'zh-CN' WHERE language NOT IN ('zh-CN', 'en');
ALTER TABLE tenant
    ADD CONSTRAINT tenant_currency_check
        CHECK (currency IN ('CNY', 'HKD', 'MOP', 'TWD', 'SGD', 'MYR', 'USD', 'EUR', 'JPY')),
    ADD CONSTRAINT tenant_language_check CHECK (language IN ('zh-CN', 'en'));

-- Which of these companies are suspended: for whoever holds connections of many, and for links that
-- somebody comes in by.
CREATE FUNCTION linli.suspended(tenants uuid[]) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT t.id FROM public.tenant t WHERE t.id = ANY (tenants) AND t.state = 'suspended'
$fn$;
SELECT linli.hand_over('linli.suspended(uuid[])');

-- The language of a company whose session was just found.
CREATE FUNCTION linli.language_of(tenant uuid) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT t.language FROM public.tenant t WHERE t.id = tenant
$fn$;
SELECT linli.hand_over('linli.language_of(uuid)');

-- What a company stores.

ALTER TABLE plan
    ADD COLUMN readings_a_day bigint NOT NULL DEFAULT 100000000 CHECK (readings_a_day > 0),
    ADD COLUMN storage_bytes bigint NOT NULL DEFAULT 100000000000 CHECK (storage_bytes > 0);
COMMENT ON TABLE plan IS 'The most estates, units, devices, readings a day and bytes that a company on this plan may have';
ALTER TABLE plan NO FORCE ROW LEVEL SECURITY;
UPDATE plan SET readings_a_day = 500000000, storage_bytes = 1000000000000 WHERE code = 'standard';
UPDATE plan SET readings_a_day = 5000000000, storage_bytes = 10000000000000 WHERE code = 'group';
ALTER TABLE plan FORCE ROW LEVEL SECURITY;
ALTER TABLE plan ALTER COLUMN readings_a_day DROP DEFAULT, ALTER COLUMN storage_bytes DROP DEFAULT;

CREATE TABLE usage_day (
    tenant_id   uuid NOT NULL REFERENCES tenant,
    day         date NOT NULL,
    readings    bigint NOT NULL CHECK (readings > 0),
    PRIMARY KEY (tenant_id, day)
) WITH (fillfactor = 50);
COMMENT ON TABLE usage_day IS 'Readings that were stored on a day of the company''s own, by arrival; written by the statement that stores them';
SELECT linli.protect('usage_day');
SELECT linli.let_lookup_read('usage_day');
GRANT SELECT, INSERT, UPDATE ON usage_day TO linli_app;

-- What is there already came on some day or other: by its own time is the best guess there is.
ALTER TABLE reading NO FORCE ROW LEVEL SECURITY;
ALTER TABLE usage_day NO FORCE ROW LEVEL SECURITY;
INSERT INTO usage_day (tenant_id, day, readings)
SELECT r.tenant_id, (r.ts AT TIME ZONE t.time_zone)::date, count(*)
FROM reading r JOIN tenant t ON t.id = r.tenant_id
GROUP BY 1, 2;
ALTER TABLE reading FORCE ROW LEVEL SECURITY;
ALTER TABLE usage_day FORCE ROW LEVEL SECURITY;

CREATE TABLE company_logo (
    tenant_id   uuid PRIMARY KEY REFERENCES tenant,
    kind        text NOT NULL CHECK (kind IN ('png', 'jpeg', 'webp')),
    bytes       bytea NOT NULL CHECK (octet_length(bytes) BETWEEN 1 AND 204800),
    set_at      timestamptz NOT NULL
);
COMMENT ON TABLE company_logo IS 'The company''s own picture, as its staff see it';
SELECT linli.protect('company_logo');
SELECT linli.let_lookup_read('company_logo');
SELECT linli.let_lookup_read('roster_import');
GRANT SELECT, INSERT, UPDATE, DELETE ON company_logo TO linli_app;

-- How much the transaction's company may still store today, and whether anything at all. One row,
-- read by the statement that stores.
CREATE FUNCTION linli.allowance(at timestamptz) RETURNS TABLE (suspended boolean, day date, room bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT t.state = 'suspended', d.day, greatest(p.readings_a_day - coalesce(u.readings, 0), 0)
    FROM public.tenant t
    JOIN public.plan p ON p.code = t.plan
    CROSS JOIN LATERAL (SELECT (at AT TIME ZONE t.time_zone)::date AS day) d
    LEFT JOIN public.usage_day u ON u.tenant_id = t.id AND u.day = d.day
    WHERE t.id = NULLIF(current_setting('app.tenant_id', true), '')::uuid
$fn$;
SELECT linli.hand_over('linli.allowance(timestamptz)');

-- Storage is an estimate: a reading takes about so many bytes with its index and its share of the
-- half hours; uploads are what they are.
DROP FUNCTION linli.usage(boolean);
CREATE FUNCTION linli.usage(hold boolean, at timestamptz, reading_bytes bigint)
RETURNS TABLE (plan text, most_estates integer, estates bigint, most_units integer, units bigint,
               most_devices integer, devices bigint, most_readings bigint, readings bigint,
               most_storage bigint, storage bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $fn$
DECLARE
    tenant uuid := NULLIF(current_setting('app.tenant_id', true), '')::uuid;
BEGIN
    IF hold THEN
        PERFORM pg_advisory_xact_lock(hashtextextended('linli.usage ' || tenant, 0));
    END IF;
    RETURN QUERY
    SELECT p.code, p.estates, (SELECT count(*) FROM public.estate e WHERE e.tenant_id = tenant),
           p.units, (SELECT count(*) FROM public.unit u WHERE u.tenant_id = tenant),
           p.devices, (SELECT count(*) FROM public.device d WHERE d.tenant_id = tenant),
           p.readings_a_day,
           coalesce((SELECT y.readings FROM public.usage_day y
                     WHERE y.tenant_id = tenant AND y.day = (at AT TIME ZONE t.time_zone)::date), 0),
           p.storage_bytes,
           (SELECT coalesce(sum(y.readings), 0) FROM public.usage_day y WHERE y.tenant_id = tenant)::bigint * reading_bytes
           + (SELECT coalesce(sum(octet_length(l.bytes)), 0) FROM public.company_logo l WHERE l.tenant_id = tenant)
           + (SELECT coalesce(sum(pg_column_size(i.*)), 0) FROM public.roster_import i WHERE i.tenant_id = tenant)
    FROM public.tenant t JOIN public.plan p ON p.code = t.plan
    WHERE t.id = tenant;
END
$fn$;
SELECT linli.hand_over('linli.usage(boolean, timestamptz, bigint)');
