"""What machines ask for: health, headers, robots; and that the admin works."""

import re
import time
from datetime import timedelta
from io import StringIO
from urllib.parse import quote

import psycopg
import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.models import Model
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_ox.models import OxScheduleTick
from PIL import Image
from psycopg_pool import PoolTimeout

from accounts.models import User
from config import views
from config.wsgi import application
from forum.actions import reply_to
from forum.models import Forum
from notifications.models import Mail
from resources.models import CrisisLine
from tests.unit.resources.test_resources import make_resource

pytestmark = pytest.mark.django_db


def test_a_starting_site_is_ready_before_its_worker_reports(client, monkeypatch):
    monkeypatch.setattr(views, "STARTED", time.monotonic())
    assert client.get("/readyz").json() == {
        "database": "ok", "migrations": "ok", "worker": "ok", "mails": "ok",
    }  # fmt: skip


def test_mails_that_do_not_leave_are_reported_and_pages_go_on(client, asker, monkeypatch):
    monkeypatch.setattr(views, "STARTED", time.monotonic())
    mail = Mail.objects.create(user=asker, letter="news")
    assert client.get("/readyz").json()["mails"] == "ok"
    Mail.objects.update(made_at=timezone.now() - timedelta(minutes=16))
    response = client.get("/readyz")
    assert (response.status_code, response.json()["mails"]) == (200, "late")
    Mail.objects.filter(pk=mail.pk).update(ended_at=timezone.now(), outcome="sent")
    assert client.get("/readyz").json()["mails"] == "ok"


def test_a_silent_worker_is_reported(client, monkeypatch):
    monkeypatch.setattr(views, "STARTED", time.monotonic() - 3600)
    response = client.get("/readyz")
    assert (response.status_code, response.json()["worker"]) == (503, "failing")
    now = timezone.now()
    OxScheduleTick.objects.create(schedule_name="beat", scheduled_for=now, created_at=now - timedelta(minutes=2))
    assert client.get("/readyz").status_code == 200


def test_a_missing_database_is_reported_without_details(client, monkeypatch):
    def fail(*args, **kwargs):
        raise OperationalError("password of postgres at 10.0.0.1")

    monkeypatch.setattr(connection, "cursor", fail)
    response = client.get("/readyz")
    assert (response.status_code, response.json()["database"]) == (503, "failing")
    assert "10.0.0.1" not in response.content.decode()
    assert client.get("/healthz").status_code == 200


def test_the_headers_of_every_page(client, thread):
    for address in ["/", thread.get_absolute_url(), "/nothing-here/", "/healthz", "/static/css/site.css"]:
        response = client.get(address)
        for close in response._resource_closers:  # not response.close(), which ends the database connection
            close()
        headers = response.headers
        assert headers["X-Content-Type-Options"] == "nosniff" or address.startswith("/static")
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["Cross-Origin-Embedder-Policy"] == "require-corp"
        assert "geolocation=()" in headers["Permissions-Policy"]
    headers = client.get("/").headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_pages_of_members_stay_out_of_caches(sign_in, asker, client):
    assert "no-store" in sign_in(asker).get("/")["Cache-Control"]
    assert client.get("/")["Cache-Control"] == "public, no-cache"


def test_pages_load_nothing_from_elsewhere(client, thread, reply):
    for address in ["/", thread.get_absolute_url(), "/help-now/", "/accounts/login/"]:
        page = client.get(address).content.decode().replace('rel="canonical" href="http://testserver/', 'href="/')
        assert not re.search(r'(?:src|<link[^>]* href|srcset|poster|data)="(?:https?:)?//', page)
        assert not re.search(r"<[^>]+ style=|<style| on\w+=", page)
        scripts = set(re.findall(r"<script[^>]*>", page))
        data = {'<script id="words" type="application/json">', '<script type="application/ld+json">'}
        assert all(script.startswith('<script type="module" src="/static/') for script in scripts - data)


def test_an_error_page_needs_nothing(thread):
    client = Client(raise_request_exception=False)
    address = thread.get_absolute_url()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("forum.views.reading.thread_rights", lambda *args: 1 / 0)
        response = client.get(address)
    assert response.status_code == 500
    assert "Something went wrong on our side" in response.content.decode()


