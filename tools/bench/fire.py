"""Sending prepared requests over many connections at once: `python -m tools.bench.fire`, a plan in, figures out.

A process of its own, so that nothing else takes its time. It sends as fast as answers come, or at a fixed rate. Then
the time of an answer counts from the moment its request was due: a server that stalls cannot hide those that waited.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tools.bench.visits import percentile

BROKEN = 0  # the status of a request whose connection ended before the answer
PATIENCE = 30.0  # seconds to wait for the last answers


class Request(NamedTuple):
    kind: str
    data: bytes


@dataclass
class Connection:
    """One kept connection, with the request it waits for."""

    port: int
    kind: str = ""
    since: float = 0.0
    received: bytearray = field(default_factory=bytearray)

    def __post_init__(self) -> None:
        self.open()

    def open(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, request: Request, since: float) -> None:
        self.kind, self.since = request.kind, since
        self.received.clear()
        self.socket.sendall(request.data)

    def read(self) -> int | None:
        """The status when the answer is whole, BROKEN when there will be none, None while more has to come."""
        try:
            data = self.socket.recv(262_144)
        except ConnectionError:
            data = b""
        if not data:
            return BROKEN
        self.received += data
        return status_of(bytes(self.received))


def status_of(answer: bytes) -> int | None:
    """The status of a whole answer; None for a part of one. Answers say how long they are."""
    head, separator, body = answer.partition(b"\r\n\r\n")
    if not separator:
        return None
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length" and len(body) < int(value):
            return None
    return int(head[9:12])


class Barrage:
    """Sends the requests in their order and notes what came back."""

    def __init__(self, port: int, requests: list[Request], *, connections: int, rate: float, seconds: float) -> None:
        self.waiting = deque(requests)
        self.rate, self.seconds = rate, seconds
        self.statuses: dict[str, Counter[int]] = {}
        self.times: dict[str, list[float]] = {}
        self.idle = deque(Connection(port) for _ in range(connections))
        self.busy = 0
        self.selector = selectors.DefaultSelector()
        for connection in self.idle:
            self.selector.register(connection.socket, selectors.EVENT_READ, connection)

    def run(self) -> dict[str, Any]:
        """What happened to each kind of request; times in milliseconds."""
        started = time.perf_counter()
        sent = 0
        last = started
        while True:
            now = time.perf_counter()
            is_over = not self.waiting or now - started >= self.seconds
            if is_over and (not self.busy or now - last > PATIENCE):
                break
            due = started + sent / self.rate if self.rate else now
            while self.idle and not is_over and due <= now:
                self.send(self.waiting.popleft(), due)
                sent += 1
                due = started + sent / self.rate if self.rate else now
                is_over = not self.waiting
            may_send = bool(self.idle) and not is_over
            for key, _ in self.selector.select(max(0.0, due - time.perf_counter()) if may_send else 1.0):
                self.receive(key.data)
                last = time.perf_counter()
        return self.figures(last - started)

    def send(self, request: Request, since: float) -> None:
        connection = self.idle.popleft()
        try:
            connection.send(request, since)
        except ConnectionError:
            self.reopen(connection)
            connection.send(request, since)
        self.busy += 1

    def receive(self, connection: Connection) -> None:
        was_idle = not connection.kind
        status = connection.read()
        if status is None:
            return
        if status == BROKEN:
            self.reopen(connection)  # also where a kept connection without a request was closed, as it may be
        if was_idle:
            return
        self.statuses.setdefault(connection.kind, Counter())[status] += 1
        self.times.setdefault(connection.kind, []).append((time.perf_counter() - connection.since) * 1000)
        if b"\r\nconnection: close\r\n" in bytes(connection.received[:4096]).lower():
            self.reopen(connection)
        connection.kind = ""
        self.busy -= 1
        self.idle.append(connection)

    def reopen(self, connection: Connection) -> None:
        self.selector.unregister(connection.socket)
        connection.socket.close()
        connection.open()
        self.selector.register(connection.socket, selectors.EVENT_READ, connection)

    def close(self) -> None:
        for key in list(self.selector.get_map().values()):
            key.data.socket.close()
        self.selector.close()

    def figures(self, seconds: float) -> dict[str, Any]:
        kinds = {
            kind: {
                "statuses": {str(status): count for status, count in sorted(self.statuses[kind].items())},
                "p50": percentile(times, 50),
                "p99": percentile(times, 99),
                "longest": max(times),
            }
            for kind, times in sorted(self.times.items())
        }
        return {"seconds": seconds, "unanswered": self.busy, "ran out": not self.waiting, "kinds": kinds}


def main() -> None:
    plan = json.load(sys.stdin)
    requests = [Request(kind, data.encode()) for kind, data in plan.pop("requests")]
    barrage = Barrage(requests=requests, **plan)
    json.dump(barrage.run(), sys.stdout)
    barrage.close()


if __name__ == "__main__":
    main()
