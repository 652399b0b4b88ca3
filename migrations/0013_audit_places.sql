-- Staff of some places read the deeds that were done there. Whoever does something leaves an entry
-- about it wherever it is, so that writing is not held to places.
SELECT linli.wall_in('audit_entry', '{estate_id}');
ALTER POLICY place_wall ON audit_entry WITH CHECK (true);
