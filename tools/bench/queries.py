"""How many SQL queries pages take: `python -m tools.bench.queries` with questions as JSON on standard input."""

from __future__ import annotations

import json
import sys

import django


def main() -> None:
    """For each [path, username or null] the number for the first visit of a process and for the third."""
    django.setup()
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from accounts.models import User

    answers = []
    for path, username in json.load(sys.stdin):
        client = Client(HTTP_HOST="127.0.0.1")
        if username:
            client.force_login(User.objects.get(username=username))
        numbers = []
        for _ in range(3):
            with CaptureQueriesContext(connection) as queries:
                response = client.get(path)
            assert response.status_code == 200, (path, response.status_code)
            numbers.append(len(queries))
        answers.append([numbers[0], numbers[-1]])
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
