"""An event stream as Flask's users write one: Redis tells every stream by pub/sub, and a list has what short polls ask for."""
import os

import redis
from flask import Flask, Response, jsonify, request

app = Flask(__name__)
store = redis.Redis(port=int(os.environ["REDIS_PORT"]), decode_responses=True)


@app.post("/publish")
def publish():
    channel = request.args["channel"]
    text = request.get_data(as_text=True)
    # In one transaction: a list and its channel that disagree in order would be wrong for somebody.
    with store.pipeline() as pipeline:
        pipeline.rpush("kept:" + channel, text)
        pipeline.publish(channel, text)
        pipeline.execute()
    return "", 202


@app.get("/sse")
def stream():
    subscription = store.pubsub(ignore_subscribe_messages=True)
    subscription.subscribe(request.args["channel"])

    def events():
        try:
            yield ": joined\n\n"
            for message in subscription.listen():
                yield f"data: {message['data']}\n\n"
        finally:
            subscription.close()

    return Response(events(), mimetype="text/event-stream")


@app.get("/messages")
def messages():
    kept = "kept:" + request.args["channel"]
    after = request.args.get("after", type=int)
    if after is None:
        after = store.llen(kept)
    found = store.lrange(kept, after, -1)
    answer = jsonify(messages=found)
    answer.headers["Cursor"] = str(after + len(found))
    return answer
