-- Places and the people in them.

CREATE TABLE estate (
    tenant_id   uuid NOT NULL REFERENCES tenant,
    id          uuid NOT NULL,
    name        text NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name)
);
COMMENT ON TABLE estate IS 'A residential estate (小区)';
SELECT linli.protect('estate');
SELECT linli.let_lookup_read('estate');
GRANT SELECT, INSERT, UPDATE ON estate TO linli_app;

CREATE TABLE building (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    estate_id   uuid NOT NULL,
    name        text NOT NULL,
    sort_key    text COLLATE "C" NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, estate_id, name),
    FOREIGN KEY (tenant_id, estate_id) REFERENCES estate
);
COMMENT ON TABLE building IS 'A building (楼栋). sort_key is the name with its numbers padded, so that 2号楼 comes before 10号楼';
CREATE INDEX building_order ON building (tenant_id, estate_id, sort_key, id);
SELECT linli.protect('building');
SELECT linli.let_lookup_read('building');
GRANT SELECT, INSERT, UPDATE ON building TO linli_app;

CREATE TABLE entrance (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    building_id uuid NOT NULL,
    name        text NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, building_id, name),
    FOREIGN KEY (tenant_id, building_id) REFERENCES building
);
COMMENT ON TABLE entrance IS 'An entrance with its stairwell (单元)';
SELECT linli.protect('entrance');
SELECT linli.let_lookup_read('entrance');
GRANT SELECT, INSERT, UPDATE ON entrance TO linli_app;

CREATE TABLE unit (
    tenant_id     uuid NOT NULL,
    id            uuid NOT NULL,
    estate_id     uuid NOT NULL,
    building_id   uuid NOT NULL,
    entrance_id   uuid,
    code          text NOT NULL,
    floor_label   text,
    gross_area    integer CHECK (gross_area > 0),
    inner_area    integer CHECK (inner_area > 0),
    use           text NOT NULL DEFAULT 'home' CHECK (use IN ('home', 'shop', 'bay', 'public')),
    occupancy     text CHECK (occupancy IN ('unsold', 'not_handed_over', 'handed_over', 'decorating', 'lived_in', 'let', 'vacant')),
    sort_key      text COLLATE "C" NOT NULL,
    created_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT unit_address UNIQUE NULLS NOT DISTINCT (tenant_id, building_id, entrance_id, code),
    FOREIGN KEY (tenant_id, estate_id) REFERENCES estate,
    FOREIGN KEY (tenant_id, building_id) REFERENCES building,
    FOREIGN KEY (tenant_id, entrance_id) REFERENCES entrance
);
COMMENT ON TABLE unit IS 'A home, shop or bay (房屋). Areas in 0.01 m²; code is text, since 3A and 12A are real';
CREATE INDEX unit_order ON unit (tenant_id, estate_id, sort_key, id);
CREATE INDEX unit_building ON unit (tenant_id, building_id, sort_key, id);
SELECT linli.protect('unit');
SELECT linli.let_lookup_read('unit');
GRANT SELECT, INSERT, UPDATE ON unit TO linli_app;

CREATE TABLE household (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    -- The same value as id: the column that the second wall looks at on every personal table.
    household_id uuid NOT NULL GENERATED ALWAYS AS (id) STORED,
    estate_id   uuid NOT NULL,
    unit_id     uuid NOT NULL,
    started_on  date NOT NULL,
    ended_on    date CHECK (ended_on >= started_on),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, estate_id) REFERENCES estate,
    FOREIGN KEY (tenant_id, unit_id) REFERENCES unit
);
COMMENT ON TABLE household IS 'The responsible party of a unit from one date to another (户); a sale ends one and starts the next';
CREATE UNIQUE INDEX household_current ON household (tenant_id, unit_id) WHERE ended_on IS NULL;
CREATE INDEX household_estate ON household (tenant_id, estate_id) INCLUDE (ended_on);
SELECT linli.protect('household', 'household');
SELECT linli.let_lookup_read('household');
GRANT SELECT, INSERT, UPDATE ON household TO linli_app;

