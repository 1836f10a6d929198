import io
import json
import logging

import pytest
from django.db import IntegrityError
from django.test import Client

from common.request_lines import request_lines
from config.wsgi import application


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


@pytest.mark.django_db
def test_a_page_given_out_before_django_is_asked_has_the_same_line(log_lines, thread, capsys):
    client, path = Client(), thread.get_absolute_url()
    client.get(path)
    (by_django,) = log_lines()
    environ = {**client._base_environ(PATH_INFO=path), "HTTP_X_REQUEST_ID": "abc12345"}
    b"".join(application(environ, lambda *_: None))
    request_lines.flush()
    by_us = json.loads(capsys.readouterr().err)
    assert by_us["request_id"] == "abc12345"
    own = ("request_id", "timestamp", "milliseconds")
    assert {key: by_us[key] for key in by_django if key not in own} == {
        key: value for key, value in by_django.items() if key not in own
    }
    assert by_us.keys() == by_django.keys()
