"""The site, and beside it in the same processes and threads a constant that no middleware sees."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

from config.wsgi import application as site
from tools.bench.site import BARE


def without_middleware() -> WSGIHandler:
    """Django as it is at its fastest: its own request, resolver, view and response, and nothing around them."""
    chain, settings.MIDDLEWARE = settings.MIDDLEWARE, []
    try:
        return WSGIHandler()
    finally:
        settings.MIDDLEWARE = chain


bare = without_middleware()


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    handler = bare if environ["PATH_INFO"].startswith(BARE) else site
    return handler(environ, start_response)