CREATE TABLE resident (
    tenant_id     uuid NOT NULL,
    id            uuid NOT NULL,
    household_id  uuid NOT NULL,
    name          text NOT NULL,
    phone_cipher  bytea,
    phone_index   bytea,
    relation      text NOT NULL CHECK (relation IN ('owner', 'family', 'renter')),
    person_id     uuid REFERENCES person,
    created_at    timestamptz NOT NULL,
    ended_at      timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, household_id) REFERENCES household
);
COMMENT ON TABLE resident IS 'Somebody of a household; the phone is encrypted under the tenant''s key, with a keyed index beside it';
CREATE INDEX resident_household ON resident (tenant_id, household_id, id);
CREATE INDEX resident_person ON resident (person_id) WHERE person_id IS NOT NULL;
SELECT linli.protect('resident', 'household');
SELECT linli.let_lookup_read('resident');
GRANT SELECT, INSERT, UPDATE ON resident TO linli_app;

CREATE TABLE invitation (
    tenant_id     uuid NOT NULL,
    id            uuid NOT NULL,
    household_id  uuid NOT NULL,
    resident_id   uuid NOT NULL,
    token_hash    bytea NOT NULL,
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    used_at       timestamptz,
    revoked_at    timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, household_id) REFERENCES household,
    FOREIGN KEY (tenant_id, resident_id) REFERENCES resident
);
COMMENT ON TABLE invitation IS 'A single-use link that opens a home to its resident; only the token''s hash is kept';
CREATE INDEX invitation_resident ON invitation (tenant_id, resident_id);
CREATE INDEX invitation_token ON invitation (token_hash);
SELECT linli.protect('invitation');
SELECT linli.let_lookup_read('invitation');
GRANT SELECT, INSERT, UPDATE ON invitation TO linli_app;

CREATE TABLE roster_import (
    tenant_id       uuid NOT NULL,
    id              uuid NOT NULL,
    estate_id       uuid NOT NULL,
    person_id       uuid REFERENCES person,
    file_name       text NOT NULL,
    dry_run         boolean NOT NULL,
    state           text NOT NULL CHECK (state IN ('running', 'done', 'refused')),
    counts          jsonb NOT NULL,
    refused         jsonb NOT NULL,
    ignored_columns jsonb NOT NULL,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, estate_id) REFERENCES estate
);
COMMENT ON TABLE roster_import IS 'A run of the roster importer: counts, and which rows were refused and why; no personal values';
CREATE INDEX roster_import_estate ON roster_import (tenant_id, estate_id, id);
SELECT linli.protect('roster_import');
GRANT SELECT, INSERT, UPDATE ON roster_import TO linli_app;

