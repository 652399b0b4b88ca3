-- What is counted on each page of an estate is counted in an index alone: it has all that the walls
-- look at. Counted in the rows, a large estate's homes are all read anew for each page.
CREATE INDEX unit_there ON unit (tenant_id, estate_id, building_id) INCLUDE (id) WHERE archived_at IS NULL;
CREATE INDEX household_there ON household (tenant_id, estate_id) INCLUDE (unit_id, household_id) WHERE ended_on IS NULL;
DROP INDEX household_estate;
