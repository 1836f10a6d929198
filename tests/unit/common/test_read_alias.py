"""Which database a request reads from, and what makes a browser read its own changes."""

import pytest
from django.apps import apps
from django.db import transaction
from django.http import HttpResponse
from django.test import RequestFactory, override_settings

from common.replica import PIN_SECONDS, REPLICA, choose_database, read_alias
from config.routers import ReplicaRouter
from forum.models import Reply, Thread

router = ReplicaRouter()


def read_from(method, path, **cookies):
    """The database that a page would read questions from, and the answer."""
    seen = []

    def view(request):
        seen.append(router.db_for_read(Thread))
        return HttpResponse()

    request = RequestFactory().generic(method, path)
    request.COOKIES.update(cookies)
    response = choose_database(view)(request)
    return seen[0], response


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("method", "path", "cookies", "alias"),
    [
        ("GET", "/", {}, REPLICA),
        ("HEAD", "/threads/1/", {"sessionid": "abc"}, REPLICA),
        ("GET", "/", {"pin": ""}, "default"),
        ("GET", "/admin/", {}, "default"),
        ("POST", "/", {}, "default"),
        ("PUT", "/", {}, "default"),
        ("OPTIONS", "/", {}, "default"),
    ],
)
def test_only_who_reads_and_has_changed_nothing_reads_from_the_replica(method, path, cookies, alias):
    assert read_from(method, path, **cookies)[0] == alias
    assert router.db_for_read(Thread) == "default"  # after the request, and in the worker


@pytest.mark.django_db(transaction=True)
def test_what_decides_about_rights_is_read_where_it_is_written():
    aliases = {}

    def view(request):
        for model in apps.get_models():
            aliases.setdefault(router.db_for_read(model), set()).add(model._meta.app_label)
        return HttpResponse()

    choose_database(view)(RequestFactory().get("/"))
    assert aliases[REPLICA] == {"forum", "resources", "search"}
    others = {
        "accounts",
        "account",
        "mfa",
        "usersessions",
        "sessions",
        "auth",
        "credentials",
        "moderation",
        "django_ox",
    }
    assert others <= aliases["default"]


@pytest.mark.django_db(transaction=True)
def test_a_transaction_reads_what_it_changes():
    seen = []

    def view(request):
        with transaction.atomic():
            seen.append(router.db_for_read(Thread))
        seen.append(router.db_for_read(Thread))
        return HttpResponse()

    choose_database(view)(RequestFactory().get("/"))
    assert seen == ["default", REPLICA]


def test_a_row_of_the_replica_is_changed_where_changes_belong():
    reply = Reply()
    reply._state.db = REPLICA
    assert router.db_for_write(Reply, instance=reply) == "default"
    assert router.allow_relation(reply, Thread())
    assert router.allow_migrate("default", "forum")
    assert not router.allow_migrate(REPLICA, "forum")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_change_pins_its_browser_for_some_seconds(method):
    cookie = read_from(method, "/")[1].cookies["pin"]
    assert (cookie["max-age"], cookie["httponly"], cookie["samesite"], cookie["path"]) == (
        PIN_SECONDS,
        True,
        "Lax",
        "/",
    )
    assert not cookie["secure"]


@override_settings(HTTPS=True, PIN_COOKIE_NAME="__Host-pin")
def test_on_https_the_cookie_is_secure():
    cookie = read_from("POST", "/")[1].cookies["__Host-pin"]
    assert cookie["secure"]
    assert not cookie["domain"]


@pytest.mark.django_db(transaction=True)
def test_reading_sets_no_cookie_but_a_sign_in_that_ends_with_a_get_does():
    response = HttpResponse()
    assert not choose_database(lambda request: response)(RequestFactory().get("/")).cookies
    response.set_cookie("sessionid", "abc")
    assert "pin" in choose_database(lambda request: response)(RequestFactory().get("/")).cookies


@pytest.mark.django_db(transaction=True)
def test_an_error_does_not_leave_the_choice_to_the_next_request():
    def view(request):
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        choose_database(view)(RequestFactory().get("/"))
    assert read_alias() == "default"