-- What an invitation's token opens; no row for an unknown, used, revoked or late one.
CREATE FUNCTION linli.invitation_of(token bytea, at timestamptz)
RETURNS TABLE (tenant_id uuid, id uuid, household_id uuid, resident_id uuid, resident_name text,
               company text, slug text, estate text, building text, entrance text, unit text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT i.tenant_id, i.id, i.household_id, i.resident_id, r.name, t.name, t.slug, e.name, b.name, n.name, u.code
    FROM public.invitation i
    JOIN public.tenant t ON t.id = i.tenant_id
    JOIN public.resident r ON r.tenant_id = i.tenant_id AND r.id = i.resident_id AND r.ended_at IS NULL
    JOIN public.household h ON h.tenant_id = i.tenant_id AND h.id = i.household_id AND h.ended_on IS NULL
    JOIN public.unit u ON u.tenant_id = i.tenant_id AND u.id = h.unit_id
    JOIN public.building b ON b.tenant_id = i.tenant_id AND b.id = u.building_id
    JOIN public.estate e ON e.tenant_id = i.tenant_id AND e.id = u.estate_id
    LEFT JOIN public.entrance n ON n.tenant_id = i.tenant_id AND n.id = u.entrance_id
    WHERE i.token_hash = token AND i.used_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > at
$fn$;
SELECT linli.hand_over('linli.invitation_of(bytea, timestamptz)');

-- The hats that a person can wear: staff of a tenant, or resident of one.
CREATE FUNCTION linli.hats_of(person uuid)
RETURNS TABLE (tenant_id uuid, slug text, company text, hat text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT t.id, t.slug, t.name, 'staff'
    FROM public.staff s JOIN public.tenant t ON t.id = s.tenant_id
    WHERE s.person_id = person AND s.left_at IS NULL
    UNION ALL
    SELECT DISTINCT t.id, t.slug, t.name, 'resident'
    FROM public.resident r
    JOIN public.household h ON h.tenant_id = r.tenant_id AND h.id = r.household_id AND h.ended_on IS NULL
    JOIN public.tenant t ON t.id = r.tenant_id
    WHERE r.person_id = person AND r.ended_at IS NULL
    ORDER BY 4 DESC, 2
$fn$;
SELECT linli.hand_over('linli.hats_of(uuid)');

-- All that a request needs to know of its session, by token or by id, in one round trip. No row
-- for one that has ended, run out, been idle too long, or whose hat is gone.
CREATE FUNCTION linli.session_of(token bytea, which uuid, at timestamptz, idle interval)
RETURNS TABLE (session_id uuid, person_id uuid, person_name text, tenant_id uuid, slug text,
               company text, time_zone text, language text, tenant_state text, hat text, kind text,
               epoch integer, roles text[], households uuid[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $fn$
DECLARE
    s public.session;
BEGIN
    IF token IS NOT NULL THEN
        SELECT * INTO s FROM public.session x WHERE x.token_hash = token;
    ELSE
        SELECT * INTO s FROM public.session x WHERE x.id = which;
    END IF;
    IF s.id IS NULL OR s.ended_at IS NOT NULL OR s.expires_at <= at OR s.seen_at + idle <= at THEN
        RETURN;
    END IF;
    -- Once in five minutes is exact enough for the idle limit and spares a write a request.
    IF s.seen_at < at - interval '5 minutes' THEN
        UPDATE public.session x SET seen_at = at WHERE x.id = s.id;
    END IF;
    RETURN QUERY
    SELECT s.id, s.person_id, p.name, t.id, t.slug, t.name, t.time_zone, t.language, t.state, s.hat, s.kind, s.epoch,
           CASE s.hat
               WHEN 'staff' THEN ARRAY(SELECT g.role FROM public.role_grant g
                                       WHERE g.tenant_id = t.id AND g.person_id = p.id ORDER BY g.role)
               ELSE ARRAY(SELECT DISTINCT r.relation FROM public.resident r
                          JOIN public.household h ON h.tenant_id = r.tenant_id AND h.id = r.household_id
                          WHERE r.tenant_id = t.id AND r.person_id = p.id
                            AND r.ended_at IS NULL AND h.ended_on IS NULL)
           END,
           CASE s.hat
               WHEN 'staff' THEN '{}'::uuid[]
               ELSE ARRAY(SELECT DISTINCT r.household_id FROM public.resident r
                          JOIN public.household h ON h.tenant_id = r.tenant_id AND h.id = r.household_id
                          WHERE r.tenant_id = t.id AND r.person_id = p.id
                            AND r.ended_at IS NULL AND h.ended_on IS NULL)
           END
    FROM public.person p, public.tenant t
    WHERE p.id = s.person_id AND t.id = s.tenant_id
      AND CASE s.hat
              WHEN 'staff' THEN EXISTS (SELECT FROM public.staff f
                                        WHERE f.tenant_id = t.id AND f.person_id = p.id AND f.left_at IS NULL)
              ELSE EXISTS (SELECT FROM public.resident r
                           JOIN public.household h ON h.tenant_id = r.tenant_id AND h.id = r.household_id
                           WHERE r.tenant_id = t.id AND r.person_id = p.id
                             AND r.ended_at IS NULL AND h.ended_on IS NULL)
          END;
END
$fn$;
SELECT linli.hand_over('linli.session_of(bytea, uuid, timestamptz, interval)');

-- The homes of the resident who asks, by the settings of the transaction.
CREATE FUNCTION linli.homes()
RETURNS TABLE (household_id uuid, estate_id uuid, estate text, building text, entrance text, unit text, gross_area integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT h.id, e.id, e.name, b.name, n.name, u.code, u.gross_area
    FROM public.household h
    JOIN public.unit u ON u.tenant_id = h.tenant_id AND u.id = h.unit_id
    JOIN public.building b ON b.tenant_id = u.tenant_id AND b.id = u.building_id
    JOIN public.estate e ON e.tenant_id = u.tenant_id AND e.id = u.estate_id
    LEFT JOIN public.entrance n ON n.tenant_id = u.tenant_id AND n.id = u.entrance_id
    WHERE h.tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid
      AND h.id = ANY (NULLIF(current_setting('app.households', true), '')::uuid[])
    ORDER BY e.name, u.sort_key
$fn$;
SELECT linli.hand_over('linli.homes()');
