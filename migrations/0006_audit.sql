-- Who did what, when and from where.

CREATE TABLE audit_entry (
    tenant_id    uuid NOT NULL REFERENCES tenant,
    -- UUID version 7 of the moment: the order of the ids is the order of the deeds.
    id           uuid NOT NULL,
    at           timestamptz NOT NULL,
    actor        text NOT NULL CHECK (actor IN ('staff', 'resident', 'system')),
    person_id    uuid,
    session_id   uuid,
    deed         text NOT NULL CHECK (deed ~ '^[a-z_]+[.][a-z_]+$'),
    subject_kind text NOT NULL CHECK (subject_kind ~ '^[a-z_]+$'),
    subject_id   uuid NOT NULL,
    estate_id    uuid,
    fields       text[] NOT NULL,
    channel      text NOT NULL CHECK (channel IN ('web', 'api', 'bridge', 'inside')),
    address      text,
    PRIMARY KEY (tenant_id, id),
    CHECK ((actor = 'system') = (person_id IS NULL)),
    CHECK ((channel = 'inside') = (address IS NULL))
);
-- Persons, sessions and subjects are not referenced: what was done stays true when they are gone,
-- and must not keep them from going.
COMMENT ON TABLE audit_entry IS 'What was done, by whom, from where; ids and names of fields, no personal values. Only grows';
CREATE INDEX audit_entry_person ON audit_entry (tenant_id, person_id, id);
CREATE INDEX audit_entry_subject ON audit_entry (tenant_id, subject_id, id);
SELECT linli.protect('audit_entry');
-- A resident leaves entries of their own, and reads none.
ALTER POLICY home_wall ON audit_entry WITH CHECK (
    current_setting('app.actor', true) IN ('staff', 'system')
    OR (current_setting('app.actor', true) = 'resident' AND actor = 'resident')
);
GRANT SELECT, INSERT ON audit_entry TO linli_app;

-- The grant binds the serving login, this everybody, the owner too. A statement trigger, because
-- under FORCE the owner sees no row that a row trigger could fire for.
--
-- Retention, once there is a rule for it, is linli_owner's: in one transaction DISABLE this
-- trigger, lift FORCE, delete what is too old, and put both back.
CREATE FUNCTION linli.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $fn$
BEGIN
    RAISE EXCEPTION '% only grows', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$fn$;
CREATE TRIGGER audit_entry_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION linli.refuse_change();
