-- What a company may have: plans, and how much of its plan each company uses.

CREATE TABLE plan (
    code        text PRIMARY KEY,
    estates     integer NOT NULL CHECK (estates > 0),
    units       integer NOT NULL CHECK (units > 0),
    devices     integer NOT NULL CHECK (devices > 0)
);
COMMENT ON TABLE plan IS 'The most estates, units and devices that a company on this plan may have';
SELECT linli.seal('plan');
-- Sealed before it is filled: FORCE binds the owner too.
ALTER TABLE plan NO FORCE ROW LEVEL SECURITY;
INSERT INTO plan (code, estates, units, devices) VALUES
    ('trial', 100, 50000, 20000),
    ('standard', 200, 200000, 100000),
    ('group', 500, 2000000, 500000);
ALTER TABLE plan FORCE ROW LEVEL SECURITY;

ALTER TABLE tenant ADD COLUMN plan text NOT NULL DEFAULT 'trial' REFERENCES plan;

-- The plan of the transaction's tenant and what is used of it. Counts all of the company whatever
-- part of it the asker sees, and holds other askers off to the end of the transaction, so that two
-- who add at one moment do not both take the last place.
CREATE FUNCTION linli.usage(hold boolean)
RETURNS TABLE (plan text, most_estates integer, estates bigint, most_units integer, units bigint,
               most_devices integer, devices bigint)
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
           p.devices, (SELECT count(*) FROM public.device d WHERE d.tenant_id = tenant)
    FROM public.tenant t JOIN public.plan p ON p.code = t.plan
    WHERE t.id = tenant;
END
$fn$;
SELECT linli.hand_over('linli.usage(boolean)');
