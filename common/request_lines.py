"""The log line of a request that was answered before Django saw it: as in common.middleware, written seconds later.

Writing to a file or a pipe can take longer than the whole answer, and everybody else in the process would wait.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import NamedTuple

from common.later import Later

LOGGER = logging.getLogger("request")


class RequestLine(NamedTuple):
    request_id: str
    method: str
    route: str
    status: int
    seconds: float
    at: float  # seconds since the epoch


def _write(lines: list[RequestLine]) -> None:
    if LOGGER.isEnabledFor(logging.INFO):
        sys.stderr.write("".join(map(_as_json, lines)))
        sys.stderr.flush()


def _as_json(line: RequestLine) -> str:
    facts = {
        "method": line.method,
        "route": line.route,
        "status": line.status,
        "milliseconds": round(line.seconds * 1000, 1),
        "user": None,
        "event": "request",
        "request_id": line.request_id,
        "level": "info",
        "logger": "request",
        "timestamp": datetime.fromtimestamp(line.at, UTC).isoformat().replace("+00:00", "Z"),
    }
    return json.dumps(facts) + "\n"


request_lines = Later(_write, at_most=100_000)
