-- A counter that has shown all its nines shows noughts again (归零). The instrument is put on record once
-- more as it passes its end, carried on by all that its register can show.
ALTER TABLE instrument ADD COLUMN turned boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN instrument.turned IS 'The same instrument as before, whose register passed its end';
