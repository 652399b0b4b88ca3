-- Device models of a company's own, and the range in which a point's values can be true.

CREATE TABLE device_model (
    tenant_id    uuid NOT NULL REFERENCES tenant,
    id           uuid NOT NULL,
    slug         text COLLATE "C" NOT NULL CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
    name         text NOT NULL,
    maker        text NOT NULL,
    kind         text NOT NULL,
    points       jsonb NOT NULL,
    map          jsonb,
    created_at   timestamptz NOT NULL,
    archived_at  timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, slug)
);
COMMENT ON TABLE device_model IS 'A device model of a company''s own (型号): which points its devices have, and where they stand in their registers';
COMMENT ON COLUMN device_model.points IS 'Those that no register feeds, beside those of the kind';
COMMENT ON COLUMN device_model.map IS 'A register map, as domain::devices::register_map has it; null for devices that speak by themselves';
COMMENT ON COLUMN device_model.archived_at IS 'Since when no device is registered with it any more; those that were follow it on';
SELECT linli.protect('device_model');
GRANT SELECT, INSERT, DELETE ON device_model TO linli_app;
GRANT UPDATE (name, maker, points, map, archived_at) ON device_model TO linli_app;

-- By the slug, which never changes: it is what a device's transport says, too.
ALTER TABLE device
    ADD COLUMN model text COLLATE "C",
    ADD FOREIGN KEY (tenant_id, model) REFERENCES device_model (tenant_id, slug);
COMMENT ON COLUMN device.model IS 'The company''s own model that it follows; null for one of Linli''s, and for a device that has none';
CREATE INDEX device_model_of ON device (tenant_id, model, id) WHERE model IS NOT NULL;

ALTER TABLE point
    ADD COLUMN valid_min double precision,
    ADD COLUMN valid_max double precision,
    ADD CHECK (valid_min <= valid_max);
COMMENT ON COLUMN point.valid_min IS 'What is below it, or above valid_max, cannot be true and is refused as out_of_range; null where that end is open';
GRANT UPDATE (valid_min, valid_max) ON point TO linli_app;

-- How a device is reached, with the register map of its model in the place of the model's name.
CREATE FUNCTION linli.transport_with(transport jsonb, map jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN map IS NOT NULL AND transport ? 'modbus'
            THEN jsonb_set(transport, '{modbus,map}', map) ELSE transport END;
REVOKE ALL ON FUNCTION linli.transport_with(jsonb, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION linli.transport_with(jsonb, jsonb) TO linli_app;
