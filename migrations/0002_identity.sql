-- Property companies, people, log-ins and sessions.

CREATE TABLE tenant (
    id          uuid PRIMARY KEY,
    slug        text COLLATE "C" NOT NULL UNIQUE CHECK (slug ~ '^[a-z][a-z0-9-]{2,31}$'),
    name        text NOT NULL,
    time_zone   text NOT NULL DEFAULT 'Asia/Shanghai',
    currency    char(3) NOT NULL DEFAULT 'CNY',
    language    text NOT NULL DEFAULT 'zh-CN',
    state       text NOT NULL DEFAULT 'trial' CHECK (state IN ('trial', 'active', 'suspended')),
    created_at  timestamptz NOT NULL
);
COMMENT ON TABLE tenant IS 'A property company. Its slug never changes and is never given out again';
SELECT linli.protect('tenant', key => 'id');
SELECT linli.let_lookup_read('tenant');
GRANT SELECT ON tenant TO linli_app;
GRANT UPDATE (name, time_zone, currency, language) ON tenant TO linli_app;
GRANT INSERT ON tenant TO linli_lookup;
CREATE POLICY lookup_sign_up ON tenant FOR INSERT TO linli_lookup WITH CHECK (true);

CREATE TABLE person (
    id          uuid PRIMARY KEY,
    name        text NOT NULL,
    created_at  timestamptz NOT NULL
);
COMMENT ON TABLE person IS 'A human being; belongs to no tenant';
SELECT linli.seal('person');

CREATE TABLE credential (
    person_id     uuid PRIMARY KEY REFERENCES person,
    login_index   bytea NOT NULL UNIQUE,
    password_hash text NOT NULL,
    changed_at    timestamptz NOT NULL
);
COMMENT ON TABLE credential IS 'How a person logs in: keyed hash of the log-in under the platform key, argon2id of the password';
SELECT linli.seal('credential');

CREATE TABLE session (
    id          uuid PRIMARY KEY,
    token_hash  bytea NOT NULL UNIQUE,
    person_id   uuid NOT NULL REFERENCES person,
    tenant_id   uuid NOT NULL REFERENCES tenant,
    hat         text NOT NULL CHECK (hat IN ('staff', 'resident')),
    kind        text NOT NULL CHECK (kind IN ('browser', 'client')),
    epoch       integer NOT NULL DEFAULT 0,
    created_at  timestamptz NOT NULL,
    seen_at     timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    ended_at    timestamptz
);
COMMENT ON TABLE session IS 'One log-in under one hat; the token itself is kept only as SHA-256';
CREATE INDEX session_person ON session (person_id) WHERE ended_at IS NULL;
SELECT linli.seal('session');

CREATE TABLE live_ticket (
    token_hash  bytea PRIMARY KEY,
    session_id  uuid NOT NULL REFERENCES session,
    expires_at  timestamptz NOT NULL
);
COMMENT ON TABLE live_ticket IS 'Single-use admission to the live websocket for clients without a cookie';
SELECT linli.seal('live_ticket');

CREATE TABLE staff (
    tenant_id   uuid NOT NULL REFERENCES tenant,
    person_id   uuid NOT NULL REFERENCES person,
    name        text NOT NULL,
    joined_at   timestamptz NOT NULL,
    left_at     timestamptz,
    PRIMARY KEY (tenant_id, person_id)
);
COMMENT ON TABLE staff IS 'A person who works for a tenant';
CREATE INDEX staff_person ON staff (person_id);
SELECT linli.protect('staff');
SELECT linli.let_lookup_read('staff');
GRANT SELECT, INSERT, UPDATE ON staff TO linli_app;

CREATE TABLE role_grant (
    tenant_id   uuid NOT NULL,
    person_id   uuid NOT NULL,
    role        text NOT NULL CHECK (role IN ('tenant_admin')),
    granted_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, person_id, role),
    FOREIGN KEY (tenant_id, person_id) REFERENCES staff
);
COMMENT ON TABLE role_grant IS 'A role that a member of staff holds';
SELECT linli.protect('role_grant');
SELECT linli.let_lookup_read('role_grant');
GRANT SELECT, INSERT, DELETE ON role_grant TO linli_app;

