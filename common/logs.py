"""Logs: one JSON object a line, with the request's id, and nothing about anybody's health.

Addresses of pages hold the title of a question, and database errors quote the row they refused.
So messages of Django that name an address are cut down to the event, and row details are dropped.
"""

import logging
import logging.config
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

Event = MutableMapping[str, Any]
ROW_DETAILS = re.compile(r"^(DETAIL|CONTEXT|LINE \d+|HINT):.*(\n\s+\^)?$", re.MULTILINE)


def without_addresses(_logger: object, _method: str, event: Event) -> Event:
    """Replace Django's 'Not Found: /threads/…' by its first words."""
    record = event.get("_record")
    if record is not None and record.name.startswith(("django.request", "django.security")):
        event["event"] = str(event["event"]).partition(":")[0]
        event["status"] = getattr(record, "status_code", None)
    return event


def without_row_details(_logger: object, _method: str, event: Event) -> Event:
    """Drop what PostgreSQL adds to an error about the refused row, in message and traceback."""
    for key in ("event", "exception"):
        if isinstance(event.get(key), str):
            event[key] = ROW_DETAILS.sub(r"\1: (left out)", event[key])
    return event


SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]


def configure(level: str) -> None:
    """Send every log line of the process to standard error as JSON."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "json": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": SHARED,
                    "processors": [
                        without_addresses,
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        without_row_details,
                        structlog.processors.JSONRenderer(),
                    ],
                }
            },
            "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
            "root": {"handlers": ["console"], "level": level},
            "loggers": {
                "django_ox": {"level": "WARNING"},
                "django.tasks": {"level": "WARNING"},
                # 4xx answers are in the request line already.
                "django.request": {"level": "ERROR"},
                "django.security.DisallowedHost": {"level": "CRITICAL"},
                "flufl.bounce": {"level": "CRITICAL"},  # quotes what it cannot read
            },
        }
    )
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
