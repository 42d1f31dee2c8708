"""A recipient in a process of its own, as quick as it can be; notes when each event came.

`python -m benchmarks.sink PORT`: POST anything is answered 204; GET /seen gives
`{event id: seconds since the epoch}`; GET /count gives how many; POST /reset forgets.
"""

from __future__ import annotations

import sys
import time

import msgspec
from aiohttp import web

seen: dict[str, float] = {}


async def receive(request: web.Request) -> web.Response:
    await request.read()
    seen.setdefault(request.headers.get("webhook-id", str(len(seen))), time.time())
    return web.Response(status=204)


async def count(_request: web.Request) -> web.Response:
    return web.json_response({"count": len(seen)})


async def everything(_request: web.Request) -> web.Response:
    return web.Response(body=msgspec.json.encode(seen), content_type="application/json")


async def reset(_request: web.Request) -> web.Response:
    seen.clear()
    return web.Response(status=204)


def main() -> None:
    app = web.Application()
    app.router.add_post("/hook", receive)
    app.router.add_post("/reset", reset)
    app.router.add_get("/count", count)
    app.router.add_get("/seen", everything)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)


if __name__ == "__main__":
    main()
