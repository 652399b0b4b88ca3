-- Cars and the homes that they belong to.

CREATE TABLE vehicle (
    tenant_id     uuid NOT NULL,
    id            uuid NOT NULL,
    estate_id     uuid NOT NULL,
    unit_id       uuid NOT NULL,
    household_id  uuid NOT NULL,
    plate         text COLLATE "C" NOT NULL,
    about         text,
    created_at    timestamptz NOT NULL,
    ended_at      timestamptz,
    -- As people say it who leave out where it is from, and the office that gave it.
    find_letter   text COLLATE "C" NOT NULL GENERATED ALWAYS AS (substr(plate, 2)) STORED,
    find_body     text COLLATE "C" NOT NULL GENERATED ALWAYS AS (substr(plate, 3)) STORED,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, estate_id) REFERENCES estate,
    FOREIGN KEY (tenant_id, unit_id) REFERENCES unit,
    FOREIGN KEY (tenant_id, household_id) REFERENCES household
);
COMMENT ON TABLE vehicle IS 'A car of a household (车辆), until the household or somebody ends it. plate is in capitals without the dot: 沪A12345; about is what it looks like';
-- One car belongs to one home of an estate.
CREATE UNIQUE INDEX vehicle_plate ON vehicle (tenant_id, estate_id, plate) WHERE ended_at IS NULL;
CREATE INDEX vehicle_household ON vehicle (tenant_id, household_id, id);
CREATE INDEX vehicle_unit ON vehicle (tenant_id, unit_id, id);
CREATE INDEX vehicle_find_plate ON vehicle (tenant_id, plate, id) WHERE ended_at IS NULL;
CREATE INDEX vehicle_find_letter ON vehicle (tenant_id, find_letter, id) WHERE ended_at IS NULL;
CREATE INDEX vehicle_find_body ON vehicle (tenant_id, find_body, id) WHERE ended_at IS NULL;
SELECT linli.protect('vehicle');
SELECT linli.wall_in('vehicle', '{estate_id,unit_id}');
-- Deleted with the last of those whom it tells of.
GRANT SELECT, INSERT, DELETE ON vehicle TO linli_app;
GRANT UPDATE (ended_at, about, unit_id, household_id) ON vehicle TO linli_app;
