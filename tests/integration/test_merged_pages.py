"""What readers find where questions were merged or split: the posts, and no more of who wrote them."""

import json
import re

import pytest
from django.contrib.admin import site
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from forum.actions import hide, merge, remove, reply_to, split, undo_merge, undo_split, update_thread, vote_helpful
from forum.exchange.exporting import as_line
from forum.exchange.importing import Importer
from forum.models import Forum, Reply, Thread
from tests.conftest import make_user

pytestmark = pytest.mark.django_db
TITLE = "A question of its own"


@pytest.fixture
def into(make_thread, stranger):
    return make_thread(by=stranger, title="The older question", body="It grows.")


@pytest.fixture
def merged(thread, reply, into, moderator):
    """The reply that `thread` has become."""
    return merge(thread, into, by=moderator)


@pytest.fixture
def new(thread, make_reply, stranger, moderator):
    """What was split off: the second of two replies."""
    make_reply(body="To the point.")
    return split(thread, [make_reply(body="Gnuword?").pk], title=TITLE, forum=None, by=moderator)


def text_of(response):
    assert response.status_code == 200
    return response.getvalue().decode()


def ends_at(client, address):
    """Where the address leads in the end."""
    response = client.get(address, follow=True)
    assert response.status_code == 200, (address, response.status_code)
    assert all(status in (301, 302) for _, status in response.redirect_chain)
    return response.redirect_chain[-1][0] if response.redirect_chain else address


@pytest.mark.parametrize("page", ["", "is-this-mole-changing/", "another-title/", "?page=7", "?sort=newest"])
@pytest.mark.parametrize("who", ["visitor", "asker", "moderator"])
def test_the_address_leads_to_the_reply(client, sign_in, asker, moderator, thread, into, merged, page, who):
    reader = {"visitor": client, "asker": sign_in(asker), "moderator": sign_in(moderator)}[who]
    response = reader.get(f"/threads/{thread.pk}/{page}")
    assert (response.status_code, response["Location"]) == (302, f"/replies/{merged.pk}/")
    assert ends_at(reader, response["Location"]) == f"{into.get_absolute_url()}#reply-{merged.pk}"


def test_other_pages_of_it_lead_to_those_of_the_other(client, thread, into, merged, clinician):
    reply_to(into, by=clinician, body="Professional reply.")
    feed = client.get(f"/threads/{thread.pk}/feed.atom")
    assert (feed.status_code, feed["Location"]) == (302, f"/threads/{into.pk}/feed.atom")
    assert "Show it to a doctor." in text_of(client.get(feed["Location"]))
    for page in ("newest", "professional"):
        assert client.get(f"/threads/{thread.pk}/{page}/")["Location"] == f"/threads/{into.pk}/{page}/"
    assert "#reply-" in ends_at(client, f"/threads/{thread.pk}/professional/")


def test_a_feed_is_new_where_a_name_went(client, thread, reply):
    seen = client.get(f"/threads/{thread.pk}/feed.atom")["ETag"]
    Reply.objects.update(is_anonymous=True)
    assert client.get(f"/threads/{thread.pk}/feed.atom", headers={"If-None-Match": seen}).status_code == 200


def test_merges_in_a_row_lead_to_the_last(client, thread, into, merged, make_thread, moderator):
    last = make_thread(title="The last question")
    second = merge(into, last, by=moderator)
    assert ends_at(client, f"/threads/{thread.pk}/") == f"{last.get_absolute_url()}#reply-{merged.pk}"
    assert ends_at(client, f"/threads/{into.pk}/") == f"{last.get_absolute_url()}#reply-{second.pk}"


def test_it_shows_no_more_than_the_other(client, sign_in, asker, moderator, thread, into, merged):
    hide(into, by=moderator)
    for reader in (client, sign_in(asker)):
        for address in (f"/threads/{thread.pk}/", f"/threads/{thread.pk}/feed.atom", f"/replies/{merged.pk}/"):
            assert reader.get(address).status_code == 410
    assert sign_in(moderator).get(f"/threads/{thread.pk}/").status_code == 302
    Thread.objects.filter(pk=into.pk).update(status="held")
    assert client.get(f"/threads/{thread.pk}/").status_code == 404
    Thread.objects.filter(pk=into.pk).update(status="published")
    Forum.objects.update(is_open=False)
    assert client.get(f"/threads/{thread.pk}/").status_code == 404
    Forum.objects.update(is_open=True)
    Reply.objects.filter(pk=merged.pk).update(status="held")
    assert client.get(f"/threads/{thread.pk}/")["Location"] == into.get_absolute_url()


def test_its_author_edits_and_deletes_it_where_it_is(sign_in, asker, thread, into, moderator):
    update_thread(thread, by=asker, title=thread.title, body="It looks darker.")
    merged = merge(thread, into, by=moderator)
    page = sign_in(asker)
    assert "It looks darker." in text_of(page.get(f"/replies/{merged.pk}/edit/"))
    assert "It looks *darker*." in text_of(page.get(f"/replies/{merged.pk}/history/"))
    assert page.post(f"/replies/{merged.pk}/edit/", {"body": "Changed."}).status_code == 302
    assert page.post(f"/replies/{merged.pk}/delete/").status_code == 302
    assert Reply.objects.get(pk=merged.pk).status == "removed"
    assert ends_at(page, f"/threads/{thread.pk}/") == f"{into.get_absolute_url()}?sort=oldest#reply-{merged.pk}"


