"""Queries on a connection of the thread's own."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, connection

from common import quick
from common.quick import quick_row


@pytest.fixture
def own(transactional_db):
    """In a thread without a transaction, as in a request."""
    with ThreadPoolExecutor(1) as pool:
        yield lambda *arguments, **options: pool.submit(quick_row, *arguments, **options).result()


def test_values_come_as_python_has_them(own):
    row = own(
        "SELECT $1::bigint, $2::text, $3::bigint[], NULL, true, '2026-01-01 01:00+01'::timestamptz", 7, "é", [1, 2]
    )
    assert row[:5] == (7, "é", [1, 2], None, True)
    assert row[5].isoformat() == "2026-01-01T00:00:00+00:00"
    assert own("SELECT 1 WHERE false") is None


@pytest.mark.parametrize("again", [True, False])
def test_in_place_of_a_connection_that_was_cut_another_one_answers(own, again):
    (process,) = own("SELECT pg_backend_pid()")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [process])
    if not again:
        with pytest.raises(OperationalError):
            own("SELECT pg_backend_pid()", again=False)
    assert own("SELECT pg_backend_pid()") != (process,)


def test_what_could_not_be_sent_is_sent_on_another_connection(own, monkeypatch):
    run, fails = quick._Own.run, [True]

    def fail_once(self, *arguments):
        if fails and fails.pop():
            raise MemoryError
        return run(self, *arguments)

    monkeypatch.setattr(quick._Own, "run", fail_once)
    assert own("SELECT 1") == (1,)
    fails.append(True)
    with pytest.raises(OperationalError):
        own("SELECT 1", again=False)


def test_an_error_does_not_hurt_the_next_question(own):
    with pytest.raises(OperationalError):
        own("SELECT 1 / $1::bigint", 0)
    assert own("SELECT 1") == (1,)


def test_only_the_statements_used_last_stay_prepared(own, monkeypatch):
    monkeypatch.setattr(quick, "STATEMENTS_KEPT", 3)
    for number in range(6):
        assert own(f"SELECT {number}") == (number,)
    assert own("SELECT count(*) FROM pg_prepared_statements") == (3,)
    assert own("SELECT 5") == (5,)


def test_in_a_transaction_it_sees_what_that_sees(db):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE seen AS SELECT 1 AS n")
    assert quick_row("SELECT n FROM seen") == (1,)
