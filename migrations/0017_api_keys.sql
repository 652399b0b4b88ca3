-- Keys of a company's own programs. A key has a role at some places as a member of staff has, and is
-- held to what its maker may do at the moment that it is used.

CREATE TABLE api_key (
    tenant_id      uuid NOT NULL REFERENCES tenant,
    id             uuid NOT NULL,
    name           text NOT NULL,
    key_hash       bytea NOT NULL,
    starts_with    text NOT NULL,
    role           text NOT NULL,
    custom_role_id uuid,
    everywhere     boolean NOT NULL,
    estates        uuid[] NOT NULL,
    made_by        uuid NOT NULL,
    created_at     timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL,
    ended_at       timestamptz,
    used_at        timestamptz,
    used_from      text,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, made_by) REFERENCES staff,
    FOREIGN KEY (tenant_id, custom_role_id) REFERENCES custom_role,
    CHECK ((role = 'custom') = (custom_role_id IS NOT NULL)),
    CHECK (everywhere = (cardinality(estates) = 0)),
    CHECK ((used_at IS NULL) = (used_from IS NULL))
);
COMMENT ON TABLE api_key IS 'A key of a company''s own program, with the role that it has (接口密钥); of the key itself only its keyed hash and first letters are kept';
COMMENT ON COLUMN api_key.used_at IS 'To five minutes; used_from is where from that time';
-- Names are for telling them apart in the audit log.
CREATE UNIQUE INDEX api_key_name ON api_key (tenant_id, name) WHERE ended_at IS NULL;
CREATE INDEX api_key_hash ON api_key (key_hash);
CREATE INDEX api_key_maker ON api_key (tenant_id, made_by) WHERE ended_at IS NULL;
SELECT linli.protect('api_key');
SELECT linli.let_lookup_read('api_key');
-- The hash is written and never read back.
GRANT SELECT (tenant_id, id, name, starts_with, role, custom_role_id, everywhere, estates, made_by, created_at,
              expires_at, ended_at, used_at, used_from), INSERT, UPDATE (ended_at) ON api_key TO linli_app;
GRANT UPDATE (used_at, used_from) ON api_key TO linli_lookup;
CREATE POLICY lookup_use ON api_key FOR UPDATE TO linli_lookup USING (true) WITH CHECK (true);

-- What a key opens: the company, the key's own grant, and the running grants of its maker, both as
-- linli.grants_of writes them. No row for an unknown, ended or expired key, nor once its maker works
-- here no more. Notes that it was used, and from where.
CREATE FUNCTION linli.key_of(hash bytea, at timestamptz, address text)
RETURNS TABLE (key_id uuid, key_name text, maker uuid, tenant uuid, slug text, company text, time_zone text,
               tenant_state text, own jsonb, held jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $fn$
DECLARE
    k public.api_key;
BEGIN
    SELECT * INTO k FROM public.api_key x WHERE x.key_hash = hash;
    IF k.id IS NULL OR k.ended_at IS NOT NULL OR k.expires_at <= at
       OR NOT EXISTS (SELECT FROM public.staff f
                      WHERE f.tenant_id = k.tenant_id AND f.person_id = k.made_by AND f.left_at IS NULL) THEN
        RETURN;
    END IF;
    -- Once in five minutes, as for sessions, spares a write a request.
    IF k.used_at IS NULL OR k.used_at < at - interval '5 minutes' THEN
        UPDATE public.api_key x SET used_at = at, used_from = address WHERE x.tenant_id = k.tenant_id AND x.id = k.id;
    END IF;
    RETURN QUERY
    SELECT k.id, k.name, k.made_by, t.id, t.slug, t.name, t.time_zone, t.state,
           jsonb_build_object('id', k.id, 'role', k.role, 'custom_role', k.custom_role_id,
               'actions', (SELECT c.actions FROM public.custom_role c
                           WHERE c.tenant_id = k.tenant_id AND c.id = k.custom_role_id AND c.ended_at IS NULL),
               'until', k.expires_at, 'everywhere', k.everywhere, 'places', k.estates, 'around', '{}'::uuid[]),
           linli.grants_of(t.id, k.made_by, at)
    FROM public.tenant t WHERE t.id = k.tenant_id;
END
$fn$;
SELECT linli.hand_over('linli.key_of(bytea, timestamptz, text)');

-- What a key does is done by the key, and by no person.
ALTER TABLE audit_entry
    DROP CONSTRAINT audit_entry_actor_check,
    DROP CONSTRAINT audit_entry_check,
    ADD COLUMN key_id uuid,
    ADD CONSTRAINT audit_entry_actor_check CHECK (actor IN ('staff', 'resident', 'key', 'system')),
    ADD CONSTRAINT audit_entry_doer CHECK ((actor IN ('staff', 'resident')) = (person_id IS NOT NULL)
        AND (actor = 'key') = (key_id IS NOT NULL));
