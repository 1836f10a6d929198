"""What a page shows, noted while it is made, and whether that is still so.

PostgreSQL keeps with every row where it lies (`ctid`) and who wrote it (`xmin`): both change with every update.
A page that remembers them for all rows it was made from is out of date exactly when one of them differs. Lists
of rows are remembered by the keys they hold. One small query asks for all of it.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from django.db import connections, models, transaction
from django.db.models import QuerySet

from common.quick import quick_row
from common.replica import read_alias

DAY = 24 * 3600


@dataclass
class Shown:
    """The rows and lists a page is made from, and until when its words are true."""

    rows: dict[str, set[int]] = field(default_factory=dict)  # table -> primary keys
    keys: dict[str, str] = field(default_factory=dict)  # table -> column of the primary key
    lists: list[str] = field(default_factory=list)  # SQL for keys in their order
    until: float = 0.0  # seconds since the epoch


_making: ContextVar[Shown | None] = ContextVar("shown", default=None)


@contextmanager
def making() -> Iterator[Shown]:
    """Note what the block shows. It reads one state of the database, so that its parts fit together."""
    shown = Shown(until=(time.time() // DAY + 1) * DAY)  # what is shown by date changes at midnight
    token = _making.set(shown)
    try:
        with _snapshot():
            yield shown
    finally:
        _making.reset(token)


@contextmanager
def _snapshot() -> Iterator[None]:
    using = read_alias()
    connection = connections[using]
    if connection.in_atomic_block:  # part of something that sees its own changes
        yield
        return
    with transaction.atomic(using):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def shows_rows(model: type[models.Model], keys: Iterable[int]) -> None:
    """Note rows that the page shows, or would show if they allowed it. Versioned models note what is loaded."""
    if shown := _making.get():
        table = model._meta.db_table
        shown.keys[table] = str(model._meta.pk.column)
        shown.rows.setdefault(table, set()).update(keys)


def shows_list(keys: QuerySet[Any, Any]) -> None:
    """Note a list by the query for its keys, as in `queryset.values("pk")[:20]`."""
    if shown := _making.get():
        operations: Any = connections[keys.db].ops
        shown.lists.append(operations.compose_sql(*keys.query.sql_with_params()))


def changes_at(moment: datetime) -> None:
    """Note that words on the page will not be true any more at that time."""
    if shown := _making.get():
        shown.until = min(shown.until, moment.timestamp())


class Versioned(models.Model):
    """A model whose rows pages show: each one loaded is noted."""

    class Meta:
        abstract = True

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> Self:
        row = super().from_db(*args, **kwargs)
        if _making.get():
            shows_rows(cls, (row.pk,))
        return row


@dataclass(frozen=True)
class Question:
    """The query that tells whether what a page shows has changed."""

    sql: str
    arrays: tuple[str, ...]
    using: str  # the database that was read: a replica has a state of its own

    @classmethod
    def about(cls, shown: Shown) -> Self:
        """Its text is the same for all pages that show the same tables, if they show no lists."""
        tables = sorted(shown.rows)
        parts = [
            f"SELECT xmin::text || ctid::text AS version FROM {table}"
            f" WHERE {shown.keys[table]} = ANY(${number}::bigint[])"
            for number, table in enumerate(tables, 1)
        ]
        parts += [f"SELECT string_agg(k::text, ',') FROM ({keys}) AS list (k)" for keys in shown.lists]
        sql = f"SELECT string_agg(version, ' ') FROM ({' UNION ALL '.join(parts)}) AS parts (version)"
        arrays = tuple("{{{}}}".format(",".join(map(str, sorted(shown.rows[table])))) for table in tables)
        return cls(sql, arrays, read_alias())

    def answer(self) -> str | None:
        """What is so now. Two answers are equal if nothing has changed between them."""
        row = quick_row(self.sql, *self.arrays, using=self.using, again=False)
        return row[0] if row else None
