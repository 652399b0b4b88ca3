-- Somebody who stands in for a colleague: the same role at the same places, until a day. It ends
-- with the role that it stands in for.
ALTER TABLE role_grant
    ADD COLUMN stands_in_for uuid,
    ADD FOREIGN KEY (tenant_id, stands_in_for) REFERENCES role_grant,
    ADD CONSTRAINT role_grant_stand_in CHECK (stands_in_for IS NULL OR until_at IS NOT NULL);
CREATE INDEX role_grant_stands_in_for ON role_grant (tenant_id, stands_in_for) WHERE ended_at IS NULL AND stands_in_for IS NOT NULL;
