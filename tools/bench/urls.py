"""The site's addresses, and before them two constant pages: /bench/constant/<bytes>/ and /bench/bare/<bytes>/.

The first goes through all middleware, the second through none (tools.bench.wsgi).
"""

from functools import cache

from django.http import HttpRequest, HttpResponse
from django.urls import path

from config.urls import *  # noqa: F403
from config.urls import urlpatterns as of_the_site
from tools.bench.site import BARE, CONSTANT


@cache
def text(size: int) -> bytes:
    return (b"<p>constant</p>\n" * (size // 16 + 1))[:size]


def constant(request: HttpRequest, size: int) -> HttpResponse:
    return HttpResponse(text(size))


urlpatterns = [*(path(f"{prefix[1:]}<int:size>/", constant) for prefix in (BARE, CONSTANT)), *of_the_site]
