"""The site's addresses and /bench/constant/<bytes>/: as many bytes of HTML, through the same middleware."""

from functools import cache

from django.http import HttpRequest, HttpResponse
from django.urls import path

from config.urls import *  # noqa: F403
from config.urls import urlpatterns as of_the_site


@cache
def text(size: int) -> bytes:
    return (b"<p>constant</p>\n" * (size // 16 + 1))[:size]


def constant(request: HttpRequest, size: int) -> HttpResponse:
    return HttpResponse(text(size))


urlpatterns = [*of_the_site, path("bench/constant/<int:size>/", constant)]
