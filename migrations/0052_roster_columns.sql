-- What a company says the columns of its rosters are, for headers that do not say it themselves.

CREATE TABLE roster_column (
    tenant_id   uuid NOT NULL REFERENCES tenant,
    header      text NOT NULL CHECK (char_length(header) BETWEEN 1 AND 60),
    field       text CHECK (field IN ('building', 'entrance', 'unit', 'floor_label', 'area_m2', 'inner_area_m2',
                                      'use', 'owner', 'phone', 'occupancy')),
    said_at     timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, header)
);
COMMENT ON TABLE roster_column IS 'What somebody said a column of a roster is, by its header without white space and capitals; null where it is left aside';
SELECT linli.protect('roster_column');
GRANT SELECT, INSERT, UPDATE ON roster_column TO linli_app;

ALTER TABLE roster_import ADD COLUMN columns jsonb NOT NULL DEFAULT '[]';
COMMENT ON COLUMN roster_import.columns IS 'The columns of the file, what each was taken for, and a cell of it with names and numbers struck out';
