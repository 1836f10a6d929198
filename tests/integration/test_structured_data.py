"""What search engines read of questions and resources: schema.org's words, and nothing that the page does not show."""

import json
import re
from datetime import datetime

import pytest
from django.utils import timezone

from accounts.models import User
from forum.actions import ask, caution, hide, remove, reply_to, vote_helpful
from forum.models import Forum, Reply, Thread
from tests.conftest import make_user
from tests.unit.resources.test_resources import make_resource

pytestmark = pytest.mark.django_db
SITE = "http://testserver"
BLOCK = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)
MOMENT = datetime.fromisoformat

# DOMAIN 5: what must be there and what else may be. Nothing else is emitted.
TABLE = {
    "QAPage": ({"mainEntity"}, set()),
    "Question": (
        {"name", "answerCount", "text", "author", "datePublished", "commentCount"},
        {"acceptedAnswer", "suggestedAnswer", "dateModified"},
    ),
    "Answer": ({"text", "author", "datePublished", "upvoteCount", "url"}, {"dateModified"}),
    "DiscussionForumPosting": (
        {"author", "datePublished", "text", "headline", "url", "isPartOf", "commentCount"},
        {"comment", "dateModified"},
    ),
    "Comment": ({"text", "author", "datePublished", "upvoteCount", "url"}, {"dateModified"}),
    "Person": ({"name"}, {"url", "jobTitle"}),
    "BreadcrumbList": ({"itemListElement"}, set()),
    "ListItem": ({"position", "name", "item"}, set()),
    "MedicalWebPage": (
        {"name", "description", "url", "inLanguage", "audience", "lastReviewed", "datePublished", "dateModified",
         "publisher"},
        {"reviewedBy", "about"},
    ),
    "Patient": (set(), set()),
    "Organization": ({"name"}, set()),
    "Thing": ({"name"}, set()),
}  # fmt: skip


def check(thing):
    """The whole tree against the table."""
    if isinstance(thing, list):
        for one in thing:
            check(one)
    if not isinstance(thing, dict):
        return
    required, optional = TABLE[thing["@type"]]
    keys = thing.keys() - {"@type", "@context"}
    assert required <= keys <= required | optional, thing["@type"]
    for name, value in thing.items():
        assert value not in ("", None, []), name
        if name.startswith("date"):
            assert MOMENT(value).tzinfo
        if name in ("url", "item"):
            assert value.startswith(f"{SITE}/")
        check(value)


def blocks(client, address):
    page = client.get(address, follow=True)
    assert page.status_code == 200
    found = {}
    for text in BLOCK.findall(page.content.decode()):
        data = json.loads(text)
        assert data["@context"] == "https://schema.org"
        check(data)
        found[data["@type"]] = data
    return found


def question_of(client, thread):
    thread.refresh_from_db()
    return blocks(client, thread.get_absolute_url())["QAPage"]["mainEntity"]


def vote(reply, number, start=0):
    for voter in range(start, start + number):
        name = f"voter{voter}"
        vote_helpful(reply, by=User.objects.filter(username=name).first() or make_user(name))


def test_a_question_without_answers(client, thread):
    question = question_of(client, thread)
    assert (question["name"], question["text"]) == ("Is this mole changing?", "It looks darker.")
    assert (question["answerCount"], question["commentCount"]) == (0, 0)
    assert question["author"] == {"@type": "Person", "name": "Ash Asker", "url": f"{SITE}/people/asker/"}
    assert MOMENT(question["datePublished"]) == thread.created_at.replace(microsecond=0)
    assert not question.keys() & {"acceptedAnswer", "suggestedAnswer", "dateModified"}


def test_a_question_with_one_answer_suggests_it(client, thread, make_reply):
    reply = make_reply(body="One line.\n\n- a list\n- of <things> & *more*")
    vote(reply, 2)
    Reply.objects.update(edited_at=timezone.now())
    question = question_of(client, thread)
    [answer] = question["suggestedAnswer"]
    assert answer["text"] == "One line.\n\na list\nof <things> & more"
    assert (answer["upvoteCount"], question["answerCount"]) == (2, 1)
    assert answer["url"] == f"{SITE}/replies/{reply.pk}/"
    assert "dateModified" in answer
    assert "acceptedAnswer" not in question


