-- Devices, their points and their credentials.

CREATE TABLE device (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    estate_id   uuid NOT NULL,
    unit_id     uuid,
    key         text COLLATE "C" NOT NULL CHECK (key ~ '^[a-z0-9-]{1,40}$'),
    name        text NOT NULL,
    kind        text NOT NULL,
    place       text,
    transport   jsonb NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, key),
    FOREIGN KEY (tenant_id, estate_id) REFERENCES estate,
    FOREIGN KEY (tenant_id, unit_id) REFERENCES unit
);
COMMENT ON TABLE device IS 'A meter, door, pump, lift or sensor';
CREATE INDEX device_estate ON device (tenant_id, estate_id, id);
CREATE INDEX device_unit ON device (tenant_id, unit_id) WHERE unit_id IS NOT NULL;
SELECT linli.protect('device');
SELECT linli.let_lookup_read('device');
GRANT SELECT, INSERT, UPDATE ON device TO linli_app;

CREATE TABLE device_credential (
    tenant_id   uuid NOT NULL,
    device_id   uuid NOT NULL,
    secret_hash bytea NOT NULL,
    created_at  timestamptz NOT NULL,
    revoked_at  timestamptz,
    PRIMARY KEY (tenant_id, device_id),
    FOREIGN KEY (tenant_id, device_id) REFERENCES device
);
COMMENT ON TABLE device_credential IS 'SHA-256 of a device''s 256-bit secret; argon2 on 20,000 reconnects would be ten minutes of a core';
SELECT linli.protect('device_credential');
SELECT linli.let_lookup_read('device_credential');
-- The serving login writes hashes and never reads them back.
GRANT INSERT ON device_credential TO linli_app;
GRANT SELECT (tenant_id, device_id, created_at, revoked_at) ON device_credential TO linli_app;
GRANT UPDATE (secret_hash, created_at, revoked_at) ON device_credential TO linli_app;

CREATE TABLE device_presence (
    tenant_id    uuid NOT NULL,
    device_id    uuid NOT NULL,
    last_seen    timestamptz,
    said_offline boolean NOT NULL DEFAULT false,
    PRIMARY KEY (tenant_id, device_id),
    FOREIGN KEY (tenant_id, device_id) REFERENCES device
) WITH (fillfactor = 50);
COMMENT ON TABLE device_presence IS 'When a device was last heard; apart from device because it changes all the time';
SELECT linli.protect('device_presence');
GRANT SELECT, INSERT, UPDATE ON device_presence TO linli_app;

CREATE TABLE point (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    device_id   uuid NOT NULL,
    estate_id   uuid NOT NULL,
    name        text NOT NULL,
    unit        text NOT NULL,
    value_type  text NOT NULL CHECK (value_type IN ('number', 'bool', 'text')),
    place       integer NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, device_id, name),
    FOREIGN KEY (tenant_id, device_id) REFERENCES device,
    FOREIGN KEY (tenant_id, estate_id) REFERENCES estate
);
COMMENT ON TABLE point IS 'One measured or switched quantity of a device; place 0 is the leading one';
CREATE INDEX point_estate ON point (tenant_id, estate_id, name);
SELECT linli.protect('point');
SELECT linli.let_lookup_read('point');
GRANT SELECT, INSERT ON point TO linli_app;

CREATE TABLE point_tenure (
    tenant_id    uuid NOT NULL,
    point_id     uuid NOT NULL,
    household_id uuid NOT NULL,
    from_at      timestamptz NOT NULL,
    to_at        timestamptz CHECK (to_at >= from_at),
    PRIMARY KEY (tenant_id, point_id, household_id, from_at),
    FOREIGN KEY (tenant_id, point_id) REFERENCES point,
    FOREIGN KEY (tenant_id, household_id) REFERENCES household
);
COMMENT ON TABLE point_tenure IS 'Whose meter it is from when to when: what a resident may read of it';
CREATE INDEX point_tenure_household ON point_tenure (tenant_id, household_id);
SELECT linli.protect('point_tenure', 'household');
SELECT linli.let_lookup_read('point_tenure');
GRANT SELECT, INSERT, UPDATE ON point_tenure TO linli_app;

-- How alive a device is: the thresholds of domain::devices::DeviceState::of, here so that lists can
-- filter and page by it. A test holds the two together.
CREATE FUNCTION linli.device_state(last_seen timestamptz, said_offline boolean, at timestamptz) RETURNS text
LANGUAGE sql IMMUTABLE AS $fn$
    SELECT CASE
        WHEN last_seen IS NULL THEN 'waiting'
        WHEN said_offline THEN 'offline'
        WHEN at - last_seen < interval '121 seconds' THEN 'online'
        WHEN at - last_seen < interval '901 seconds' THEN 'late'
        ELSE 'offline'
    END
$fn$;
GRANT EXECUTE ON FUNCTION linli.device_state(timestamptz, boolean, timestamptz) TO linli_app;

-- Who a device is, for the broker. No row for an unknown device or a revoked credential.
CREATE FUNCTION linli.device_login(slug_ text, key_ text)
RETURNS TABLE (tenant_id uuid, device_id uuid, estate_id uuid, secret_hash bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT d.tenant_id, d.id, d.estate_id, c.secret_hash
    FROM public.tenant t
    JOIN public.device d ON d.tenant_id = t.id AND d.key = key_
    JOIN public.device_credential c ON c.tenant_id = d.tenant_id AND c.device_id = d.id AND c.revoked_at IS NULL
    WHERE t.slug = slug_ AND t.state <> 'suspended'
$fn$;
SELECT linli.hand_over('linli.device_login(text, text)');
