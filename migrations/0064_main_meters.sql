-- A meter may hang below a main meter (总表) of the same estate, which counts what it counts once more.
ALTER TABLE device ADD UNIQUE (tenant_id, estate_id, id);
ALTER TABLE device
    ADD COLUMN main_id uuid CHECK (main_id <> id),
    ADD FOREIGN KEY (tenant_id, estate_id, main_id) REFERENCES device (tenant_id, estate_id, id);
COMMENT ON COLUMN device.main_id IS 'The main meter that counts this one''s use once more; of the same kind, and never below it itself';
CREATE INDEX device_main ON device (tenant_id, main_id) WHERE main_id IS NOT NULL;
