-- Drops the months of readings that are older than what is kept, whole, and answers how many. What was
-- counted from them (half hours, days) stays. Owned by the owner of the tables, since only that role
-- can drop them.
--
-- It counts from the newest month that holds anything, where that is earlier than at: a clock that
-- jumped years ahead must not empty the house. Two years at the least are kept: readings are taken up
-- to 400 days late, and a year is compared with the one before.
CREATE FUNCTION linli.drop_reading_partitions(kept_months integer, at timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' SET lock_timeout = '5s' AS $fn$
DECLARE
    part record;
    newest timestamp;
    dropped integer := 0;
BEGIN
    IF kept_months IS NULL OR kept_months < 24 THEN
        RAISE EXCEPTION 'readings are kept for two years at the least';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('linli.make_reading_partitions', 0));
    SELECT least(max(to_date(right(c.relname, 7), 'YYYY_MM')::timestamp) FILTER (WHERE pg_relation_size(c.oid) > 0),
                 date_trunc('month', at AT TIME ZONE 'UTC'))
    INTO newest
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'public.reading'::regclass;
    FOR part IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'public.reading'::regclass
          AND to_date(right(c.relname, 7), 'YYYY_MM')::timestamp < newest - make_interval(months => kept_months)
    LOOP
        EXECUTE format('DROP TABLE vault.%I', part.relname);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END
$fn$;
REVOKE ALL ON FUNCTION linli.drop_reading_partitions(integer, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION linli.drop_reading_partitions(integer, timestamptz) TO linli_app;
