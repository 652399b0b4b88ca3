-- A replacement that was put on record by mistake is taken back, as long as no other came after it.
-- That it was there is in the audit log.
GRANT DELETE ON instrument TO linli_app;
COMMENT ON TABLE instrument IS 'A meter that hangs at a point (计量器具) from since on, until the next one. What was counted at a reading is carried + ratio * register, by the instrument of the reading''s own time; consumption is the difference of two such, whatever hung there in between. The newest of a point can be taken back; nothing else is ever deleted or changed';
