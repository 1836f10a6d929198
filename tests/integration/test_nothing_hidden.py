"""No address that a stranger or a member may open shows a hidden, held or removed post, not even its title."""

import itertools

import pytest
from django.core import mail
from django.tasks import default_task_backend
from django.urls import reverse

from forum.actions import hide, hold, remove, reply_to, save_draft, update_reply, update_thread
from forum.models import Reply, Thread
from moderation import actions
from notifications import actions as news
from notifications.models import Notification
from search.actions import learn_words
from search.similar import find_similar
from tests.integration.test_urls_by_role import TABLE
from tests.unit.resources.test_resources import make_resource

pytestmark = pytest.mark.django_db

ROLES = ["visitor", "stranger", "clinician"]
STATES = ["hidden", "held", "removed"]
# Made up, so that nothing else on a page can hold them.
TITLE, OLD_TITLE, BODY, FACT = "Zephyrine", "Ottolenge", "Quixotal", "Merovinge"
REPLY, OLD_REPLY = "Borborygm", "Haliaeet"
BELOW = "Whifflet"  # what somebody else replied to a question that is hidden or held
WORDS = [word.lower() for word in (TITLE, OLD_TITLE, BODY, FACT, REPLY, OLD_REPLY)]
NOT_ASKED = {"account_logout", "forum:draft"}


@pytest.fixture(params=STATES)
def state(request):
    return request.param


@pytest.fixture
def planted(state, make_thread, asker, helper, stranger, moderator):
    """A question and a reply (to another question) in that state, with every word somewhere in them."""
    default_task_backend.clear()
    open_thread = make_thread(title="An open question", body="Open text")
    thread = make_thread(title=f"Is it {OLD_TITLE}?", body=BODY, facts={"medicines": FACT})
    update_thread(thread, by=asker, title=f"Is it {TITLE}?", body=BODY, facts={"medicines": FACT})
    for one in (thread, open_thread):
        news.follow(one.pk, "all", by=stranger)
    reply = reply_to(open_thread, by=helper, body=f"{OLD_REPLY} it is")
    update_reply(reply, by=helper, body=f"{REPLY} it is")
    below = reply_to(thread, by=helper, body=f"{BELOW} below it")
    news.spread_news()
    assert Notification.objects.filter(user=stranger).count() == 2
    list(find_similar())
    actions.report(thread, by=stranger, reason="spam")
    actions.report(reply, by=stranger, reason="spam")
    save_draft(asker, f"thread:{thread.pk}", title=TITLE, body=BODY)
    if state == "removed":
        remove(thread, by=asker)
        remove(reply, by=helper)
    else:
        change = {"hidden": hide, "held": hold}[state]
        change(thread, by=moderator)
        change(reply, by=moderator)
    learn_words()
    make_resource()
    return {"threads": [thread, open_thread], "replies": [reply, below]}


def addresses_of(planted):
    """Every public address, with every object that it can be asked for."""
    for name, (arguments, *_) in TABLE.items():
        if name.startswith("admin:") or name in NOT_ASKED:
            continue
        choices = []
        for key, value in arguments.items():
            known = {"thread": planted["threads"], "reply": planted["replies"]}.get(value)
            choices.append([(key, one.pk) for one in known] if known else [(key, value)])
        for chosen in itertools.product(*choices):
            yield reverse(name, kwargs=dict(chosen))
    yield from (f"/notifications/{pk}/" for pk in Notification.objects.values_list("pk", flat=True))
    for thread in planted["threads"]:
        base = reverse("forum:thread", args=[thread.pk, "question"])
        yield from (f"{base}?sort=oldest", f"{base}?sort=newest", f"{base}?page=2", f"/threads/{thread.pk}/zephyrine/")
        yield f"/threads/{thread.pk}/reply/?quote=question"
        yield from (f"/threads/{thread.pk}/reply/?quote={reply.pk}" for reply in planted["replies"])
    yield from ("/people/asker/", "/people/helper/", "/forums/moles/?sort=newest", "/forums/moles/?answered=no")
    for word in (TITLE, OLD_TITLE, BODY, FACT, REPLY, OLD_REPLY, "Zephyrin", "open"):
        yield from (f"/search/?q={word}", f"/search/suggest/?q={word[:4]}", f"/search/similar/?title=Is it {word}?")


def heard(response):
    """All of an answer: headers, addresses and text; without what the person has just asked for."""
    headers = " ".join(f"{key}: {value}" for key, value in response.items())
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return f"{headers}\n{body.decode(errors='replace')}".lower()


@pytest.mark.parametrize("role", ROLES)
def test_no_public_address_shows_it(role, state, planted, request, sign_in, client):
    client = client if role == "visitor" else sign_in(request.getfixturevalue(role))
    asked = 0
    for address in addresses_of(planted):
        response = client.get(address)
        found = [word for word in WORDS if word in heard(response) and word not in address.lower()]
        assert (address, found) == (address, [])
        asked += 1
    assert asked > 100


@pytest.mark.parametrize("role", ROLES)
def test_what_others_replied_to_it_is_hidden_with_it(role, state, planted, request, sign_in, client):
    client = client if role == "visitor" else sign_in(request.getfixturevalue(role))
    shown = [address for address in addresses_of(planted) if BELOW.lower() in heard(client.get(address))]
    assert bool(shown) == (state == "removed")  # a question that was taken back leaves its replies


def test_a_search_page_repeats_the_words_only_in_the_box(planted, client):
    for word in (TITLE, BODY, REPLY):
        page = client.get(f"/search/?q={word}").content.decode()
        assert "data-thread-id" not in page


def test_forms_do_not_bring_it_back(planted, sign_in, stranger):
    client = sign_in(stranger)
    thread, reply = planted["threads"][0], planted["replies"][0]
    for address in (
        f"/threads/{thread.pk}/reply/", f"/threads/{thread.pk}/edit/", f"/threads/{thread.pk}/delete/",
        f"/threads/{thread.pk}/report/", f"/replies/{reply.pk}/edit/", f"/replies/{reply.pk}/report/",
        f"/replies/{reply.pk}/helpful/", f"/replies/{reply.pk}/caution/", f"/replies/{reply.pk}/redact/",
    ):  # fmt: skip
        answer = heard(client.post(address, {"body": "x", "preview": "1", "reason": "spam", "words": "x"}))
        assert [word for word in WORDS if word in answer] == [], address


def test_no_mail_shows_it(planted, stranger, moderator):
    for result in default_task_backend.results:
        if result.task.module_path.startswith("moderation."):
            result.task.func(*result.args)
    assert mail.outbox
    for message in mail.outbox:
        whole = message.message().as_string() + message.body
        assert [word for word in WORDS if word in whole.lower()] == []


def test_the_author_still_reads_what_is_held(planted, state, sign_in, asker, helper):
    thread, reply = Thread.objects.get(pk=planted["threads"][0].pk), Reply.objects.get(pk=planted["replies"][0].pk)
    page = sign_in(asker).get(thread.get_absolute_url())
    assert (TITLE in page.text) == (state == "held")
    page = sign_in(helper).get(planted["threads"][1].get_absolute_url())
    assert (REPLY in page.text) == (state == "held")
    assert sign_in(helper).get(reply.get_absolute_url()).status_code in (302, 410)