CREATE FUNCTION linli.slug_taken(wanted text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT EXISTS (SELECT FROM public.tenant WHERE slug = wanted)
$fn$;
SELECT linli.hand_over('linli.slug_taken(text)');

CREATE FUNCTION linli.any_tenant() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT EXISTS (SELECT FROM public.tenant)
$fn$;
SELECT linli.hand_over('linli.any_tenant()');

-- False where the slug is taken.
CREATE FUNCTION linli.found_tenant(new_id uuid, new_slug text, new_name text, at timestamptz) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $fn$
    WITH made AS (
        INSERT INTO public.tenant (id, slug, name, created_at)
        VALUES (new_id, new_slug, new_name, at)
        ON CONFLICT (slug) DO NOTHING
        RETURNING id
    )
    SELECT EXISTS (SELECT FROM made)
$fn$;
SELECT linli.hand_over('linli.found_tenant(uuid, text, text, timestamptz)');

-- False where the log-in is taken.
CREATE FUNCTION linli.add_person(new_id uuid, new_name text, new_login bytea, new_hash text, at timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $fn$
BEGIN
    INSERT INTO public.person (id, name, created_at) VALUES (new_id, new_name, at);
    INSERT INTO public.credential (person_id, login_index, password_hash, changed_at)
    VALUES (new_id, new_login, new_hash, at)
    ON CONFLICT (login_index) DO NOTHING;
    IF NOT FOUND THEN
        DELETE FROM public.person WHERE id = new_id;
        RETURN false;
    END IF;
    RETURN true;
END
$fn$;
SELECT linli.hand_over('linli.add_person(uuid, text, bytea, text, timestamptz)');

CREATE FUNCTION linli.credential_of(login bytea) RETURNS TABLE (person_id uuid, password_hash text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT c.person_id, c.password_hash FROM public.credential c WHERE c.login_index = login
$fn$;
SELECT linli.hand_over('linli.credential_of(bytea)');

CREATE FUNCTION linli.open_session(
    new_id uuid, new_token bytea, person uuid, tenant uuid, new_hat text, new_kind text,
    at timestamptz, until timestamptz
) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $fn$
    INSERT INTO public.session (id, token_hash, person_id, tenant_id, hat, kind, created_at, seen_at, expires_at)
    VALUES (new_id, new_token, person, tenant, new_hat, new_kind, at, at, until)
$fn$;
SELECT linli.hand_over('linli.open_session(uuid, bytea, uuid, uuid, text, text, timestamptz, timestamptz)');

CREATE FUNCTION linli.end_session(which uuid, at timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $fn$
    UPDATE public.session SET ended_at = at WHERE id = which AND ended_at IS NULL
$fn$;
SELECT linli.hand_over('linli.end_session(uuid, timestamptz)');

-- Gives a client's session a new refresh token; null where the old one is not (or no longer) good.
CREATE FUNCTION linli.renew_session(old_token bytea, new_token bytea, at timestamptz) RETURNS uuid
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $fn$
    UPDATE public.session SET token_hash = new_token, seen_at = at
    WHERE token_hash = old_token AND kind = 'client' AND ended_at IS NULL AND expires_at > at
    RETURNING id
$fn$;
SELECT linli.hand_over('linli.renew_session(bytea, bytea, timestamptz)');

CREATE FUNCTION linli.issue_ticket(new_token bytea, which uuid, at timestamptz, until timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $fn$
    DELETE FROM public.live_ticket WHERE expires_at < at;
    INSERT INTO public.live_ticket (token_hash, session_id, expires_at) VALUES (new_token, which, until)
$fn$;
SELECT linli.hand_over('linli.issue_ticket(bytea, uuid, timestamptz, timestamptz)');

CREATE FUNCTION linli.redeem_ticket(token bytea, at timestamptz) RETURNS uuid
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $fn$
    DELETE FROM public.live_ticket WHERE token_hash = token AND expires_at > at RETURNING session_id
$fn$;
SELECT linli.hand_over('linli.redeem_ticket(bytea, timestamptz)');
