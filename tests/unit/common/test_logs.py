import io
import json
import logging

import pytest
from django.db import IntegrityError
from django.test import Client


@pytest.fixture
def log_lines():
    """A function that gives what the process has written to its log since the test began."""
    stream = io.StringIO()
    console = next(handler for handler in logging.getLogger().handlers if type(handler) is logging.StreamHandler)
    previous = console.setStream(stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    console.setStream(previous)


@pytest.mark.django_db
def test_a_request_line_has_the_route_and_not_the_address(log_lines, thread):
    Client().get(thread.get_absolute_url(), headers={"X-Request-ID": "abc12345"})
    Client().get("/threads/999/planted-symptom/?q=planted-query")
    lines = log_lines()
    assert [(line["route"], line["status"]) for line in lines if line["event"] == "request"] == [
        ("threads/<int:thread_id>/<str:slug>/", 200),
        ("threads/<int:thread_id>/<str:slug>/", 404),
    ]
    assert lines[0]["request_id"] == "abc12345"
    assert "planted" not in json.dumps(lines)
    assert "mole" not in json.dumps(lines)


def test_messages_of_django_lose_the_address(log_lines):
    logger = logging.getLogger("django.request")
    logger.error("Internal Server Error: %s", "/threads/1/planted/", extra={"status_code": 500})
    (line,) = log_lines()
    assert line["event"] == "Internal Server Error"
    assert "planted" not in json.dumps(line)


def test_errors_of_the_database_lose_the_row(log_lines):
    message = "duplicate key\nDETAIL:  Key (title)=(planted) already exists."
    try:
        raise IntegrityError(message)
    except IntegrityError:
        logging.getLogger("forum").exception("failed: %s", "x\nDETAIL: planted")
    (line,) = log_lines()
    assert "IntegrityError" in line["exception"]
    assert "planted" not in json.dumps(line)
