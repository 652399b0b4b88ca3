-- How fast readings may come in.

ALTER TABLE plan ADD COLUMN readings_a_second integer NOT NULL DEFAULT 2000 CHECK (readings_a_second > 0),
    ADD COLUMN device_readings_a_second integer NOT NULL DEFAULT 20 CHECK (device_readings_a_second > 0);
COMMENT ON COLUMN plan.readings_a_second IS 'Of all devices of a company; what comes at once over it, intake says';
COMMENT ON COLUMN plan.device_readings_a_second IS 'Of one device';
ALTER TABLE plan NO FORCE ROW LEVEL SECURITY;
UPDATE plan SET readings_a_second = 10000 WHERE code = 'group';
ALTER TABLE plan FORCE ROW LEVEL SECURITY;

CREATE FUNCTION linli.pace() RETURNS TABLE (company integer, device integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT p.readings_a_second, p.device_readings_a_second
    FROM public.tenant t JOIN public.plan p ON p.code = t.plan
    WHERE t.id = NULLIF(current_setting('app.tenant_id', true), '')::uuid
$fn$;
SELECT linli.hand_over('linli.pace()');
