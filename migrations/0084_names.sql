-- Devices in the field have commands such as setValue, and cannot be told to use other names.
ALTER TABLE command
    DROP CONSTRAINT command_method_check,
    ADD CONSTRAINT command_method_check CHECK (method ~ '^[A-Za-z][A-Za-z0-9_]{0,39}$');
