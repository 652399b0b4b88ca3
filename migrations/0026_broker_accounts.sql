-- What a broker that is not ours has still to be told of its devices' secrets.

CREATE TABLE broker_account (
    tenant_id  uuid NOT NULL,
    device_id  uuid NOT NULL,
    estate_id  uuid NOT NULL,
    sealed     bytea CHECK (length(sealed) BETWEEN 29 AND 200),
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, device_id),
    FOREIGN KEY (tenant_id, device_id) REFERENCES device,
    FOREIGN KEY (tenant_id, estate_id) REFERENCES estate
);
COMMENT ON TABLE broker_account IS 'Devices whose account at an outside broker is behind; a row is gone once the broker has been told';
COMMENT ON COLUMN broker_account.sealed IS 'The secret, under the tenant''s key: the broker wants it in the clear, and we keep only its hash; none where the account is to end';
SELECT linli.protect('broker_account');
SELECT linli.wall_in('broker_account', '{estate_id}');
SELECT linli.let_lookup_read('broker_account');
GRANT SELECT, INSERT, UPDATE, DELETE ON broker_account TO linli_app;

-- Companies whose devices speak over a broker; that of one that is suspended is not listened to.
CREATE INDEX device_over_mqtt ON device (tenant_id) WHERE transport ? 'mqtt';
CREATE FUNCTION linli.tenants_bridged() RETURNS TABLE (tenant uuid, slug text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT t.id, t.slug
    FROM public.tenant t
    WHERE t.state <> 'suspended'
      AND EXISTS (SELECT FROM public.device d WHERE d.tenant_id = t.id AND d.transport ? 'mqtt')
$fn$;
SELECT linli.hand_over('linli.tenants_bridged()');

CREATE FUNCTION linli.tenants_with_accounts_due() RETURNS TABLE (tenant uuid, slug text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT t.id, t.slug
    FROM public.tenant t
    -- One that is suspended has no line: what is to end there ends, and the rest waits.
    WHERE EXISTS (SELECT FROM public.broker_account a
                  WHERE a.tenant_id = t.id AND (t.state <> 'suspended' OR a.sealed IS NULL))
$fn$;
SELECT linli.hand_over('linli.tenants_with_accounts_due()');
