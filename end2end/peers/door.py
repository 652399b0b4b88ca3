"""A door that is not ours: paho-mqtt, which says that it is shut and opens when it is told to.

    door.py HOST PORT USERNAME TOPIC      the password is LINLI_DEVICE_PASSWORD

Prints a line once its first word was acknowledged and it hears commands. Answers one command, says that
it is open, and ends once both were acknowledged.
"""

import json
import os
import queue
import sys
import time

import paho.mqtt.client as mqtt

ACKNOWLEDGED_WITHIN_S = 30
TOLD_WITHIN_S = 120

host, port, username, topic = sys.argv[1:]
requests = f"{topic}/rpc/request/"
happened = queue.Queue()


def wait(name, within_s=ACKNOWLEDGED_WITHIN_S):
    """The next thing that happens, which is this; with it what came along."""
    what, with_it = happened.get(timeout=within_s)
    if what != name:
        raise SystemExit(f"{what} {with_it} instead of {name}")
    return with_it


def say(below, payload):
    message = client.publish(f"{topic}/{below}", json.dumps(payload), qos=1)
    message.wait_for_publish(ACKNOWLEDGED_WITHIN_S)
    if not message.is_published():
        raise SystemExit(f"{below} was not acknowledged")


def reads(values):
    say("telemetry", {"ts": int(time.time() * 1000), "values": values})


client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=username)
client.username_pw_set(username, os.environ["LINLI_DEVICE_PASSWORD"])
client.on_connect = lambda _c, _u, _flags, reason, _p: happened.put(("connected", reason))
client.on_subscribe = lambda _c, _u, _mid, reasons, _p: happened.put(("subscribed", reasons))
client.on_message = lambda _c, _u, message: happened.put(("told", message))
client.on_disconnect = lambda _c, _u, _flags, reason, _p: happened.put(("disconnected", reason))

client.connect(host, int(port))
client.loop_start()
if wait("connected").is_failure:
    raise SystemExit("not let in")
client.subscribe(f"{requests}+", qos=1)
if any(reason.is_failure for reason in wait("subscribed")):
    raise SystemExit("commands are not to be had")
reads({"open": False})
print("listening", flush=True)

told = wait("told", TOLD_WITHIN_S)
method = json.loads(told.payload)["method"]
if method != "open":
    raise SystemExit(f"told to {method}")
say(f"rpc/response/{told.topic.removeprefix(requests)}", {"ok": True})
reads({"open": True})
client.disconnect()
wait("disconnected")
client.loop_stop()
