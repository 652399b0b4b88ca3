-- What the register of places still lacked of a unit.

ALTER TABLE unit
    ADD COLUMN true_floor smallint CHECK (true_floor BETWEEN -20 AND 200),
    ADD COLUMN fee_start date;
COMMENT ON TABLE unit IS 'A home, shop or bay (房屋). Areas in 0.01 m²; code is text, since 3A and 12A are real. floor_label is what the floor is called, true_floor which one it is when one counts; fee_start is the day from which fees are due';
