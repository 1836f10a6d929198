"""The few small queries that nearly every request makes, without what the ORM and the pool cost around them.

Each thread keeps one connection for them. They are prepared once and each is a transaction of its own: who reads a
session, a member and the version of a page, and a helpful vote. Everything else goes through the ORM.
"""

from collections import OrderedDict
from collections.abc import Sequence
from threading import local
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from psycopg.adapt import Transformer
from psycopg.conninfo import make_conninfo
from psycopg.pq import ConnStatus, ExecStatus, PGconn, TransactionStatus

STATEMENTS_KEPT = 200  # prepared on one connection, those used last
USABLE = (ConnStatus.OK, TransactionStatus.IDLE)
DJANGOS_OWN = ("pool", "context", "cursor_factory", "prepare_threshold")  # parameters that PostgreSQL does not know

Parameter = str | int | Sequence[int] | Sequence[str]


def quick_row(
    sql: str, *parameters: Parameter, using: str = DEFAULT_DB_ALIAS, again: bool = True
) -> tuple[Any, ...] | None:
    """The first row of a query with $1, $2, … in it, as Python values; None where there is none.

    Inside a transaction it sees what that sees. A connection that was cut is made anew and asked `again`; only what
    may be done twice belongs here. OperationalError if the database is away.
    """
    wrapper = connections[using]
    if wrapper.queries_logged:
        wrapper.queries_log.append({"sql": sql, "time": "0"})
    values = [_as_text(value) for value in parameters]
    if wrapper.in_atomic_block:
        assert wrapper.connection is not None
        result = wrapper.connection.pgconn.exec_params(sql.encode(), values)
    else:
        own = _own[using]
        try:
            result = own.run(sql.encode(), values)
        except MemoryError:  # so psycopg says that libpq could not even send it
            own.connection, result = None, None
        if again and not own.is_usable:
            result = own.run(sql.encode(), values)
        if result is None:
            raise OperationalError("the connection was lost")
    if result.status != ExecStatus.TUPLES_OK:
        raise OperationalError(result.get_error_message())
    if not result.ntuples:
        return None
    transformer = Transformer()
    transformer.set_pgresult(result)
    row: tuple[Any, ...] = transformer.load_row(0, tuple)
    return row


def _as_text(value: Parameter) -> bytes:
    if isinstance(value, str | int):
        return str(value).encode()
    return "{{{}}}".format(",".join(map(str, value))).encode()


class _Own(local):
    """The connection of this thread to one database."""

    connection: PGconn | None = None
    prepared: OrderedDict[bytes, bytes]  # the text of a statement and its name
    number = 0

    def __init__(self, using: str) -> None:
        self.using = using

    @property
    def is_usable(self) -> bool:
        connection = self.connection
        return connection is not None and (connection.status, connection.transaction_status) == USABLE

    def run(self, sql: bytes, values: list[bytes]) -> Any:
        connection = self.connection if self.connection and self.is_usable else self._connect()
        if settings.DATABASES[self.using].get("DISABLE_SERVER_SIDE_CURSORS"):
            # A connection of PgBouncer's is another one with every query, and knows nothing of what was prepared.
            return connection.exec_params(sql, values)
        if sql in self.prepared:
            self.prepared.move_to_end(sql)
        else:
            self._prepare(connection, sql)
        result = connection.exec_prepared(self.prepared[sql], values)
        if result.status != ExecStatus.TUPLES_OK:
            del self.prepared[sql]  # it may be a table that has changed
        return result

    def _prepare(self, connection: PGconn, sql: bytes) -> None:
        self.number += 1
        name = b"quick%d" % self.number
        connection.prepare(name, sql)  # what is wrong with it shows when it runs
        self.prepared[sql] = name
        if len(self.prepared) > STATEMENTS_KEPT:
            _, oldest = self.prepared.popitem(last=False)
            connection.exec_(b"DEALLOCATE " + oldest)

    def _connect(self) -> PGconn:
        parameters = connections[self.using].get_connection_params()
        for name in DJANGOS_OWN:
            parameters.pop(name, None)
        self.connection, self.prepared = None, OrderedDict()
        connection = PGconn.connect(make_conninfo(**parameters).encode())
        if connection.status != ConnStatus.OK:
            raise OperationalError(connection.get_error_message())
        self.connection = connection
        return connection


_own = {using: _Own(using) for using in settings.DATABASES}