def test_the_manifest_names_icons_that_exist(client):
    response = client.get("/site.webmanifest")
    assert response["Content-Type"] == "application/manifest+json"
    facts = response.json()
    assert (facts["name"], facts["start_url"]) == ("Bedside", "/")
    for icon in facts["icons"]:
        path = finders.find(icon["src"].removeprefix("/static/"))
        side = int(icon["sizes"].partition("x")[0])
        with Image.open(path) as picture:
            assert picture.size == (side, side)
    assert finders.find("img/favicon.ico")
    assert client.get("/favicon.ico").url == "/static/img/favicon.ico"


CANNOT_CONNECT = psycopg.OperationalError("connection refused, password of postgres")
UNAVAILABLE = [CANNOT_CONNECT, psycopg.errors.AdminShutdown(), psycopg.errors.TooManyConnections(), PoolTimeout()]
BROKEN = [psycopg.errors.QueryCanceled(), psycopg.errors.SyntaxError(), ZeroDivisionError()]


@pytest.mark.parametrize(
    ("error", "status"), [*((error, 503) for error in UNAVAILABLE), *((error, 500) for error in BROKEN)], ids=repr
)
def test_a_database_that_is_away_is_said_with_where_to_find_help_all_the_same(error, status, thread, monkeypatch):
    def fail(*args):
        try:
            raise error
        except psycopg.Error as cause:
            raise OperationalError from cause  # as Django passes it on

    monkeypatch.setattr("forum.views.reading.thread_rights", fail)
    response = Client(raise_request_exception=False).get(thread.get_absolute_url())
    page = response.content.decode()
    assert response.status_code == status
    assert response.get("Retry-After") == ("30" if status == 503 else None)
    assert "tel:112" in page
    assert "password" not in page
    assert response["Cache-Control"] == "no-store"


ADMIN_LISTS = [
    "forum_helpfulvote",
    "forum_revision",
    "accounts_user",
    "forum_category",
    "forum_forum",
    "forum_thread",
    "forum_reply",
    "resources_resource",
]


@pytest.mark.parametrize("name", [*ADMIN_LISTS, "resources_crisisline"])
def test_every_admin_list_opens_and_searches_without_full_counts(sign_in, administrator, reply, name):
    make_resource()
    client = sign_in(administrator)
    for query in ["", "?q=moles", "?q=username:asker", "?q=%C3%BC'%22", "?o=1.-2"]:
        with CaptureQueriesContext(connection) as captured:
            response = client.get(reverse(f"admin:{name}_changelist") + query)
        assert response.status_code == 200, query
        counts = [one["sql"] for one in captured if "COUNT(" in one["sql"]]
        assert all("LIMIT" in sql for sql in counts), counts


@pytest.mark.parametrize("name", [*ADMIN_LISTS, "resources_crisisline"])
@pytest.mark.parametrize(
    "query",
    [
        "?id__range=1",
        "?title__regex=(",
        "?slug__regex=(",
        "?created_at__year=99999999999",
        "?title__trigram_similar=a",
        "?threads=1",
        "?threads__id=1",
        "?replys=1",
        "?author=1",
        "?author__username=asker",
        "?user__password__startswith=a",
    ],
)
def test_the_address_asks_the_admin_nothing_that_the_page_does_not_offer(sign_in, administrator, name, query):
    response = sign_in(administrator).get(reverse(f"admin:{name}_changelist") + query)
    assert response.status_code == 400


@pytest.mark.parametrize("key", ["abc", "1\0", "", "-1", "²"])
def test_odd_keys_in_admin_forms_are_refused(sign_in, administrator, thread, key):
    client = sign_in(administrator)
    actions = {"action": "hide_selected", "_selected_action": key, "index": "0"}
    assert client.post(reverse("admin:forum_thread_changelist"), actions).status_code == 400
    resource = make_resource()
    address = reverse("admin:resources_resource_change", args=[resource.pk])
    assert client.post(address, {"forums": key}).status_code == 200
    assert client.get(reverse("admin:resources_resource_add") + f"?forums={quote(key)}").status_code in (200, 400)
    thread.refresh_from_db()
    assert thread.is_published