@pytest.mark.parametrize(
    ("votes", "leader"), [((3, 2, 0), True), ((2, 1, 0), False), ((3, 3, 0), False), ((4, 0, 0), True)]
)
def test_an_answer_is_accepted_only_where_it_leads_with_three_votes(client, thread, make_reply, votes, leader):
    replies = [make_reply(body=f"Reply {number}") for number in range(3)]
    for reply, number in zip(replies, votes, strict=True):
        vote(reply, number)
    question = question_of(client, thread)
    assert ("acceptedAnswer" in question) == leader
    texts = [answer["text"] for answer in question["suggestedAnswer"]]
    assert texts == ["Reply 1", "Reply 2"] if leader else ["Reply 0", "Reply 1", "Reply 2"]
    if leader:
        assert question["acceptedAnswer"]["text"] == "Reply 0"


def test_all_answers_are_counted_and_those_of_the_page_are_given(client, thread, make_reply):
    for number in range(23):
        make_reply(body=f"Reply {number}")
    hide(Reply.objects.first(), by=make_user("mod", is_staff=True))
    question = question_of(client, thread)
    assert (question["answerCount"], len(question["suggestedAnswer"])) == (22, 20)


def test_an_anonymous_asker_stays_so_also_when_answering(client, make_thread, make_reply, asker, clinician):
    anonymous = {"@type": "Person", "name": "Anonymous"}
    thread = make_thread(is_anonymous=True)
    reply_to(thread, by=asker, body="More from me")
    question = question_of(client, thread)
    assert question["author"] == anonymous
    assert question["suggestedAnswer"][0]["author"] == anonymous
    page = client.get(thread.get_absolute_url()).content.decode()
    assert "Ash Asker" not in page
    assert "/people/asker" not in page

    own = make_thread(by=clinician, is_anonymous=True, title="A doctor asks this")
    reply_to(own, by=clinician, body="More")
    assert question_of(client, own)["suggestedAnswer"][0]["author"] == anonymous


def test_only_a_badge_that_is_shown_makes_a_job_title(client, forum, thread, clinician, approved, helper, stranger):
    approved()
    former = User.objects.get(pk=helper.pk)
    reply_to(thread, by=clinician, body="With badge")
    reply_to(thread, by=former, body="Former badge")
    imported = reply_to(thread, by=stranger, body="Imported")
    Reply.objects.filter(pk=imported.pk).update(imported_as_professional=True)
    people = {answer["text"]: answer["author"] for answer in question_of(client, thread)["suggestedAnswer"]}
    assert people["With badge"]["jobTitle"] == people["Former badge"]["jobTitle"] == "Dermatologist"
    assert people["With badge"]["@type"] == "Person"

    User.objects.filter(pk=former.pk).update(is_medical_professional=False, was_medical_professional=True)
    Reply.objects.filter(author=former).update(has_badge=False)
    Forum.objects.filter(pk=forum.pk).update(specialties=["cardiologist"])  # out of the other one's field
    assert "verified when answered" in client.get(thread.get_absolute_url()).content.decode()
    people = {answer["text"]: answer["author"] for answer in question_of(client, thread)["suggestedAnswer"]}
    assert [person for person in people.values() if "jobTitle" in person] == []
    Forum.objects.filter(pk=forum.pk).update(specialties=["dermatologist"])
    people = {answer["text"]: answer["author"] for answer in question_of(client, thread)["suggestedAnswer"]}
    assert [text for text, person in people.items() if "jobTitle" in person] == ["With badge"]


def test_a_closed_account_is_a_person_without_an_address(client, thread, reply, helper):
    User.objects.filter(pk=helper.pk).update(is_active=False)
    assert "url" not in question_of(client, thread)["suggestedAnswer"][0]["author"]
    Reply.objects.update(author=None)
    author = question_of(client, thread)["suggestedAnswer"][0]["author"]
    assert author == {"@type": "Person", "name": "Former member"}


