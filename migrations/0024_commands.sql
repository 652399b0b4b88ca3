-- What devices are told to do, and what they say to it.

ALTER TABLE device ADD COLUMN commands bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN device.commands IS 'How many commands it was ever given: the number of the newest one, which is never used again';

CREATE TABLE command (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    device_id   uuid NOT NULL,
    estate_id   uuid NOT NULL,
    unit_id     uuid,
    number      bigint NOT NULL CHECK (number > 0),
    method      text COLLATE "C" NOT NULL CHECK (method ~ '^[a-z][a-z0-9_]{0,39}$'),
    params      jsonb NOT NULL CHECK (jsonb_typeof(params) = 'object'),
    state       text NOT NULL CHECK (state IN ('waiting', 'sent', 'done', 'failed', 'expired')),
    asked_by    uuid,
    asked_at    timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL CHECK (expires_at > asked_at),
    sent_at     timestamptz,
    answered_at timestamptz,
    answer      jsonb CHECK (jsonb_typeof(answer) = 'object'),
    late        boolean NOT NULL DEFAULT false,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, device_id, number),
    FOREIGN KEY (tenant_id, device_id) REFERENCES device,
    FOREIGN KEY (tenant_id, estate_id) REFERENCES estate,
    FOREIGN KEY (tenant_id, unit_id) REFERENCES unit,
    CHECK ((answered_at IS NULL) = (answer IS NULL)),
    CHECK (state NOT IN ('done', 'failed') OR answer IS NOT NULL),
    CHECK (late = (state = 'expired' AND answer IS NOT NULL))
);
COMMENT ON TABLE command IS 'Something that a device was told to do (指令), sent at most once; arrears are never a reason (民法典 944), and nothing here can say so';
COMMENT ON COLUMN command.asked_by IS 'The person; none where it was a program with a key or the product itself: the audit log knows';
COMMENT ON COLUMN command.sent_at IS 'When it was claimed to be sent; what is lost from there on expires and is not sent again';
COMMENT ON COLUMN command.late IS 'Whether the answer came after expires_at; the state stays expired';
-- What is still open, of all companies: few at any time.
CREATE INDEX command_open ON command (tenant_id, expires_at) WHERE state IN ('waiting', 'sent');
SELECT linli.protect('command');
SELECT linli.wall_in('command', '{estate_id,unit_id}');
SELECT linli.let_lookup_read('command');
GRANT SELECT, INSERT, UPDATE (state, sent_at, answered_at, answer, late) ON command TO linli_app;

-- The companies with commands to be sent or to be given up; one that is suspended sends none.
CREATE FUNCTION linli.commands_due(at timestamptz) RETURNS TABLE (tenant uuid, slug text, suspended boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $fn$
    SELECT t.id, t.slug, t.state = 'suspended'
    FROM public.tenant t
    WHERE t.id IN (SELECT c.tenant_id FROM public.command c
                   WHERE c.state IN ('waiting', 'sent') AND (c.state = 'waiting' OR c.expires_at <= at))
$fn$;
SELECT linli.hand_over('linli.commands_due(timestamptz)');
