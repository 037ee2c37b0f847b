"""Event streams by sse-starlette, which the client's tests read. Listens on a free port of 127.0.0.1."""
import asyncio

import uvicorn
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.applications import Starlette
from starlette.routing import Route


async def kinds(request):
    """An event of each kind; the query's `sep` ends the lines."""
    async def events():
        yield ServerSentEvent("plain")
        yield ServerSentEvent("typed", event="greeting", id="1")
        yield ServerSentEvent("two\nlines", id="2")
        yield ServerSentEvent("naïve 🙂", event="done", comment="a note")

    separators = {"crlf": "\r\n", "cr": "\r", "lf": "\n"}
    return EventSourceResponse(events(), sep=separators[request.query_params["sep"]])


async def numbers(request):
    """Three numbers after the last that the reader has; then the stream ends, or breaks off where `cut` is asked."""
    last = int(request.headers.get("last-event-id", "0"))
    print(f"asked from {last}", flush=True)

    async def events():
        yield ServerSentEvent(retry=30)
        for number in range(last + 1, last + 4):
            yield ServerSentEvent(str(number), id=str(number))
        if "cut" in request.query_params:
            raise RuntimeError("cut off, as was asked")

    return EventSourceResponse(events())


async def silence(request):
    """An event, then nothing but pings."""
    async def events():
        yield ServerSentEvent("first")
        await asyncio.sleep(3600)

    async def left(message):
        print("the reader left", flush=True)

    return EventSourceResponse(events(), ping=0.05, client_close_handler_callable=left)


routes = [Route("/kinds", kinds), Route("/numbers", numbers), Route("/silence", silence)]
uvicorn.run(Starlette(routes=routes), port=0, access_log=False)
