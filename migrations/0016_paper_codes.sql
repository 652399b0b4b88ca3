-- How an owner comes in with a code on paper, and what staff look at before some of them do.

CREATE TABLE home_code (
    tenant_id     uuid NOT NULL,
    id            uuid NOT NULL,
    estate_id     uuid NOT NULL,
    unit_id       uuid NOT NULL,
    household_id  uuid NOT NULL,
    code_hash     bytea NOT NULL,
    printed_by    uuid REFERENCES person,
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    tries         smallint NOT NULL DEFAULT 0,
    used_at       timestamptz,
    ended_at      timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, estate_id) REFERENCES estate,
    FOREIGN KEY (tenant_id, unit_id) REFERENCES unit,
    FOREIGN KEY (tenant_id, household_id) REFERENCES household
);
COMMENT ON TABLE home_code IS 'A single-use code on paper for the owner of a home; only its keyed hash is kept, and five wrong tries close it';
CREATE INDEX home_code_household ON home_code (tenant_id, household_id) WHERE used_at IS NULL AND ended_at IS NULL;
CREATE INDEX home_code_hash ON home_code (code_hash);
SELECT linli.protect('home_code');
SELECT linli.wall_in('home_code', '{estate_id,unit_id}');
SELECT linli.let_lookup_read('home_code');
GRANT SELECT, INSERT ON home_code TO linli_app;
GRANT UPDATE (tries, used_at, ended_at) ON home_code TO linli_app;

CREATE TABLE claim_request (
    tenant_id     uuid NOT NULL,
    id            uuid NOT NULL,
    estate_id     uuid NOT NULL,
    unit_id       uuid NOT NULL,
    household_id  uuid NOT NULL,
    resident_id   uuid NOT NULL,
    person_id     uuid NOT NULL REFERENCES person,
    -- Who that resident was when the request was made: another since then is not put aside.
    instead_of    uuid REFERENCES person,
    token_hash    bytea NOT NULL,
    reason        text NOT NULL CHECK (reason IN ('no_phone', 'other_phone', 'open_already')),
    state         text NOT NULL CHECK (state IN ('waiting', 'accepted', 'refused')),
    created_at    timestamptz NOT NULL,
    decided_at    timestamptz,
    decided_by    uuid REFERENCES person,
    PRIMARY KEY (tenant_id, id),
    CHECK ((state = 'waiting') = (decided_at IS NULL)),
    FOREIGN KEY (tenant_id, estate_id) REFERENCES estate,
    FOREIGN KEY (tenant_id, unit_id) REFERENCES unit,
    FOREIGN KEY (tenant_id, household_id) REFERENCES household,
    FOREIGN KEY (tenant_id, resident_id) REFERENCES resident
);
COMMENT ON TABLE claim_request IS 'Somebody who says that they are an owner, and whom staff look at before the home opens (入住登记); the link to its state is kept as a hash';
CREATE INDEX claim_request_waiting ON claim_request (tenant_id, id) WHERE state = 'waiting';
CREATE INDEX claim_request_token ON claim_request (token_hash);
SELECT linli.protect('claim_request');
SELECT linli.wall_in('claim_request', '{estate_id,unit_id}');
SELECT linli.let_lookup_read('claim_request');
GRANT SELECT, INSERT ON claim_request TO linli_app;
GRANT UPDATE (state, decided_at, decided_by) ON claim_request TO linli_app;

CREATE TABLE home_notice (
    tenant_id     uuid NOT NULL,
    id            uuid NOT NULL,
    household_id  uuid NOT NULL,
    resident_id   uuid NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('claim')),
    created_at    timestamptz NOT NULL,
    seen_at       timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, household_id) REFERENCES household,
    FOREIGN KEY (tenant_id, resident_id) REFERENCES resident
);
COMMENT ON TABLE home_notice IS 'What an owner is told on their first page until they have seen it: somebody else wants to come in';
CREATE INDEX home_notice_unseen ON home_notice (tenant_id, household_id) WHERE seen_at IS NULL;
SELECT linli.protect('home_notice', 'household');
GRANT SELECT, INSERT ON home_notice TO linli_app;
GRANT UPDATE (seen_at) ON home_notice TO linli_app;

-- Which home a code on paper is for; no row for one that is unknown, used, ended, late or tried
-- too often.
CREATE FUNCTION linli.home_code_of(code bytea, at timestamptz)
RETURNS TABLE (tenant_id uuid, id uuid, company text, slug text, time_zone text, tenant_state text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT c.tenant_id, c.id, t.name, t.slug, t.time_zone, t.state
    FROM public.home_code c JOIN public.tenant t ON t.id = c.tenant_id
    WHERE c.code_hash = code AND c.used_at IS NULL AND c.ended_at IS NULL AND c.expires_at > at AND c.tries < 5
$fn$;
SELECT linli.hand_over('linli.home_code_of(bytea, timestamptz)');

-- How a request stands, for whoever holds its link: not whose home it is about.
CREATE FUNCTION linli.claim_of(token bytea)
RETURNS TABLE (company text, state text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT t.name, c.state
    FROM public.claim_request c
    JOIN public.tenant t ON t.id = c.tenant_id
    WHERE c.token_hash = token
$fn$;
SELECT linli.hand_over('linli.claim_of(bytea)');
