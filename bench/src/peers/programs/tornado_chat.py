"""A chat as Tornado's users write one: a set of WebSockets a room, and a buffer that long polls wait at."""
import asyncio
import sys
from collections import defaultdict, deque

import tornado.locks
import tornado.web
import tornado.websocket


class Room:
    def __init__(self):
        self.sockets = set()
        self.changed = tornado.locks.Condition()
        self.kept = deque(maxlen=12000)
        self.cursor = 0

    def publish(self, text):
        self.cursor += 1
        self.kept.append(text)
        self.changed.notify_all()
        for socket in self.sockets:
            try:
                socket.write_message(text)
            except tornado.websocket.WebSocketClosedError:
                pass  # on_close follows

    def since(self, cursor):
        count = min(self.cursor - cursor, len(self.kept))
        return [self.kept[-back] for back in range(count, 0, -1)]


rooms = defaultdict(Room)


class Publish(tornado.web.RequestHandler):
    def post(self):
        rooms[self.get_query_argument("channel")].publish(self.request.body.decode())
        self.set_status(202)


class Socket(tornado.websocket.WebSocketHandler):
    def open(self):
        self.room = rooms[self.get_query_argument("channel")]
        self.room.sockets.add(self)

    def on_close(self):
        self.room.sockets.discard(self)


class Poll(tornado.web.RequestHandler):
    async def get(self):
        room = rooms[self.get_query_argument("channel")]
        cursor = int(self.get_query_argument("cursor", room.cursor))
        messages = room.since(cursor)
        while not messages:
            self.waiting = room.changed.wait()
            try:
                await self.waiting
            except asyncio.CancelledError:
                return
            messages = room.since(cursor)
        self.set_header("Cursor", str(room.cursor))
        self.write({"messages": messages})

    def on_connection_close(self):
        self.waiting.cancel()


async def main(port):
    handlers = [(r"/publish", Publish), (r"/websocket", Socket), (r"/poll", Poll)]
    tornado.web.Application(handlers).listen(port, "127.0.0.1")
    await asyncio.Event().wait()


asyncio.run(main(int(sys.argv[1])))
