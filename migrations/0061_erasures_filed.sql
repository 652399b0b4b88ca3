-- Staff file a request to be forgotten for somebody who asks at the desk, and who may have no
-- log-in; who filed it does not carry it out as well while somebody else may.

ALTER TABLE erasure_request
    ADD COLUMN filed_by uuid REFERENCES person,
    DROP CONSTRAINT erasure_request_check2,
    ADD CONSTRAINT erasure_request_forgotten CHECK (state <> 'done' OR person_id IS NULL),
    ADD CONSTRAINT erasure_request_asker CHECK (state = 'done' OR num_nonnulls(person_id, filed_by) > 0);
COMMENT ON TABLE erasure_request IS 'Somebody asks to be forgotten at one of their homes, past ones too, or staff file it for them (filed_by); staff do it, or refuse with a reason';