def test_text_cannot_end_the_block(client, make_thread):
    thread = make_thread(title="</script><script>alert(1)</script> & so", body="</script><!-- & \u2028")
    page = client.get(thread.get_absolute_url()).content.decode()
    for block in BLOCK.findall(page):
        assert not re.search(r"[<>&\u2028]", block)
    assert "\\u003C/script\\u003E" in page
    assert question_of(client, thread)["name"] == thread.title


def test_a_discussion_is_a_posting_with_comments(client, forum, thread, make_reply):
    Forum.objects.update(is_discussion=True)
    found = blocks(client, thread.get_absolute_url())
    assert found.keys() == {"BreadcrumbList", "DiscussionForumPosting"}
    assert "comment" not in found["DiscussionForumPosting"]
    vote(make_reply(), 3)
    posting = blocks(client, thread.get_absolute_url())["DiscussionForumPosting"]
    assert (posting["headline"], posting["commentCount"]) == ("Is this mole changing?", 1)
    assert posting["comment"][0]["upvoteCount"] == 3
    assert posting["isPartOf"] == f"{SITE}/forums/moles/"


def test_only_the_first_page_in_the_default_order_describes_the_question(client, thread, make_reply):
    for number in range(21):
        make_reply(body=f"Reply {number}")
    thread.refresh_from_db()
    address = thread.get_absolute_url()
    assert "QAPage" in blocks(client, f"{address}?sort=helpful")
    for query in ["?page=2", "?sort=oldest", "?sort=newest", "?sort=newest&page=2"]:
        assert blocks(client, address + query).keys() == {"BreadcrumbList"}


@pytest.mark.parametrize(
    ("threads", "forums"),
    [({"keep_out_of_search": True}, {}), ({"status": "removed"}, {}), ({}, {"keep_out_of_search": True})],
)
def test_what_is_kept_out_or_removed_describes_nothing(client, thread, reply, threads, forums):
    Thread.objects.update(**threads or {"status": "published"})
    Forum.objects.update(**forums or {"keep_out_of_search": False})
    thread.refresh_from_db()
    assert blocks(client, thread.get_absolute_url()) == {}


def test_the_way_to_a_page(client, thread):
    def way(address):
        steps = blocks(client, address)["BreadcrumbList"]["itemListElement"]
        assert [step["position"] for step in steps] == list(range(1, len(steps) + 1))
        return [(step["name"], step["item"].removeprefix(SITE)) for step in steps]

    to_forum = [("Home", "/"), ("Skin", "/#category-skin"), ("Moles", "/forums/moles/")]
    assert way("/forums/moles/") == to_forum
    assert way(thread.get_absolute_url()) == [*to_forum, ("Is this mole changing?", thread.get_absolute_url())]


def test_a_resource_says_who_checked_it_and_when(client, forum):
    resource = make_resource(reviewed_by="Dr Jo Reader, dermatologist")
    resource.forums.add(forum)
    page = blocks(client, "/resources/moles/")["MedicalWebPage"]
    assert page["lastReviewed"] == resource.reviewed_on.isoformat()
    assert page["reviewedBy"] == {"@type": "Person", "name": "Dr Jo Reader, dermatologist"}
    assert page["about"] == [{"@type": "Thing", "name": "Moles"}]
    assert page["audience"] == {"@type": "Patient"}
    make_resource("Rashes", kind="link", url="https://e.org/", body="")
    assert not blocks(client, "/resources/rashes/")["MedicalWebPage"].keys() & {"reviewedBy", "about"}


def test_planted_words_of_what_is_not_shown_are_in_no_block(client, thread, make_reply, moderator, clinician, forum):
    hide(make_reply(body="plantedhidden"), by=moderator)
    remove(removed := make_reply(body="plantedremoved"), by=removed.author)
    held = make_reply(body="plantedheld")
    Reply.objects.filter(pk=held.pk).update(status="held")
    Thread.objects.filter(pk=thread.pk).update(reply_count=1)
    shown = make_reply(body="shown")
    caution(shown, by=clinician, text="plantedcaution")
    ask(by=moderator, forum=forum, title="plantedother question", body="x")
    for query in ["", "?sort=oldest"]:
        page = client.get(thread.get_absolute_url() + query).content.decode()
        assert not [block for block in BLOCK.findall(page) if "planted" in block]
