"""A device that was made for ThingsBoard, with ThingsBoard's own client: only its topic is another.

    thingsboard.py HOST PORT USERNAME TOPIC      the password is LINLI_DEVICE_PASSWORD

Sends one reading with its time, two without, and a list of both, and ends once each message was
acknowledged. What the client asks of ThingsBoard beside that (attributes, limits of the session) is
refused by the broker, and does not keep it from speaking.
"""

import os
import sys
import time

import tb_device_mqtt

ACKNOWLEDGED_WITHIN_S = 30

host, port, username, topic = sys.argv[1:]
tb_device_mqtt.TELEMETRY_TOPIC = f"{topic}/telemetry"

now = int(time.time() * 1000)
said = [
    {"ts": now - 60_000, "values": {"energy_kwh": 500.25}},
    [{"ts": now - 30_000, "values": {"energy_kwh": 500.75}}, {"power_w": 655.5}],
    {"power_w": 640, "energy_kwh": 501.5},
]

client = tb_device_mqtt.TBDeviceMqttClient(
    host, int(port), username, os.environ["LINLI_DEVICE_PASSWORD"], client_id=username
)
client.connect()
for telemetry in said:
    for message in client.send_telemetry(telemetry).message_info:
        message.wait_for_publish(ACKNOWLEDGED_WITHIN_S)
        if not message.is_published():
            raise SystemExit("not acknowledged")
client.disconnect()
