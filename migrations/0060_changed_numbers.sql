-- Owners are told as well when the desk has changed a phone number of their home.

ALTER TABLE home_notice
    DROP CONSTRAINT home_notice_kind_check,
    ADD CONSTRAINT home_notice_kind_check CHECK (kind IN ('claim', 'phone_changed'));
COMMENT ON TABLE home_notice IS 'What an owner is told on their first page until they have seen it: somebody else wants to come in, or the desk has changed a phone number that is on record for the home';
