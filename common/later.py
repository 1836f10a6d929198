"""What a request notes in passing, and a thread of its process stores a little later, many at once.

For what nobody waits for and a crash may lose: how often something was read. Never for what somebody wrote.
"""

import atexit
from collections.abc import Callable
from threading import Event, Lock, Thread

import structlog
from django.db import DatabaseError, connection, connections

SECONDS = 2.0
AT_MOST = 10_000  # that wait, if nothing else is said; more are not counted
log = structlog.get_logger("later")


class Later[Item]:
    """Items to be stored by `store` in one go, within seconds; at once inside a transaction, whose rows it may need."""

    def __init__(self, store: Callable[[list[Item]], None], *, at_most: int = AT_MOST) -> None:
        self._store, self._at_most = store, at_most
        self._items: list[Item] = []
        self._lock = Lock()
        self._thread: Thread | None = None
        self._ends = Event()
        atexit.register(self._end)

    def add(self, item: Item) -> None:
        if connection.in_atomic_block:
            self._store([item])
            return
        with self._lock:
            if len(self._items) < self._at_most:
                self._items.append(item)
            if self._thread is None or not self._thread.is_alive():  # also after a fork
                self._thread = Thread(target=self._run, daemon=True)
                self._thread.start()

    def flush(self) -> None:
        """Store what waits now. What cannot be stored waits on."""
        with self._lock:
            items, self._items = self._items, []
        if not items:
            return
        try:
            self._store(items)
        except DatabaseError as error:
            log.warning("not stored yet", error=type(error).__name__)
            with self._lock:
                self._items = (items + self._items)[: self._at_most]

    def _run(self) -> None:
        while not self._ends.wait(SECONDS):
            self.flush()
            connections.close_all()

    def _end(self) -> None:
        self._ends.set()
        if self._items:
            self.flush()
            connections.close_all()
