"""A chat as gevent's users write one: WSGI, a greenlet a connection, and a queue a user that publishing puts into."""
import json
import sys
from collections import defaultdict
from urllib.parse import parse_qs

from gevent.pywsgi import WSGIServer
from gevent.queue import Queue

# By room, the queues of those in it: of streams for as long as they are open, of users who poll for good.
rooms = defaultdict(set)
users = {}


def publish(channel, text):
    for queue in rooms[channel]:
        queue.put(text)


def stream(channel):
    queue = Queue()
    rooms[channel].add(queue)
    try:
        # An empty piece would be the end: a comment lets the head go before the first message.
        yield b": joined\n\n"
        while True:
            yield b"data: %s\n\n" % queue.get().encode()
    finally:
        rooms[channel].discard(queue)


def join(channel):
    user = str(len(users))
    users[user] = Queue()
    rooms[channel].add(users[user])
    return user


def poll(user):
    queue = users[user]
    messages = [queue.get()]
    while not queue.empty():
        messages.append(queue.get_nowait())
    return json.dumps({"messages": messages}).encode()


def application(environ, start_response):
    asked = parse_qs(environ["QUERY_STRING"])
    channel = asked["channel"][0]
    path = environ["PATH_INFO"]
    if path == "/publish":
        publish(channel, environ["wsgi.input"].read().decode())
        start_response("202 Accepted", [("Content-Length", "0")])
        return [b""]
    if path == "/sse":
        start_response("200 OK", [("Content-Type", "text/event-stream"), ("Cache-Control", "no-store")])
        return stream(channel)
    if path == "/poll":
        user = asked["user"][0] if "user" in asked else join(channel)
        body = poll(user)
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body))), ("User", user)])
        return [body]
    start_response("404 Not Found", [("Content-Length", "0")])
    return [b""]


WSGIServer(("127.0.0.1", int(sys.argv[1])), application, log=None).serve_forever()
