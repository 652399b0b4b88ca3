-- Devices that say nothing by themselves and are asked: over Modbus.

CREATE INDEX device_polled ON device (tenant_id) WHERE transport ? 'modbus';

-- The companies that have some; nobody asks for one that is suspended.
CREATE FUNCTION linli.tenants_polled() RETURNS TABLE (tenant uuid, slug text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT t.id, t.slug
    FROM public.tenant t
    WHERE t.state <> 'suspended'
      AND EXISTS (SELECT FROM public.device d WHERE d.tenant_id = t.id AND d.transport ? 'modbus')
$fn$;
SELECT linli.hand_over('linli.tenants_polled()');