@pytest.mark.parametrize(
    "fields",
    [
        {"emergency": "5"},
        {"emergency": '"911"'},
        {"emergency": '["call"]'},
        {"other_ways": "5"},
        {"other_ways": '["x"]'},
        {"other_ways": '[{"label": ""}]'},
        {"other_ways": '[{"label": "x", "href": "javascript:alert(1)"}]'},
    ],
)
def test_a_crisis_line_of_a_wrong_shape_is_refused(sign_in, administrator, client, fields):
    call_command("load_defaults", stdout=StringIO())
    line = CrisisLine.objects.get(country="GB")
    fixed = {"country": "GB", "country_name": "United Kingdom", "phone": "116 123", "hours": "24/7", "is_active": "on"}
    form = {**fixed, "service": line.service, "source_url": line.source_url, "last_verified": "2026-11-01"}
    form |= {"emergency": '["999"]', "other_ways": "[]"}
    address = reverse("admin:resources_crisisline_change", args=[line.pk])
    assert sign_in(administrator).post(address, {**form, **fields}).status_code == 200
    assert sign_in(administrator).post(address, form).status_code == 302
    assert client.get("/help-now/").status_code == 200


def test_every_admin_object_opens(sign_in, administrator, reply, asker):
    client = sign_in(administrator)
    resource = make_resource()
    for name, obj in [
        ("accounts_user", asker),
        ("forum_forum", reply.thread.forum),
        ("forum_thread", reply.thread),
        ("forum_reply", reply),
        ("resources_resource", resource),
    ]:
        assert client.get(reverse(f"admin:{name}_change", args=[obj.pk])).status_code == 200
        assert client.get(reverse(f"admin:{name}_history", args=[obj.pk])).status_code == 200


def test_the_lists_of_posts_lead_to_the_desk_and_change_nothing_by_themselves(sign_in, administrator, thread, reply):
    client = sign_in(administrator)
    for post, name in [(thread, "thread"), (reply, "reply")]:
        changelist = reverse(f"admin:forum_{name}_changelist")
        client.post(changelist, {"action": "hide_selected", "_selected_action": [post.pk]})
        post.refresh_from_db()
        assert post.is_published
        page = client.get(reverse(f"admin:forum_{name}_change", args=[post.pk])).content.decode()
        assert reverse("admin:moderation_case_about", args=[name, post.pk]) in page


def test_the_admin_changes_nobodys_words(sign_in, administrator, thread):
    client = sign_in(administrator)
    address = reverse("admin:forum_thread_change", args=[thread.pk])
    client.post(address, {"title": "Changed", "body": "Changed", "status": "hidden", "author": administrator.pk})
    thread.refresh_from_db()
    assert (thread.title, thread.status) == ("Is this mole changing?", "published")
    assert client.get(reverse("admin:forum_thread_delete", args=[thread.pk])).status_code == 403


@pytest.fixture
def rightful_moderator(moderator):
    moderator.user_permissions.set(
        Permission.objects.filter(codename__in=["view_thread", "change_thread", "view_reply"])
    )
    return moderator


def test_who_asked_anonymously_shows_only_with_the_permission_and_a_record(
    sign_in, rightful_moderator, make_thread, asker
):
    thread = make_thread(is_anonymous=True)
    reply_to(thread, by=asker, body="More")
    client = sign_in(rightful_moderator)
    address = reverse("admin:forum_thread_change", args=[thread.pk])
    lists = [reverse("admin:forum_thread_changelist"), reverse("admin:forum_reply_changelist"), address]
    for page in lists:
        assert "asker" not in client.get(page).content.decode()
    assert "Show who asked" not in client.get(address).content.decode()
    assert client.post(address, {"_reveal": "1"}).status_code == 403
    for name in ("forum_thread", "forum_reply"):  # no way round it through the address
        assert client.get(reverse(f"admin:{name}_changelist") + f"?author={asker.pk}").status_code == 400
        assert "0 " in client.get(reverse(f"admin:{name}_changelist") + "?q=username:asker").content.decode()
    assert not LogEntry.objects.filter(change_message__startswith="Looked").exists()

    rightful_moderator.user_permissions.add(Permission.objects.get(codename="reveal_asker"))
    client = sign_in(User.objects.get(pk=rightful_moderator.pk))
    response = client.post(address, {"_reveal": "1"}, follow=True)
    assert "Asked by asker" in response.content.decode()
    assert LogEntry.objects.get(change_message__startswith="Looked").user_id == rightful_moderator.pk


