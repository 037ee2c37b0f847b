"""Server-Sent Events with uvicorn and sse-starlette: one queue per reader."""

import asyncio
import sys

import uvicorn
from sse_starlette import EventSourceResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

HOUR = 3_600

readers: set[asyncio.Queue[str]] = set()


async def events(_: Request) -> EventSourceResponse:
    async def published():
        queue: asyncio.Queue[str] = asyncio.Queue(maxsize=16)
        readers.add(queue)
        try:
            while True:
                yield {"data": await queue.get()}
        finally:
            readers.discard(queue)

    return EventSourceResponse(published(), ping=HOUR, sep="\n")


async def publish(request: Request) -> Response:
    text = (await request.body()).decode()
    for queue in readers:
        if not queue.full():  # A reader that does not keep up loses the event.
            queue.put_nowait(text)
    return Response(status_code=202)


async def stream(request: Request) -> EventSourceResponse:
    async def counted(count: int):
        for index in range(count):
            yield {"data": f'{{"i":{index},"token":"hello world this is a token"}}'}

    return EventSourceResponse(counted(int(request.query_params["n"])), ping=HOUR, sep="\n")


async def sleep(_: Request) -> EventSourceResponse:
    async def nothing():
        await asyncio.sleep(HOUR)
        yield {"data": "good morning"}

    return EventSourceResponse(nothing(), ping=HOUR, sep="\n")


application = Starlette(routes=[
    Route("/events", events),
    Route("/publish", publish, methods=["POST"]),
    Route("/stream", stream),
    Route("/sleep", sleep),
])

if __name__ == "__main__":
    uvicorn.run(application, host="127.0.0.1", port=int(sys.argv[1]), backlog=4096, log_level="error", access_log=False)
