-- What an import would change, and what looks like a sale.

ALTER TABLE roster_import
    ADD COLUMN possible_sales jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN changes jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN digest bytea;
COMMENT ON TABLE roster_import IS 'A run of the roster importer: counts, which rows were refused and why, what changed; no personal values';
COMMENT ON COLUMN roster_import.possible_sales IS 'Units whose owners are others than on record; of names the first character only';
COMMENT ON COLUMN roster_import.changes IS 'New and changed units, which fields, and values of what is not personal';
COMMENT ON COLUMN roster_import.digest IS 'SHA-256 of the file: sales are confirmed of the very file that listed them, of which no copy is kept';
