"""Every word of the forum can be translated, also on pages where a lot has happened."""

import re

import pytest
from django.utils import timezone

from accounts.actions import block, grant_badge
from accounts.models import User
from forum import actions
from forum.models import Reply, ThreadSource
from resources.models import CrisisLine, ResourceSource
from tests.conftest import make_user
from tests.integration.test_translations import Page, in_brackets  # noqa: F401
from tests.unit.resources.test_resources import make_resource

pytestmark = pytest.mark.django_db


@pytest.fixture
def busy(forum, asker, helper, clinician, moderator):
    """Addresses of pages that say all that a page of the forum can say."""
    forum.shows_crisis_help = forum.shows_emergency_help = True
    forum.save()
    colleague = make_user("colleague", display_name="Dr Clin Ician")
    grant_badge(colleague, specialty="dermatologist", verified_on=timezone.localdate())

    def about(**fields):
        return actions.ask(**{"by": asker, "forum": forum, "title": "Is it bad?", "body": "Look", **fields})

    thread = about(facts={"age": "1 to 4", "sex": "Female", "tests": "Look"})
    ThreadSource.objects.create(thread=thread, name="Bedside", licence="CC BY", url="https://example.org/")
    replies = [actions.reply_to(thread, by=helper, body="Look") for _ in range(22)]
    answer = actions.reply_to(thread, by=clinician, body="Look", interest="Look")
    actions.vote_helpful(replies[0], by=asker)
    actions.agree(answer, by=colleague)
    actions.caution(replies[1], by=clinician, text="Look")
    actions.hide(replies[2], by=moderator)
    actions.remove(replies[3], by=helper)
    actions.update_reply(replies[4], by=helper, body="More")
    actions.update_thread(thread, by=asker, title="Is it bad?", body="More")
    Reply.objects.filter(pk=replies[5].pk).update(imported_as_professional=True, author=None)
    actions.split(thread, [replies[6].pk], title="Is it bad?", forum=None, by=moderator)
    hidden, locked, removed = about(is_anonymous=True), about(), about()
    actions.reply_to(hidden, by=asker, body="Look")
    actions.set_locked(locked, True, by=moderator)
    actions.reply_to(removed, by=helper, body="Look")
    actions.remove(removed, by=asker)
    for place in ("ask", f"reply:{thread.pk}", f"thread:{thread.pk}"):
        actions.save_draft(asker, place, body="Look")
    resource = make_resource(kind="link", url="https://example.org/", body="", slug="link")
    resource.forums.add(forum)
    article = make_resource(reviewed_by="Dr Clin")
    ResourceSource.objects.create(resource=article, title="Moles", publisher="Us", url="https://example.org/")
    CrisisLine.objects.create(
        country_name="Everybody", service="Samaritans", phone="116 123", hours="", emergency=["112", "999"],
        last_verified=timezone.localdate(), source_url="https://example.org/",
    )  # fmt: skip
    at = f"/threads/{thread.pk}"
    return [
        *("/", "/forums/moles/", "/forums/moles/?answered=no", "/forums/moles/?sort=none", "/forums/none/"),
        *(f"/forums/moles/?page={number}" for number in (2, 999)),
        *("/help-now/", "/resources/", "/resources/?forum=none", "/resources/link/", "/resources/moles/"),
        *(one.get_absolute_url() for one in (thread, hidden, locked, removed, asker, helper, clinician)),
        *(f"{thread.get_absolute_url()}?{query}" for query in ("sort=oldest", "page=2", "sort=none")),
        *("/ask/", "/forums/moles/ask/", "/ask/similar/?title=Is+it+bad%3F", "/ask/similar/?title=none"),
        *(f"{at}/{page}/" for page in ("reply", "edit", "delete", "history")),
        *(f"/threads/{other.pk}/reply/" for other in (locked, removed)),
        *(f"/replies/{replies[4].pk}/{page}/" for page in ("edit", "delete", "history", "caution")),
        *(f"/replies/{one.pk}/caution/" for one in (replies[1], answer)),
    ]


@pytest.mark.parametrize("role", ["visitor", "asker", "helper", "clinician", "colleague", "moderator"])
def test_pages(role, in_brackets, busy, sign_in, client):  # noqa: F811
    client = client if role == "visitor" else sign_in(User.objects.get(username=role))
    left = {address: Page(client.get(address).text).left for address in busy}
    assert {address: words for address, words in left.items() if words} == {}


def test_pages_of_somebody_who_has_blocked_the_others(in_brackets, busy, asker, helper, clinician, stranger, sign_in):  # noqa: F811
    for person in (asker, helper, clinician):
        block(person, by=stranger)
    client, left, pages = sign_in(stranger), {}, ""
    for address in ["/account/", *busy]:
        text = client.get(address).text
        left[address], pages = Page(text).left, pages + text
    for words in ("question", "reply", "caution"):
        assert re.search(rf"⟦[^⟦]*\b{words} by somebody you have blocked⟧", pages)
    assert {address: words for address, words in left.items() if words} == {}
    actions = [("helper", "block"), ("stranger", "block"), ("helper", "unblock")]
    for name, action in actions:
        answer = client.post(f"/people/{name}/{action}/", follow=True)
        assert "⟦" in answer.text
        assert Page(answer.text).left == []


@pytest.mark.parametrize("preview", ["", "1"])
def test_forms(preview, in_brackets, make_thread, make_reply, asker, helper, clinician, sign_in):  # noqa: F811
    thread = make_thread(title="Is it bad?", body="Look")
    reply = make_reply(thread=thread, body="More")
    typed = {"forum": thread.forum_id, "title": "Is it bad?", "body": "Look", "fact_age": "1 to 4", "preview": preview}
    wrong = {"title": "1" * 201, "body": "1" * 10_001, "fact_age": "0", "fact_tests": "1" * 201, "text": "1" * 501}
    left = {}
    for data in (typed, wrong, {"title": "a", "interest": "1" * 201}):
        for who, address in [
            (asker, "/ask/"),
            (asker, f"/threads/{thread.pk}/edit/"),
            (clinician, f"/threads/{thread.pk}/reply/"),
            (helper, f"/replies/{reply.pk}/edit/"),
            (clinician, f"/replies/{reply.pk}/caution/"),
            (asker, f"/replies/{reply.pk}/helpful/"),
            (helper, f"/replies/{reply.pk}/helpful/"),
        ]:
            answer = sign_in(who).post(address, data, follow=True)
            left[address, len(data)] = Page(answer.text).left
    assert {key: words for key, words in left.items() if words} == {}
