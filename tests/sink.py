"""A recipient to deliver to: a real HTTP server that keeps what it got and answers as told."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Received:
    """One call, with the status that answered it."""

    headers: dict[str, str]
    body: bytes
    status: int

    @property
    def event(self) -> dict[str, Any]:
        return json.loads(self.body)


@dataclass
class Sink:
    """What came in. `answer` gets the event and says what it is answered: a status, or both."""

    url: str = ""
    calls: list[Received] = field(default_factory=list)
    answer: Callable[[dict[str, Any]], int | tuple[int, bytes]] = lambda event: 204
    arrived: threading.Condition = field(default_factory=threading.Condition)

    @property
    def accepted(self) -> list[dict[str, Any]]:
        """The events answered with 2xx, in order of arrival."""
        return [call.event for call in list(self.calls) if 200 <= call.status < 300]

    def wait_for(self, condition: Callable[[Sink], bool], seconds: float = 60) -> None:
        """Return once the condition holds; fails with what came in if it never does."""
        with self.arrived:
            held = self.arrived.wait_for(lambda: condition(self), timeout=seconds)
        assert held, f"{len(self.calls)} calls, {len(self.accepted)} accepted, condition not met"


@contextmanager
def open_sink() -> Iterator[Sink]:
    """A sink on a free port of this machine, closed at the end."""
    sink = Sink()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = sink.answer(json.loads(body))
            status, said = answer if isinstance(answer, tuple) else (answer, b"")
            with sink.arrived:  # before the answer, behind which the next event may follow
                sink.calls.append(Received(headers, body, status))
                sink.arrived.notify_all()
            self.send_response(status)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *args: object) -> None:
            """Tests look at `calls`."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Those who call may be killed; only faults of our own are shown."""
            if not isinstance(sys.exception(), ConnectionError):
                super().handle_error(request, client_address)

    server = Server(("127.0.0.1", 0), Handler)
    sink.url = f"http://127.0.0.1:{server.server_port}/hook"
    # Seconds between two looks whether it is to end: the test waits for the last one.
    thread = threading.Thread(target=server.serve_forever, args=[0.02], daemon=True)
    thread.start()
    try:
        yield sink
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
