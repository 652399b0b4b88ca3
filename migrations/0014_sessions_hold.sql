-- A refresh token lies idle no longer than a cookie does: it was renewed whatever had passed since.
DROP FUNCTION linli.renew_session(bytea, bytea, timestamptz);
CREATE FUNCTION linli.renew_session(old_token bytea, new_token bytea, at timestamptz, idle interval) RETURNS uuid
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $fn$
    UPDATE public.session SET token_hash = new_token, seen_at = at
    WHERE token_hash = old_token AND kind = 'client' AND ended_at IS NULL AND expires_at > at AND seen_at + idle > at
    RETURNING id
$fn$;
SELECT linli.hand_over('linli.renew_session(bytea, bytea, timestamptz, interval)');

-- Ends what somebody has open as staff of the transaction's tenant: it must not come back with them.
CREATE FUNCTION linli.end_sessions_here(person uuid, at timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $fn$
    UPDATE public.session SET ended_at = at
    WHERE person_id = person AND tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid
      AND hat = 'staff' AND ended_at IS NULL
$fn$;
SELECT linli.hand_over('linli.end_sessions_here(uuid, timestamptz)');
