-- When a switch was on: doors that were opened, above all.
--
-- A door says every half minute that it is shut, and some times a day that it is open. Without an index
-- of its own, asking when it was opened is reading all that it said. Meters hardly ever say one exactly,
-- so nearly all that is stored stays out of it.
CREATE INDEX reading_on ON reading (tenant_id, point_id, ts) WHERE num = 1;
