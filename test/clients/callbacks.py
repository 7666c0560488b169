"""Debian's websocket package with callbacks: WebSocketApp, plain and full form. Prints a JSON line for each thing seen."""

import json
import sys

import websocket

plain, full = sys.argv[1], sys.argv[2]


def tell(*what):
    print(json.dumps(what), flush=True)


def run_plain():
    def on_open(app):
        tell("plain open")

    def on_message(app, text):
        frame = json.loads(text)
        tell("plain message", frame)
        if frame.get("op") == "live":
            app.send("by callback")
        if frame.get("data") == "by callback":
            app.close()

    def on_close(app, code, reason):
        tell("plain close", code)

    def on_error(app, error):
        tell("plain error", str(error))

    websocket.WebSocketApp(
        plain + "?last=1", on_open=on_open, on_message=on_message, on_close=on_close, on_error=on_error
    ).run_forever(ping_interval=5, ping_timeout=3)


def run_full():
    def on_open(app):
        app.send(json.dumps({"op": "subscribe", "ref": 1, "channel": "py", "after": "now"}))

    def on_message(app, text):
        frame = json.loads(text)
        tell("full message", frame)
        if frame["op"] == "live":
            app.send(json.dumps({"op": "publish", "ref": 2, "channel": "py", "data": {"n": 1}}))

    def on_close(app, code, reason):
        tell("full close", code)

    def on_error(app, error):
        tell("full error", str(error))

    websocket.WebSocketApp(
        full, subprotocols=["holdfast.v1"], on_open=on_open, on_message=on_message, on_close=on_close, on_error=on_error
    ).run_forever()


run_plain()
run_full()
