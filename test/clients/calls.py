"""Debian's websocket package, call by call: create_connection, send, recv, close. Prints a JSON line for each thing seen."""

import json
import sys

import websocket

plain, full = sys.argv[1], sys.argv[2]


def tell(name, value):
    print(json.dumps([name, value]), flush=True)


def receive(connection):
    return json.loads(connection.recv())


connection = websocket.create_connection(plain + "?after=first", timeout=20)
tell("plain past", [receive(connection) for _ in range(3)])
connection.send("plain text")
connection.send(json.dumps({"a": [1, None]}))
connection.send(b"\x00\xff", opcode=websocket.ABNF.OPCODE_BINARY)
tell("plain sent", [receive(connection) for _ in range(3)])
connection.ping("still there?")
tell("plain pong", connection.recv_data(control_frame=True)[1].decode())
connection.close(websocket.STATUS_NORMAL)
tell("plain closed", connection.connected)

connection = websocket.create_connection(full, subprotocols=["holdfast.v1"], timeout=20)
tell("full subprotocol", connection.getsubprotocol())
tell("full hello", receive(connection))
connection.send(json.dumps({"op": "subscribe", "ref": 1, "channel": "py", "last": 1}))
tell("full subscribed", [receive(connection) for _ in range(3)])
connection.send(json.dumps({"op": "publish", "ref": 2, "channel": "py", "data": "from full"}))
tell("full published", [receive(connection) for _ in range(2)])
connection.send(json.dumps({"op": "ping", "ref": 3}))
tell("full pong", receive(connection))
connection.send("not json")
tell("full error", receive(connection))
connection.close()

try:
    websocket.create_connection(full, timeout=20)
except websocket.WebSocketBadStatusException as error:
    tell("full without subprotocol", error.status_code)

connection = websocket.create_connection(plain, timeout=20)
receive(connection), receive(connection)
connection.send("x" * 70000)
opcode, data = connection.recv_data()
tell("too large", [opcode, int.from_bytes(data[:2], "big"), data[2:].decode()])
