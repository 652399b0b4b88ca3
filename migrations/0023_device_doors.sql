-- New secrets, revoked ones, and gateways that speak for others.

ALTER TABLE device ADD COLUMN gateway_id uuid,
    ADD FOREIGN KEY (tenant_id, gateway_id) REFERENCES device,
    ADD CHECK (gateway_id <> id);
COMMENT ON COLUMN device.gateway_id IS 'The device that may speak for this one; only devices registered under it are its to speak for';
CREATE INDEX device_gateway ON device (tenant_id, gateway_id) WHERE gateway_id IS NOT NULL;

-- As before, and since when the secret is good: a connection that was let in by an older one ends.
DROP FUNCTION linli.device_login(text, text);
CREATE FUNCTION linli.device_login(slug_ text, key_ text)
RETURNS TABLE (tenant_id uuid, device_id uuid, estate_id uuid, secret_hash bytea, since timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT d.tenant_id, d.id, d.estate_id, c.secret_hash, c.created_at
    FROM public.tenant t
    JOIN public.device d ON d.tenant_id = t.id AND d.key = key_
    JOIN public.device_credential c ON c.tenant_id = d.tenant_id AND c.device_id = d.id AND c.revoked_at IS NULL
    WHERE t.slug = slug_ AND t.state <> 'suspended'
$fn$;
SELECT linli.hand_over('linli.device_login(text, text)');

-- Which of these devices are to be turned away, by user name: connected ones that another secret let
-- in than today's, and any that are not connected (since is null). The broker asks for devices of
-- all companies at once.
CREATE FUNCTION linli.devices_out(tenants uuid[], devices uuid[], sinces timestamptz[])
RETURNS TABLE (username text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT t.slug || ':' || d.key
    FROM unnest(tenants, devices, sinces) AS asked (tenant, device, since)
    JOIN public.device d ON d.tenant_id = asked.tenant AND d.id = asked.device
    JOIN public.tenant t ON t.id = d.tenant_id
    LEFT JOIN public.device_credential c ON c.tenant_id = d.tenant_id AND c.device_id = d.id AND c.revoked_at IS NULL
    WHERE asked.since IS NULL OR c.created_at IS DISTINCT FROM asked.since
$fn$;
SELECT linli.hand_over('linli.devices_out(uuid[], uuid[], timestamptz[])');