def test_a_reply_to_what_was_merged_meanwhile_gives_the_text_back(sign_in, helper, thread, merged):
    response = sign_in(helper).post(f"/threads/{thread.pk}/reply/", {"body": "Long thought about."})
    assert response.status_code == 404
    assert "Long thought about." in response.content.decode()


def test_lists_and_search_hold_only_the_one_that_is_left(client, thread, into, merged, moderator):
    pages = ["/forums/moles/", "/", "/waiting/", "/feed.atom", "/forums/moles/feed.atom", "/sitemap-threads-1.xml"]
    for page in pages:
        assert f"/threads/{thread.pk}/" not in text_of(client.get(page)), page
    found = text_of(client.get("/search/?q=doctor"))
    assert f"/threads/{into.pk}/" in found
    assert f"/threads/{thread.pk}/" not in found
    undo_merge(thread, by=moderator)
    found = text_of(client.get("/search/?q=doctor"))
    assert f"/threads/{thread.pk}/" in found
    assert f"/threads/{into.pk}/" not in found
    assert f"/threads/{thread.pk}/" in text_of(client.get("/sitemap-threads-1.xml"))


def test_after_undoing_the_reply_leads_to_the_question_again(client, thread, into, merged, moderator):
    undo_merge(thread, by=moderator)
    assert client.get(f"/threads/{thread.pk}/", follow=True).status_code == 200
    assert ends_at(client, f"/replies/{merged.pk}/") == thread.get_absolute_url()
    page = text_of(client.get(f"{into.get_absolute_url()}?sort=oldest"))
    assert f'This reply is now a question of its own: <a href="{thread.get_absolute_url()}">' in page


def test_every_permalink_finds_its_reply_on_its_page(client, thread, into, make_reply, helper, stranger, moderator):
    replies = [make_reply(body=f"Here {number}") for number in range(15)]
    replies += [reply_to(into, by=helper, body=f"There {number}") for number in range(15)]
    for reply in replies[::4]:
        vote_helpful(reply, by=stranger if reply.author != stranger else helper)
    replies.append(merge(thread, into, by=moderator))

    def check():
        for reply in replies:
            page = text_of(client.get(f"/replies/{reply.pk}/", follow=True))
            assert f'id="reply-{reply.pk}"' in page or Reply.objects.get(pk=reply.pk).stands_as_id

    check()
    new = split(into, [reply.pk for reply in replies[5:20]], title=TITLE, forum=None, by=moderator)
    check()
    undo_split(new, by=moderator)
    check()


def test_a_signpost_says_where_the_question_is(client, sign_in, thread, new, helper, moderator):
    signpost = Reply.objects.get(stands_as=new)
    update_thread(new, by=helper, title="Is 1 < 2 & <b>so</b>?", body="Gnuword?")
    new.refresh_from_db()
    link = f'question of its own: <a href="{new.get_absolute_url()}">Is 1 &lt; 2 &amp; &lt;b&gt;so&lt;/b&gt;?</a>'
    for reader in (client, sign_in(helper), sign_in(moderator)):
        for sort in ("oldest", "newest"):
            page = text_of(reader.get(f"{thread.get_absolute_url()}?sort={sort}"))
            assert f'id="reply-{signpost.pk}"' in page
            assert link in page
            assert "Gnuword" not in page
        assert f'id="reply-{signpost.pk}"' not in text_of(reader.get(thread.get_absolute_url()))
        assert reader.get(f"/replies/{signpost.pk}/")["Location"] == new.get_absolute_url()


@pytest.mark.parametrize("how", ["hidden", "removed", "held", "forum closed", "removed with a reply"])
def test_a_signpost_to_what_nobody_sees_says_nothing(client, thread, new, helper, stranger, moderator, forum, how):
    signpost = Reply.objects.get(stands_as=new)
    match how:
        case "hidden":
            hide(new, by=moderator)
        case "removed":
            remove(new, by=helper)
        case "held":
            Thread.objects.filter(pk=new.pk).update(status="held")
        case "forum closed":
            closed = Forum.objects.create(category=forum.category, name="Closed", slug="shut", is_open=False)
            Thread.objects.filter(pk=new.pk).update(forum=closed)
        case "removed with a reply":
            reply_to(new, by=stranger, body="A reply.")
            remove(new, by=helper)
    page = text_of(client.get(f"{thread.get_absolute_url()}?sort=oldest"))
    assert TITLE not in page
    assert "a-question-of-its-own" not in page
    location = client.get(f"/replies/{signpost.pk}/")["Location"]
    assert "a-question-of-its-own" not in location
    expected = {"hidden": 410, "removed": 410, "removed with a reply": 200}.get(how, 404)
    assert client.get(location, follow=True).status_code == expected
    assert ("question of its own" in page) == (expected == 200)


