"""A recipient in a process of its own, as quick as it can be; notes when each event came.

`python -m benchmarks.sink PORT`: POST /hook is answered 204, /flaky 500 once in ten, /hang never;
GET /seen gives `{event id: seconds since the epoch}`; GET /count gives how many; POST /reset
forgets. Batches count as the events in them.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import time

import msgspec
from aiohttp import web

seen: dict[str, float] = {}
calls = itertools.count(1)


def note(request: web.Request, body: bytes) -> None:
    at = time.time()
    if body.startswith(b'{"items":'):
        for event in msgspec.json.decode(body)["items"]:
            seen.setdefault(event["id"], at)
    else:
        seen.setdefault(request.headers.get("webhook-id", str(len(seen))), at)


async def receive(request: web.Request) -> web.Response:
    note(request, await request.read())
    return web.Response(status=204)


async def receive_most(request: web.Request) -> web.Response:
    body = await request.read()
    if next(calls) % 10 == 0:
        return web.Response(status=500)
    note(request, body)
    return web.Response(status=204)


async def never(_request: web.Request) -> web.Response:
    await asyncio.sleep(3600)
    return web.Response(status=504)


async def count(_request: web.Request) -> web.Response:
    return web.json_response({"count": len(seen)})


async def everything(_request: web.Request) -> web.Response:
    return web.Response(body=msgspec.json.encode(seen), content_type="application/json")


async def reset(_request: web.Request) -> web.Response:
    seen.clear()
    return web.Response(status=204)


def main() -> None:
    app = web.Application(client_max_size=2**26)
    app.router.add_post("/hook", receive)
    app.router.add_post("/flaky", receive_most)
    app.router.add_post("/hang", never)
    app.router.add_post("/reset", reset)
    app.router.add_get("/count", count)
    app.router.add_get("/seen", everything)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)


if __name__ == "__main__":
    main()
