import os
import re
import time
from collections.abc import Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django = get_wsgi_application()

from common.middleware import id_of_request  # noqa: E402
from common.request_lines import RequestLine, request_lines  # noqa: E402
from common.shared_pages import page_for_visitor  # noqa: E402

CHARSET = re.compile(r";\s*charset\s*=[^;]*", re.IGNORECASE)


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """The site. A visitor's page that is there already goes out before Django is asked: the middleware does the same.

    It speaks UTF-8 only: Django would fail on a request in "hex" before any of our code runs.
    """
    started = time.perf_counter()
    if page := page_for_visitor(environ):
        status, headers, body = page.for_request(environ)
        request_id = id_of_request(environ)
        start_response(status, [*headers, ("X-Request-ID", request_id)])
        seconds, method = time.perf_counter() - started, environ["REQUEST_METHOD"]
        request_lines.add(RequestLine(request_id, method, page.route, int(status[:3]), seconds, time.time()))
        return [body]
    environ["CONTENT_TYPE"] = CHARSET.sub("", environ.get("CONTENT_TYPE") or "")
    return django(environ, start_response)
