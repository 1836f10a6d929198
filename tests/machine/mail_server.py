"""A mail server that fails, and keeps book of what it took from whom."""

import asyncio
import random
import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes

from aiosmtpd.controller import Controller

from tools.screenshots import free_port

REFUSED_ADDRESS = "451 to RCPT"
REFUSED_MAIL = "451 after DATA"
DROPPED_BEFORE = "dropped before it was accepted"
DROPPED_AFTER = "dropped after it was accepted"
FAILURES = (REFUSED_ADDRESS, REFUSED_MAIL, DROPPED_BEFORE, DROPPED_AFTER)
# A third of all deliveries fails when nearly four in ten may: no mail fails often, because pauses between tries double.
FAILING = 0.37
FAILING_EACH = 2  # times after the server knows the Message-ID; before that, never twice in a row for one person
SLOW = 1 / 6  # of all answers about a mail


@dataclass(eq=False)
class Taken:
    """A mail that the server has accepted. It is `settled` once its sender went on to something else."""

    address: str
    message_id: str
    was_dropped: bool
    is_settled: bool = False


class FailingServer:
    """What aiosmtpd calls. A third of the deliveries fails in one of four ways; some answers take their time."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.taken: list[Taken] = []
        self.deliveries = 0
        self.failures: Counter[str] = Counter()
        self.is_answering_slowly = threading.Event()
        self._failed: Counter[str] = Counter()  # by Message-ID
        self._refused: set[str] = set()  # addresses

    async def handle_RCPT(self, server, session, envelope, address, options):
        self._settle(session)
        self.deliveries += 1
        session.fate = self.random.choice(FAILURES) if self.random.random() < FAILING else ""
        if session.fate == REFUSED_ADDRESS:
            if address not in self._refused:
                self._refused.add(address)
                self.failures[REFUSED_ADDRESS] += 1
                return "451 4.2.1 Not now"
            session.fate = ""
        self._refused.discard(address)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        (address,) = envelope.rcpt_tos
        message_id = message_from_bytes(envelope.content)["Message-ID"]
        fate = session.fate if self._failed[message_id] < FAILING_EACH else ""
        if fate:
            self._failed[message_id] += 1
            self.failures[fate] += 1
        await self._take_time()
        if fate == REFUSED_MAIL:
            return "451 4.3.0 Not now"
        if fate == DROPPED_BEFORE:
            await self._drop(server)
        session.taken = Taken(address, message_id, fate == DROPPED_AFTER)
        self.taken.append(session.taken)
        await self._take_time()
        if fate == DROPPED_AFTER:
            await self._drop(server)
        return "250 OK"

    async def handle_QUIT(self, server, session, envelope):
        self._settle(session)
        return "221 Bye"

    def _settle(self, session):
        """Who says something more has had the answer to the mail before."""
        if hasattr(session, "taken"):
            session.taken.is_settled = True

    async def _take_time(self):
        if self.random.random() >= SLOW:
            return
        self.is_answering_slowly.set()
        try:
            await asyncio.sleep(self.random.uniform(0.1, 0.4))
        finally:
            self.is_answering_slowly.clear()

    async def _drop(self, server):
        server.transport.abort()
        await asyncio.Event().wait()  # aiosmtpd ends this when the connection is gone

    @contextmanager
    def listening(self):
        """Its address, for MAIL_URL, while it runs in a thread of its own."""
        port = free_port()
        controller = Controller(self, hostname="127.0.0.1", port=port)
        controller.start()
        try:
            yield f"smtp+plain://127.0.0.1:{port}"
        finally:
            controller.stop()
