"""The demo community: complete, consistent, and closed outside demo mode."""

import json
from io import StringIO

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import CommandError, call_command
from django.db.models import Count, F, Max, Min
from django.test import Client
from django.utils import timezone

from accounts.models import User
from forum.actions import recount
from forum.models import Category, Forum, HelpfulVote, Reply, Thread
from resources.models import CrisisLine, Resource

pytestmark = pytest.mark.django_db
REFERENCE = "breast-cancer"


@pytest.fixture(scope="module")
def community(django_db_setup, django_db_blocker, tmp_path_factory):
    """The demo community, loaded once and taken away after this module."""
    from django.conf import settings
    from django.db import transaction

    home = tmp_path_factory.mktemp("home")
    with django_db_blocker.unblock(), transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "BEDSIDE_HOME", home)
        call_command("load_defaults", stdout=StringIO())
        call_command("load_demo", stdout=StringIO())
        call_command("load_demo", stdout=StringIO())  # again: changes nothing
        yield home
        transaction.set_rollback(True)


def test_its_size(community):
    assert (Category.objects.count(), Forum.objects.count()) == (10, 43)
    assert 55 <= Thread.objects.count() <= 70
    assert Resource.objects.count() == 30
    assert CrisisLine.objects.count() == 29
    replies = Thread.objects.aggregate(least=Min("reply_count"), most=Max("reply_count"))
    assert replies == {"least": 0, "most": 40}
    assert not Forum.objects.filter(thread_count=0).exists()


def test_its_dates_and_counts_agree(community):
    assert recount(repair=False) == []
    assert not Thread.objects.filter(author__date_joined__gt=F("created_at")).exists()
    assert not Reply.objects.filter(author__date_joined__gt=F("created_at")).exists()
    assert not Reply.objects.filter(created_at__lte=F("thread__created_at")).exists()
    assert not Reply.objects.filter(created_at__gt=timezone.now()).exists()
    assert not HelpfulVote.objects.filter(created_at__lt=F("reply__created_at")).exists()
    assert not HelpfulVote.objects.filter(user=F("reply__author")).exists()
    span = Thread.objects.aggregate(first=Min("created_at"), last=Max("created_at"))
    assert (span["last"] - span["first"]).days > 500


def test_the_thread_everything_is_compared_with(community):
    threads = Thread.objects.filter(forum__slug=REFERENCE, title__icontains="mammogram", reply_count=4)
    replies = threads.get().replies.select_related("author", "thread").order_by("-helpful_count", "created_at", "pk")
    assert [reply.helpful_count for reply in replies] == [1, 1, 1, 0]
    assert [reply.is_professional for reply in replies] == [True, False, False, False]
    assert len({reply.author_id for reply in replies}) == 4


def test_every_own_article_has_a_review_and_sources(community):
    articles = Resource.objects.filter(kind="article").annotate(source_count=Count("sources"))
    assert articles
    assert all(article.reviewed_by and article.source_count >= 2 for article in articles)
    assert Resource.objects.visible_to(AnonymousUser()).count() == 30


def test_its_sign_ins_work_in_demo_mode_only(community, settings):
    accounts = json.loads((community / "demo-accounts.json").read_text())
    assert (community / "demo-accounts.json").stat().st_mode & 0o777 == 0o600
    assert accounts.keys() == {"patient", "professional", "moderator", "administrator"}
    for role, account in accounts.items():
        client = Client()
        credentials = {"login": account["email"], "password": account["password"]}
        client.post("/accounts/login/", credentials)
        assert client.get("/account/").status_code == 200, role
        assert client.get("/admin/forum/thread/").status_code == (
            200 if role in ("moderator", "administrator") else 302
        )
        settings.DEMO = False
        assert client.get("/account/").status_code == 302
        settings.DEMO = True
    assert User.objects.get(username=accounts["professional"]["username"]).is_medical_professional


def test_outside_demo_mode_there_is_no_demo(settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="demo mode only"):
        call_command("load_demo")


def test_it_can_be_searched_at_once(community, client):
    page = client.get("/search/?q=docter").text
    assert "Showing results for <strong>doctor</strong>" in page
    assert 'class="thread-row__title"' in page
