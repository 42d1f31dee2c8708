"""A proxy that cuts connections, where a bad network would: before, during and after the answer."""

from __future__ import annotations

import random
import socket
import struct
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

# What becomes of a call, and how often: about half of them come to a bad end.
FATES = {
    "passed on": 50,
    "cut in the question": 15,  # the server gets a part of it
    "cut before the answer": 20,  # the server gets all of it and is left alone with it
    "cut in the answer": 15,
}


@dataclass
class Proxy:
    """One call a connection, handed on to the server at `port`; seeded, so it cuts alike again."""

    port: int
    seed: int
    fates: Counter[str] = field(default_factory=Counter)
    # What the server answered to each key, whole, whether or not it went through.
    answers: defaultdict[str, list[tuple[int, bytes]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    lock: threading.Lock = field(default_factory=threading.Lock)
    address: tuple[str, int] = ("127.0.0.1", 0)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    def serve(self, client: socket.socket) -> None:
        """Take one call; whatever goes wrong on the way is a cut like another."""
        with self.lock:
            (fate,) = self.chance.choices(list(FATES), weights=list(FATES.values()))
            place = self.chance.random()
            self.fates[fate] += 1
        with client, suppress(OSError, ValueError):
            client.settimeout(60)
            question = read_message(client)
            with socket.create_connection(("127.0.0.1", self.port), timeout=60) as server:
                if fate == "cut in the question":
                    server.sendall(question[: int(place * len(question))])
                    break_off(server)
                else:
                    server.sendall(question)
                    self._answer(client, server, question, fate, place)
            if fate != "passed on":
                break_off(client)

    def _answer(
        self, client: socket.socket, server: socket.socket, question: bytes, fate: str, place: float
    ) -> None:
        if fate == "cut before the answer" and place < 0.5:
            break_off(server)  # it may notice, or be done already
            return
        answer = read_message(server)
        with self.lock:
            status, body = int(answer[9:12]), answer.partition(b"\r\n\r\n")[2]
            self.answers[header(question, "Idempotency-Key")].append((status, body))
        if fate == "cut in the answer":
            answer = answer[: int(place * len(answer))]
        if fate != "cut before the answer":
            client.sendall(answer)


def break_off(connection: socket.socket) -> None:
    """Close at once and without a word: the other side gets a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def read_message(connection: socket.socket) -> bytes:
    """One HTTP message, headers and body; ValueError if it breaks off."""
    message = b""
    while b"\r\n\r\n" not in message:
        message += _some(connection)
    head, _, body = message.partition(b"\r\n\r\n")
    length = int(header(head, "Content-Length"))
    while len(body) < length:
        body += _some(connection)
    return head + b"\r\n\r\n" + body


def _some(connection: socket.socket) -> bytes:
    found = connection.recv(65_536)
    if not found:
        raise ValueError("The message breaks off.")
    return found


def header(message: bytes, name: str) -> str:
    """A header of a message; ValueError if it has none of this name."""
    for line in message.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.decode().lower() == name.lower():
            return value.decode().strip()
    raise ValueError(f"There is no {name}.")


@contextmanager
def open_proxy(port: int, *, seed: int) -> Iterator[Proxy]:
    """A proxy before the server at `port`, on a free port of this machine; closed at the end."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        proxy = Proxy(port, seed, address=listener.getsockname())
        threads: list[threading.Thread] = []

        def accept() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    thread = threading.Thread(target=proxy.serve, args=[client])
                    threads.append(thread)
                    thread.start()

        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield proxy
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            for thread in (accepting, *threads):
                thread.join(timeout=60)