def test_a_moderator_cannot_make_administrators(sign_in, moderator, stranger):
    moderator.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user"]))
    client = sign_in(moderator)
    address = reverse("admin:accounts_user_change", args=[stranger.pk])
    client.post(address, {"username": "stranger", "is_staff": "on", "is_superuser": "on", "is_active": "on"})
    stranger.refresh_from_db()
    assert not stranger.is_staff
    assert not stranger.is_superuser


def test_the_admin_uses_the_sites_own_door(client):
    assert client.get("/admin/login/?next=/admin/").url.startswith("/accounts/login/")


def test_a_form_that_was_open_for_long_does_not_undo_what_happened_since(sign_in, administrator, clinician, thread):
    """Saving loads a row, changes it and stores it: what actions keep must not be stored with it."""
    client = sign_in(administrator)
    forum = thread.forum
    original = Model.save

    def late_save(obj, **fields):
        Forum.objects.update(thread_count=7)
        User.objects.update(is_medical_professional=False)
        return original(obj, **fields)

    forms = {
        reverse("admin:forum_forum_change", args=[forum.pk]): {
            "category": forum.category_id, "name": "Moles and spots", "slug": "moles", "position": 0, "is_open": "on",
        },
        reverse("admin:accounts_user_change", args=[clinician.pk]): {
            "username": "clinician", "display_name": "New name", "email": clinician.email, "is_active": "on",
        },
    }  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Model, "save", late_save)
        for address, form in forms.items():
            User.objects.filter(pk=clinician.pk).update(is_medical_professional=True)
            assert client.post(address, form).status_code == 302
    forum.refresh_from_db()
    clinician.refresh_from_db()
    assert (forum.name, forum.thread_count) == ("Moles and spots", 7)
    assert (clinician.display_name, clinician.is_medical_professional) == ("New name", False)


def test_a_moderator_cannot_take_over_an_administrator(sign_in, moderator, administrator, stranger):
    moderator.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user"]))
    client = sign_in(moderator)
    for target, status in [(administrator, 403), (stranger, 302)]:
        password = {"password1": "another four words", "password2": "another four words", "usable_password": "true"}
        response = client.post(reverse("admin:auth_user_password_change", args=[target.pk]), password)
        assert response.status_code == status
    before = administrator.email
    client.post(reverse("admin:accounts_user_change", args=[administrator.pk]), {"email": "mine@example.org"})
    administrator.refresh_from_db()
    assert administrator.email == before


@pytest.mark.parametrize("charset", ["hex", "undefined", "rot13", "base64", "idna", "nonsense", "utf-8"])
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_odd_charsets_break_nothing(thread, charset, kind):
    request = RequestFactory().generic("POST", "/reading/?a=b", b"text_size=large", content_type=kind)
    environ = {**request.environ, "CONTENT_TYPE": f"{kind}; charset={charset}"}
    answers = []
    list(application(environ, lambda status, headers: answers.append(status)))
    assert answers[0].startswith(("302", "400"))


def test_an_odd_cookie_breaks_nothing(client, thread):
    for address in ["/", "/ask/", "/admin/", "/healthz"]:
        assert client.get(address, headers={"Cookie": 'sessionid="aaaaaaaa\\000"'}).status_code < 500


@pytest.mark.parametrize("origin", ["http://[", "null", "http://[::1", "x" * 9000])
def test_an_odd_origin_breaks_nothing(client, thread, origin):
    for address in ["/reading/", "/ask/", "/accounts/login/"]:
        assert client.post(address, {"body": "x"}, headers={"Origin": origin}).status_code < 500


def test_head_has_the_length_and_no_body(client, thread):
    page = client.get(thread.get_absolute_url())
    head = client.head(thread.get_absolute_url())
    assert head.content == b""
    assert head["Content-Length"] == str(len(page.content))


def test_the_not_found_page_links_to_no_other_site(client, db):
    assert "//evil.example" not in client.get("//evil.example/?page=2").content.decode()
