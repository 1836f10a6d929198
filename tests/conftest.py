"""A fixed cast and small makers of things; every test starts from an empty site with one forum."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from accounts.actions import grant_badge
from accounts.models import User
from common import later
from common.shared_pages import pages
from credentials import actions as credential_actions
from credentials.actions.reviewing import CHECKS
from credentials.evidence_files import check_file
from credentials.models import Credential
from forum.actions import ask, reply_to
from forum.models import Category, Forum
from resources.actions import reads
from search.actions import searches

# Playwright's event loop makes Django believe that every test is asynchronous.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

later.SECONDS = 3600  # what a thread stores by itself would come into the next test

# What a program needs to start, and nothing of a site: for tests that start programs of their own.
SYSTEM = ("PATH", "HOME", "LANG", "PYENV_ROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
SYSTEM_ENVIRONMENT = {name: os.environ[name] for name in SYSTEM if name in os.environ}

PASSWORD = "plenty of words to remember"
ALL_CHECKS = dict.fromkeys(CHECKS, True)  # a reviewer made every one
CONSENTS = {"health_data": "on", "old_enough": "on"}  # the boxes of the sign-up form


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """At the end close what Playwright's event loop leaves open: it gives the main thread a connection of its own."""
    yield
    for waiting in (reads, searches):
        waiting._items.clear()
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(autouse=True)
def empty_cache():
    """Sign-in limits and pages of one test must not reach the next."""
    cache.clear()
    pages.clear()


def make_user(username: str, **fields) -> User:
    """A member for a while already, unless told otherwise."""
    fields.setdefault("date_joined", timezone.now() - timedelta(days=100))
    user = User.objects.create_user(username, f"{username}@example.org", PASSWORD, **fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.fixture
def asker(db) -> User:
    return make_user("asker", display_name="Ash Asker")


@pytest.fixture
def helper(db) -> User:
    return make_user("helper")


@pytest.fixture
def stranger(db) -> User:
    return make_user("stranger")


@pytest.fixture
def clinician(db) -> User:
    user = make_user("clinician", display_name="Dr Clin Ician")
    grant_badge(user, specialty="dermatologist", verified_on=date(2026, 5, 4))
    return user


@pytest.fixture
def moderator(db) -> User:
    return make_user("moderator", is_staff=True)


@pytest.fixture
def administrator(db) -> User:
    return make_user("administrator", is_staff=True, is_superuser=True)


@pytest.fixture
def forum(db) -> Forum:
    category = Category.objects.create(name="Skin", slug="skin")
    return Forum.objects.create(category=category, name="Moles", slug="moles", description="About moles.")


@pytest.fixture
def make_thread(forum, asker):
    def make(**fields):
        fields = {
            "by": asker,
            "forum": forum,
            "title": "Is this mole changing?",
            "body": "It looks *darker*.",
            **fields,
        }
        return ask(**fields)

    return make


@pytest.fixture
def thread(make_thread):
    return make_thread()


@pytest.fixture
def make_reply(thread, helper):
    def make(**fields):
        fields = {"thread": thread, "by": helper, "body": "Show it to a doctor.", **fields}
        return reply_to(fields.pop("thread"), **fields)

    return make


@pytest.fixture
def reply(make_reply):
    return make_reply()


@pytest.fixture
def sign_in() -> Callable[[User], Client]:
    def sign_in(user: User, **options) -> Client:
        client = Client(**options)
        client.force_login(user, backend="accounts.backends.MemberBackend")
        return client

    return sign_in


@pytest.fixture
def at_once():
    def run(calls):
        """Run every call in a thread of its own, all started together; return what they returned."""
        barrier = Barrier(len(calls))

        def one(call):
            barrier.wait(timeout=30)
            try:
                return call()
            finally:
                connections.close_all()

        with ThreadPoolExecutor(len(calls)) as pool:
            return list(pool.map(one, calls))

    return run


def make_reviewer(username: str) -> User:
    user = make_user(username, is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="review_credential"))
    return User.objects.get(pk=user.pk)


@pytest.fixture
def reviewer(db):
    user = make_reviewer("reviewer")
    return change_employer(user, "review.example")


@pytest.fixture
def second_reviewer(db):
    return change_employer(make_reviewer("second"), "elsewhere.example")


def change_employer(user: User, domain: str) -> User:
    user.emailaddress_set.update(email=f"{user.username}@{domain}")
    return user


@pytest.fixture
def filled(helper):
    """A complete request of `helper` that was not sent yet."""

    def fill(user=helper, **answers):
        credential = credential_actions.start(by=user)
        answers = {
            "specialty": "dermatologist",
            "profession": "doctor",
            "country": "GB",
            "scheme": "gb_gmc",
            "number": "1234567",
            "name_on_register": "Helena Helper",
            "work_email": "h.helper@hospital.example",
            "nothing_to_declare": True,
            "consented_at": timezone.now(),
            **answers,
        }
        credential = credential_actions.save_answers(credential, by=user, **answers)
        credential.work_email_confirmed_at = timezone.now()
        credential.save()
        return credential

    return fill


@pytest.fixture
def sent(filled):
    def send(*args, **answers):
        credential = filled(*args, **answers)
        return credential_actions.submit(credential, by=credential.user)

    return send


@pytest.fixture
def approved(sent, reviewer):
    def approve(*args, **answers) -> Credential:
        credential = sent(*args, **answers)
        assert credential_actions.decide(credential, by=reviewer, approve=True, checks=ALL_CHECKS)
        credential.refresh_from_db()
        return credential

    return approve


def move_end(credential: Credential, days: int) -> date:
    """Let the credential end so many days from today."""
    credential.valid_until = timezone.localdate() + timedelta(days=days)
    Credential.objects.filter(pk=credential.pk).update(valid_until=credential.valid_until)
    return credential.valid_until


@pytest.fixture
def document():
    def make(name="licence.pdf", content=b"%PDF-1.7\n1 0 obj\n%%EOF\n"):
        return check_file(SimpleUploadedFile(name, content))

    return make
