-- Devices by name, as people count: 2号楼水表 before 10号楼水表.

-- Each number is written with at least eight digits, so that comparing bytes compares numbers. An
-- expression without a search path, so that it is put into the statement that writes a row.
CREATE FUNCTION linli.counted_name(name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN regexp_replace(regexp_replace(upper(name), '([0-9]+)', '00000000\1', 'g'), '0{0,8}([0-9]{8,})', '\1', 'g');
REVOKE ALL ON FUNCTION linli.counted_name(text) FROM PUBLIC;
-- A column is made by whoever writes the row.
GRANT EXECUTE ON FUNCTION linli.counted_name(text) TO linli_app;

ALTER TABLE device
    ADD COLUMN sort_key text COLLATE "C" NOT NULL GENERATED ALWAYS AS (linli.counted_name(name)) STORED;
COMMENT ON COLUMN device.sort_key IS 'The name with its numbers padded; lists by name are sorted by it';
