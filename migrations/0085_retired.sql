-- As before; a retired device is let in by no secret, whatever became of its own.
CREATE OR REPLACE FUNCTION linli.device_login(slug_ text, key_ text)
RETURNS TABLE (tenant_id uuid, device_id uuid, estate_id uuid, secret_hash bytea, since timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT d.tenant_id, d.id, d.estate_id, c.secret_hash, c.created_at
    FROM public.tenant t
    JOIN public.device d ON d.tenant_id = t.id AND d.key = key_ AND d.retired_at IS NULL
    JOIN public.device_credential c ON c.tenant_id = d.tenant_id AND c.device_id = d.id AND c.revoked_at IS NULL
    WHERE t.slug = slug_ AND t.state <> 'suspended'
$fn$;
