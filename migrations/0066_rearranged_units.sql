-- Units that are there no more, or are another one now.

ALTER TABLE unit
    ADD COLUMN archived_at timestamptz,
    ADD COLUMN merged_into uuid,
    ADD FOREIGN KEY (tenant_id, merged_into) REFERENCES unit,
    ADD CHECK (merged_into IS NULL OR archived_at IS NOT NULL),
    DROP CONSTRAINT unit_address;
COMMENT ON COLUMN unit.archived_at IS 'Since when it is there no more: lists, drawings, searches and counts leave it out; its page and its history stay';
COMMENT ON COLUMN unit.merged_into IS 'The unit that it is a part of now (合并)';
-- A door may be given out again.
CREATE UNIQUE INDEX unit_address ON unit (tenant_id, building_id, entrance_id, code) NULLS NOT DISTINCT
    WHERE archived_at IS NULL;

ALTER TABLE building ADD COLUMN archived_at timestamptz;
COMMENT ON COLUMN building.archived_at IS 'Since when it is there no more, with all its units';
ALTER TABLE building DROP CONSTRAINT building_tenant_id_estate_id_name_key;
CREATE UNIQUE INDEX building_name ON building (tenant_id, estate_id, name) WHERE archived_at IS NULL;

-- A unit that moves into another building takes what people may do there along.
CREATE OR REPLACE FUNCTION linli.tell_of_one() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $fn$
BEGIN
    CASE TG_TABLE_NAME
        WHEN 'session' THEN PERFORM linli.tell_changed('session', NEW.id);
        WHEN 'staff' THEN PERFORM linli.tell_changed('person', NEW.tenant_id, NEW.person_id);
        WHEN 'tenant' THEN PERFORM linli.tell_changed('tenant', NEW.id);
        WHEN 'estate', 'building', 'unit' THEN PERFORM linli.tell_changed('tenant', NEW.tenant_id);
    END CASE;
    RETURN NULL;
END
$fn$;
CREATE TRIGGER tell_moved AFTER UPDATE OF building_id ON unit FOR EACH ROW
    WHEN (OLD.building_id IS DISTINCT FROM NEW.building_id) EXECUTE FUNCTION linli.tell_of_one();

-- As before; what is archived or retired takes no room.
CREATE OR REPLACE FUNCTION linli.usage(hold boolean, at timestamptz, reading_bytes bigint)
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
           p.units, (SELECT count(*) FROM public.unit u WHERE u.tenant_id = tenant AND u.archived_at IS NULL),
           p.devices, (SELECT count(*) FROM public.device d WHERE d.tenant_id = tenant AND d.retired_at IS NULL),
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
