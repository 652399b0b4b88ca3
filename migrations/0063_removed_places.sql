-- A region or a phase that nothing lies in can go. What lies in one holds it by a foreign key.
GRANT DELETE ON region, phase TO linli_app;

-- When the logo of a person's company was set, for the head of each page of the console: it is asked
-- for beside what else is looked up of the person, before there is a scope.
CREATE FUNCTION linli.logo_set_at(tenant uuid) RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT l.set_at FROM public.company_logo l WHERE l.tenant_id = tenant
$fn$;
SELECT linli.hand_over('linli.logo_set_at(uuid)');