def test_after_undoing_a_split_its_address_leads_to_the_reply(client, thread, new, moderator):
    reply = Reply.objects.get(stands_as=new)
    undo_split(new, by=moderator)
    for _ in range(2):
        assert ends_at(client, f"/threads/{new.pk}/") == f"{thread.get_absolute_url()}#reply-{reply.pk}"
        again = split(thread, [reply.pk], title="Once more a question", forum=None, by=moderator)
        assert ends_at(client, f"/threads/{new.pk}/") == again.get_absolute_url()
        undo_split(again, by=moderator)


def test_signposts_cost_one_query_a_page(client, thread, make_reply, moderator, settings):
    settings.SHARED_PAGES_MB = 0
    make_reply()
    address = f"{thread.get_absolute_url()}?sort=oldest"

    def cost():
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    before = cost()
    for number in range(3):
        split(thread, [make_reply(body=f"x{number}").pk], title=TITLE, forum=None, by=moderator)
        assert cost() == before + 1


def test_an_anonymous_asker_is_nowhere_named(client, sign_in, make_thread, into, helper, clinician, moderator):
    """By page, feed, structured data, profile, search or the back office."""
    person = make_user("incognito", display_name="Ida Incognito")
    thread = make_thread(by=person, is_anonymous=True, title="An embarrassing thing", body="Gnuword.")
    own = reply_to(thread, by=person, body="Thank you, gnuword.")
    merged = merge(thread, into, by=moderator)
    addresses = [
        f"{into.get_absolute_url()}{query}" for query in ("", "?sort=oldest", "?sort=newest")
    ] + [f"/threads/{into.pk}/feed.atom", "/feed.atom", "/", "/forums/moles/", "/search/?q=gnuword"]  # fmt: skip
    for reader in (client, sign_in(helper), sign_in(moderator)):
        for address in addresses:
            page = text_of(reader.get(address)).lower()
            assert "ida incognito" not in page, address
            assert "/people/incognito" not in page, address
    page = text_of(client.get(into.get_absolute_url()))
    answers = json.loads(re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)[-1])["mainEntity"]
    assert {answer["author"]["name"] for answer in answers["suggestedAnswer"]} == {"Anonymous"}
    assert "Reply by Anonymous" in text_of(client.get(f"/threads/{into.pk}/feed.atom"))
    profile = text_of(client.get("/people/incognito/"))
    assert "nuword" not in profile
    assert "embarrassing" not in profile
    assert "data-thread-id" in text_of(client.get("/search/?q=gnuword"))
    assert "data-thread-id" not in text_of(client.get("/search/?q=gnuword&author=incognito"))
    for reply in (own, merged):
        page = text_of(sign_in(helper).get(f"/threads/{into.pk}/reply/?quote={reply.pk}", follow=True))
        assert "Ida" not in page
    undo_merge(thread, by=moderator)
    page = text_of(client.get(thread.get_absolute_url()))
    assert "Anonymous" in page
    assert "asked this question" in page
    assert "Ida" not in page


def test_the_back_office_does_not_name_either(rf, make_thread, into, moderator):
    person = make_user("incognito", display_name="Ida Incognito")
    thread = make_thread(by=person, is_anonymous=True)
    own = reply_to(thread, by=person, body="Thank you.")
    named = reply_to(into, by=person, body="Me too.")
    merged = merge(thread, into, by=moderator)
    desk = site.get_model_admin(Reply)
    assert list(desk.get_search_results(rf.get("/"), Reply.objects.all(), "incognito")[0]) == [named]
    assert {desk.byline(Reply.objects.get(pk=reply.pk)) for reply in (own, merged)} == {"Anonymous"}


def test_a_named_reply_keeps_its_name_and_profile(client, thread, into, helper, clinician, moderator):
    answer = reply_to(thread, by=clinician, body="Professional gnuword.")
    merge(thread, into, by=moderator)
    page = text_of(client.get(into.get_absolute_url()))
    assert "Dr Clin Ician" in page
    assert "Medical professional" in page
    profile = text_of(client.get("/people/clinician/"))
    assert "The older question" in profile
    assert f"/replies/{answer.pk}/" in profile


def test_an_anonymous_reply_travels_without_a_name(make_thread, into, asker, moderator):
    thread = make_thread(is_anonymous=True)
    reply_to(thread, by=asker, body="Thank you.")
    merge(thread, into, by=moderator)
    into.refresh_from_db()
    line = as_line(into, into.replies.order_by("pk"), set())
    assert [reply["author"] for reply in line["replies"]] == ["Anonymous", "Anonymous"]
    line["id"], line["source"] = "1", "Elsewhere"
    importer = Importer(now=timezone.now())
    list(importer.run([json.dumps(line).encode()]))
    assert importer.outcome.bad == []
    imported = Thread.objects.get(source__name="Elsewhere").replies.all()
    assert {(reply.author, str(reply.byline.name), reply.byline.note) for reply in imported} == {
        (None, "Anonymous", "")
    }
