"""Pages of the site as a whole: standing pages, reading settings, health, errors."""

import sys
import time
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.template import loader
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe
from django_ox.models import OxScheduleTick
from psycopg import OperationalError as PsycopgOperationalError
from psycopg_pool import PoolTimeout

from accounts.actions import keep_reading_settings
from common.http import from_this_site, safe_target, wants_fragment
from common.metadata import Metadata, absolute
from common.reading import ReadingSettings
from common.replica import REPLICA
from common.shared_pages import nothing_personal, shared_page
from forum.facts import LABELS
from notifications.models import Mail

NAMES = {"site_name": settings.SITE_NAME}
RETRY_AFTER = 30  # seconds
STARTED = time.monotonic()
WORKER_MAY_BE_SILENT = timedelta(minutes=3)
MAILS_MAY_WAIT = timedelta(minutes=15)
TYPED = (
    "title",
    "body",
    "forum",
    "is_anonymous",
    "key",
    "keep_out_of_search",
    "display_name",
    "interest",
    "preview",
    *(f"fact_{key}" for key in LABELS),
)


PAGE_TITLES = {
    "badge": gettext_lazy("What the badge means"),
    "guidelines": gettext_lazy("Community rules"),
    "privacy": gettext_lazy("Privacy"),
    "accessibility": gettext_lazy("Accessibility"),
    "about": gettext_lazy("About"),
}
GPC_SINCE = "2026-11-22"  # when this site began to respect Global Privacy Control: it never did anything else


@require_safe
@shared_page(personal=nothing_personal)
def standing_page(request: HttpRequest, page: str) -> HttpResponse:
    about = Metadata(request.path, str(PAGE_TITLES[page]))
    context = {
        "metadata": about,
        "has_pin_cookie": REPLICA in settings.DATABASES,
        "has_mail_service": bool(settings.MAIL_SERVICE),
    }
    return render(request, f"pages/{page}.html", context)


@csrf_exempt  # so that visitors' pages need no token and no cookie; it changes only how pages look
@require_POST
def reading_settings(request: HttpRequest) -> HttpResponse:
    """Keep the chosen text size or theme in a cookie, and with the account; then back to the page.

    Our script has written the cookie already, so its answer sets none.
    """
    by_script = wants_fragment(request)
    response = (
        HttpResponse(status=204)
        if by_script
        else HttpResponseRedirect(safe_target(request.POST.get("next", ""), request) or "/")
    )
    if from_this_site(request):
        chosen = ReadingSettings.of(request).changed(
            text_size=request.POST.get("text_size"), theme=request.POST.get("theme")
        )
        if not by_script:
            chosen.keep(response, secure=request.is_secure())
        if request.user.is_authenticated:
            keep_reading_settings(request.user, text_size=chosen.text_size, theme=chosen.theme)
    return response


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Everything may be asked for: a list of what is private would only lead to it."""
    lines = ["User-agent: *", "Allow: /", "", f"Sitemap: {absolute(reverse('sitemap'))}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain")


@require_safe
def gpc(request: HttpRequest) -> HttpResponse:
    """That Global Privacy Control is respected: nothing here is sold, shared or tracked for anybody."""
    return JsonResponse({"gpc": True, "lastUpdate": GPC_SINCE})


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """What a phone needs to put the site on its home screen."""
    icons = [
        {"src": static(f"img/icon-{side}.png"), "sizes": f"{side}x{side}", "type": "image/png"} for side in (192, 512)
    ]
    facts = {
        "name": settings.SITE_NAME,
        "short_name": settings.SITE_NAME,
        "description": _("Ask about your health. Verified medical professionals answer."),
        "start_url": "/",
        "scope": "/",
        "display": "minimal-ui",
        "lang": settings.LANGUAGE_CODE,
        "background_color": "#f3f6f7",
        "theme_color": "#0a5f5b",
        "icons": [*icons, {**icons[1], "purpose": "maskable"}],
    }
    return JsonResponse(facts, content_type="application/manifest+json")


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Some browsers and readers ask for it at this address whatever the page says."""
    return HttpResponseRedirect(static("img/favicon.ico"))


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """What the service worker shows when there is no connection."""
    return HttpResponse(loader.render_to_string("offline.html", NAMES))


