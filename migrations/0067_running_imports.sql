-- An import that takes longer than its request waits goes on by itself, and is seen on its way.

ALTER TABLE roster_import
    ADD COLUMN stage text CHECK (stage IN ('waiting', 'reading', 'checking', 'writing')),
    ADD COLUMN rows_done int CHECK (rows_done >= 0),
    ADD COLUMN rows_total int CHECK (rows_total >= 0),
    ADD COLUMN touched_at timestamptz,
    ADD COLUMN flaw text CHECK (flaw IN ('unreadable', 'out_of_range', 'unknown', 'over_quota', 'not_found',
                                         'unavailable', 'internal', 'interrupted')),
    ADD CHECK (state <> 'running' OR (stage IS NOT NULL AND touched_at IS NOT NULL)),
    ADD CHECK (flaw IS NULL OR state = 'refused');
COMMENT ON COLUMN roster_import.stage IS 'What is being done, while it runs';
COMMENT ON COLUMN roster_import.rows_done IS 'How many rows of the file, or to be written, have passed the stage';
COMMENT ON COLUMN roster_import.touched_at IS 'The last sign of a running import: its process is gone where none came for a minute';
COMMENT ON COLUMN roster_import.flaw IS 'What was wrong with the whole of it, where that was found after the request was answered';

CREATE INDEX roster_import_running ON roster_import (tenant_id, estate_id) WHERE state = 'running';
