-- What is asked with each request or each batch keeps its plan: a function in plpgsql does, once a
-- connection, while one in sql that is not taken into the query is planned at each call. The rules are
-- word for word those from before.
CREATE OR REPLACE FUNCTION linli.grants_of(tenant uuid, person uuid, at timestamptz) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = '' AS $fn$
BEGIN
    RETURN (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'id', g.id, 'role', g.role, 'custom_role', g.custom_role_id,
                   'actions', c.actions, 'until', g.until_at, 'everywhere', g.everywhere,
                   'places', g.regions || w.estates || g.phases || w.buildings || g.units
                       || CASE WHEN cardinality(w.buildings) > 0 THEN
                              ARRAY(SELECT u.id FROM public.unit u
                                    WHERE u.tenant_id = g.tenant_id AND u.building_id = ANY (w.buildings))
                          ELSE '{}' END,
                   'around', CASE WHEN cardinality(w.estates) > 0 THEN
                                 ARRAY(SELECT DISTINCT e.region_id FROM public.estate e
                                       WHERE e.tenant_id = g.tenant_id AND e.id = ANY (w.estates) AND e.region_id IS NOT NULL)
                             ELSE '{}' END
                       || CASE WHEN cardinality(g.phases) > 0 THEN
                              ARRAY(SELECT DISTINCT x FROM public.phase p
                                    JOIN public.estate e ON e.tenant_id = p.tenant_id AND e.id = p.estate_id,
                                    unnest(ARRAY[p.estate_id, e.region_id]) x
                                    WHERE p.tenant_id = g.tenant_id AND p.id = ANY (g.phases) AND x IS NOT NULL)
                          ELSE '{}' END
                       || CASE WHEN cardinality(g.buildings) > 0 THEN
                              ARRAY(SELECT DISTINCT x FROM public.building b
                                    JOIN public.estate e ON e.tenant_id = b.tenant_id AND e.id = b.estate_id,
                                    unnest(ARRAY[b.estate_id, b.phase_id, e.region_id]) x
                                    WHERE b.tenant_id = g.tenant_id AND b.id = ANY (g.buildings) AND x IS NOT NULL)
                          ELSE '{}' END
                       || CASE WHEN cardinality(g.units) > 0 THEN
                              ARRAY(SELECT DISTINCT x FROM public.unit u
                                    JOIN public.building b ON b.tenant_id = u.tenant_id AND b.id = u.building_id
                                    JOIN public.estate e ON e.tenant_id = u.tenant_id AND e.id = u.estate_id,
                                    unnest(ARRAY[u.estate_id, u.building_id, b.phase_id, e.region_id]) x
                                    WHERE u.tenant_id = g.tenant_id AND u.id = ANY (g.units) AND x IS NOT NULL)
                          ELSE '{}' END)
                   ORDER BY g.granted_at, g.id), '[]')
        FROM public.role_grant g
        LEFT JOIN public.custom_role c ON c.tenant_id = g.tenant_id AND c.id = g.custom_role_id
        CROSS JOIN LATERAL (
            SELECT g.estates || CASE WHEN cardinality(g.regions) > 0 THEN
                       ARRAY(SELECT e.id FROM public.estate e
                             WHERE e.tenant_id = g.tenant_id AND e.region_id = ANY (g.regions))
                   ELSE '{}' END AS estates,
                   g.buildings || CASE WHEN cardinality(g.phases) > 0 THEN
                       ARRAY(SELECT b.id FROM public.building b
                             WHERE b.tenant_id = g.tenant_id AND b.phase_id = ANY (g.phases))
                   ELSE '{}' END AS buildings
        ) w
        WHERE g.tenant_id = tenant AND g.person_id = person
          AND g.ended_at IS NULL AND (g.until_at IS NULL OR g.until_at > at)
    );
END
$fn$;

CREATE OR REPLACE FUNCTION linli.language_of(tenant uuid) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
BEGIN
    RETURN (SELECT t.language FROM public.tenant t WHERE t.id = tenant);
END
$fn$;

CREATE OR REPLACE FUNCTION linli.second_factor_missing(tenant uuid, person uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
BEGIN
    RETURN EXISTS (SELECT FROM public.tenant t WHERE t.id = tenant AND t.second_factor = 'required')
       AND NOT EXISTS (SELECT FROM public.second_factor f WHERE f.person_id = person AND f.enrolled_at IS NOT NULL);
END
$fn$;

CREATE OR REPLACE FUNCTION linli.allowance(at timestamptz) RETURNS TABLE (suspended boolean, day date, room bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
BEGIN
    RETURN QUERY
    SELECT t.state = 'suspended', d.day, greatest(p.readings_a_day - coalesce(u.readings, 0), 0)
    FROM public.tenant t
    JOIN public.plan p ON p.code = t.plan
    CROSS JOIN LATERAL (SELECT (at AT TIME ZONE t.time_zone)::date AS day) d
    LEFT JOIN public.usage_day u ON u.tenant_id = t.id AND u.day = d.day
    WHERE t.id = NULLIF(current_setting('app.tenant_id', true), '')::uuid;
END
$fn$;