@require_safe
def offline_worker(request: HttpRequest) -> HttpResponse:
    """The service worker. Its text changes with the page it keeps, so that browsers fetch both anew."""
    page = loader.render_to_string("offline.html", NAMES)
    script = loader.render_to_string("offline.js", {"version": sha256(page.encode()).hexdigest()[:12]})
    response = HttpResponse(script, content_type="text/javascript")
    response["Cache-Control"] = "no-cache"
    return response


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Whether this process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether everything a page needs is there, and whether mails leave; which part is not, without details."""
    parts = {"database": _answers(DEFAULT_DB_ALIAS), "migrations": False, "worker": False}
    if REPLICA in settings.DATABASES:
        parts[REPLICA] = _answers(REPLICA)
    try:
        executor = MigrationExecutor(connection)
        parts["migrations"] = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        recently = timezone.now() - WORKER_MAY_BE_SILENT
        is_starting = time.monotonic() - STARTED < WORKER_MAY_BE_SILENT.total_seconds()
        parts["worker"] = is_starting or OxScheduleTick.objects.filter(created_at__gte=recently).exists()
        late = Mail.objects.filter(ended_at=None, made_at__lt=timezone.now() - MAILS_MAY_WAIT).exists()
        mails = {"mails": "late" if late else "ok"}  # pages can do without
    except DatabaseError:
        mails = {}
    answer = {name: "ok" if good else "failing" for name, good in parts.items()} | mails
    return JsonResponse(answer, status=200 if all(parts.values()) else 503)


def _answers(alias: str) -> bool:
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without a valid token, as after signing in in another tab: nothing typed is lost.

    Shown again only when the browser says that our own page sent it: another site must not be able
    to fill a form with its words.
    """
    if request.method != "POST":  # no page of ours takes it: that is what is wrong, not the token
        page = render(request, "405.html", status=405)
        page["Allow"] = "GET, HEAD, POST"
        return page
    typed = []
    is_ours = not request.path.startswith("/admin/")
    if is_ours and from_this_site(request):
        typed = [(name, request.POST[name]) for name in TYPED if request.POST.get(name)]
    return render(request, "403_csrf.html", {"typed": typed}, status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return HttpResponse(loader.render_to_string("400.html", NAMES), status=400)


def server_error(request: HttpRequest, *args: Any) -> HttpResponse:
    """Without a database, without context: this page must work when nothing else does.

    Where it is the database that does not answer, the page says so as 503, with when to try again.
    """
    is_away = is_unavailable(sys.exc_info()[1])
    status = 503 if is_away else 500
    try:
        page: str = loader.render_to_string(f"{status}.html", NAMES)
    except Exception:  # without the collected static files not even that: plain words are better than nothing
        words = [_("Error"), _("Something went wrong on our side"), _("Try again in a minute.")]
        page = "<!doctype html><title>{}</title><h1>{}</h1><p>{}".format(*words)
    response = HttpResponse(page, status=status)
    response["Cache-Control"] = "no-store"
    if is_away:
        response["Retry-After"] = str(RETRY_AFTER)
    return response


def is_unavailable(error: BaseException | None) -> bool:
    """Whether the error means that the database cannot be reached, and not that a query was wrong or too slow."""
    while error is not None:
        if isinstance(error, PoolTimeout):
            return True
        if isinstance(error, PsycopgOperationalError):
            # Without a code the connection failed; 08: it broke; 57P: the server stops; 53: it is full.
            return error.sqlstate is None or error.sqlstate[:2] in ("08", "53") or error.sqlstate.startswith("57P")
        error = error.__cause__
    return False
