"""Canonical addresses, robots, social tags, and what is answered for questions that are gone."""

import re

import pytest
from django.urls import reverse

from forum.actions import ask, hide, remove, reply_to
from forum.models import Draft, Forum, Reply, Thread
from tests.conftest import make_user
from tests.integration.test_urls_by_role import TABLE, addresses  # noqa: F401 - a fixture
from tests.unit.resources.test_resources import make_resource

pytestmark = pytest.mark.django_db
SITE = "http://testserver"
KEPT_OUT = "noindex, noarchive, nosnippet"


def page_of(client, address, status=200):
    response = client.get(address)
    assert response.status_code == status
    return response.content.decode()


def canonical(client, address):
    found = re.findall(r'<link rel="canonical" href="([^"]+)">', page_of(client, address))
    assert len(found) == 1
    assert found[0].startswith(f"{SITE}/")
    return found[0].removeprefix(SITE)


def social(client, address):
    return dict(re.findall(r'<meta property="og:(\w+)" content="([^"]*)">', page_of(client, address)))


@pytest.mark.parametrize(
    "address",
    ["/", "/forums/moles/", "/people/asker/", "/resources/", "/resources/moles/", "/help-now/", "/about/", "/badge/",
     "/guidelines/", "/privacy/", "/accessibility/"],
)  # fmt: skip
def test_a_page_has_one_address_whatever_is_added_to_it(client, thread, address):
    make_resource()
    assert canonical(client, address) == address
    assert canonical(client, f"{address}?utm=x") == address


def test_the_pages_of_a_list_are_pages_of_their_own(client, thread, make_thread, make_reply):
    replies = [make_reply(body=f"Reply {number}") for number in range(41)]
    for number in range(20):
        make_thread(title=f"Question number {number}", by=make_user(f"asker{number}"))
        make_resource(f"Resource {number}")
    make_resource("One more")
    make_thread(title="One more question")
    path = thread.get_absolute_url()
    assert canonical(client, path) == path
    for query in ["page=3", "sort=newest&page=3", "page=3&sort=oldest"]:
        assert canonical(client, f"{path}?{query}") == f"{path}?page=3"
    assert canonical(client, f"{path}?sort=oldest") == path
    remove(replies[0], by=replies[0].author)
    # The time orders keep the place of the removed reply, and so the page that the default order lost.
    assert canonical(client, f"{path}?sort=oldest&page=3") == f"{path}?page=2"
    assert canonical(client, "/forums/moles/?page=2&sort=newest") == "/forums/moles/?page=2"
    assert canonical(client, "/forums/moles/?answered=no") == "/forums/moles/"
    assert canonical(client, "/forums/moles/?sort=newest&answered=no&page=2") == "/forums/moles/"
    assert canonical(client, "/resources/?page=2") == "/resources/?page=2"
    assert canonical(client, "/resources/?forum=moles") == "/resources/"
    assert canonical(client, "/people/helper/?page=2") == "/people/helper/?page=2"
    assert client.get("/resources/?page=1").url == "/resources/"


def test_social_networks_get_a_card(client, make_thread):
    thread = make_thread(title='A "quoted" <question>', body="*Some* & more.\n\n" + "word " * 100)
    card = social(client, thread.get_absolute_url())
    assert card["site_name"] == "Bedside"
    assert (card["type"], card["url"]) == ("article", SITE + thread.get_absolute_url())
    assert card["title"] == "A &quot;quoted&quot; &lt;question&gt;"
    assert card["description"].startswith("Some &amp; more. word")
    assert card["image"] == f"{SITE}/static/img/social.png"
    assert len(card["description"]) < 170
    make_resource()
    for address in ["/", "/forums/moles/", "/resources/", "/resources/moles/", "/help-now/", "/about/"]:
        assert social(client, address).keys() >= {"site_name", "type", "url", "title", "image"}, address


@pytest.mark.parametrize(
    "fields", [{"keep_out_of_search": True}, {"status": "removed"}], ids=["kept out", "removed with replies"]
)
def test_a_question_that_is_kept_out_says_only_the_sites_name(client, thread, reply, fields):
    Thread.objects.update(**fields)
    thread.refresh_from_db()
    response = client.get(thread.get_absolute_url())
    assert response["X-Robots-Tag"] == KEPT_OUT
    assert f'<meta name="robots" content="{KEPT_OUT}">' in response.content.decode()
    assert social(client, thread.get_absolute_url()) == {"site_name": "Bedside"}


def test_a_forum_that_is_kept_out_says_only_the_sites_name(client, forum):
    assert "X-Robots-Tag" not in client.get("/forums/moles/").headers
    Forum.objects.update(keep_out_of_search=True)
    assert client.get("/forums/moles/")["X-Robots-Tag"] == KEPT_OUT
    assert social(client, "/forums/moles/") == {"site_name": "Bedside"}


def test_a_profile_says_only_the_sites_name(client, asker):
    assert social(client, "/people/asker/") == {"site_name": "Bedside"}


INDEXED = {
    "forum:home", "forum:waiting", "forum:forum", "forum:thread",
    "resources:resource_list", "resources:resource", "resources:help_now",
    "page_badge", "page_guidelines", "page_privacy", "page_accessibility", "page_about",
    "moderation:transparency",
}  # fmt: skip


@pytest.mark.parametrize("role", ["visitor", "asker", "clinician"])
def test_every_other_page_is_kept_out_of_search_engines(role, addresses, request, sign_in, client):  # noqa: F811
    client = client if role == "visitor" else sign_in(request.getfixturevalue(role))
    open_pages = set()
    for name, address in addresses.items():
        response = client.get(address, follow=name == "forum:thread")
        if response.status_code == 200 and response["Content-Type"].startswith("text/html"):
            text = response.content.decode()
            if "noindex" not in response.get("X-Robots-Tag", "") and '<meta name="robots" content="noindex' not in text:
                open_pages.add(name)
    assert open_pages == INDEXED
    assert TABLE.keys() >= INDEXED


def test_global_privacy_control(client):
    response = client.get("/.well-known/gpc.json", headers={"Sec-GPC": "1"})
    assert response["Content-Type"] == "application/json"
    assert response.json() == {"gpc": True, "lastUpdate": "2026-11-22"}
    assert not response.cookies


def test_machines_get_no_cookie(client, thread, reply):
    make_resource()
    for name in ["sitemap", "sitemap_pages", "sitemap_forums", "sitemap_resources", "forum:feed", "robots"]:
        assert not client.get(reverse(name)).cookies
    assert not client.get(f"/threads/{thread.pk}/feed.atom").cookies
    assert not client.cookies


# Gone


def paths_of(thread, reply):
    return [
        thread.get_absolute_url(),
        f"/threads/{thread.pk}/",
        f"/threads/{thread.pk}/anything/?sort=newest&page=2",
        f"/threads/{thread.pk}/feed.atom",
        f"/threads/{thread.pk}/newest/",
        f"/threads/{thread.pk}/professional/",
        f"/replies/{reply.pk}/",
    ]


def test_a_hidden_question_is_gone_and_nobody_learns_what_it_was(
    client, sign_in, asker, stranger, moderator, make_thread, helper
):
    thread = make_thread(title="plantedtitle here", body="plantedbody")
    reply = reply_to(thread, by=helper, body="plantedreply")
    paths = [path for path in paths_of(thread, reply) if "planted" not in path]
    hide(thread, by=moderator)
    for who in [client, sign_in(stranger), sign_in(asker)]:
        for path in paths:
            text = page_of(who, path, 410).replace("Ash Asker", "", 1 if who.cookies else 0)  # the own name, on top
            assert "planted" not in text
            assert "Ash Asker" not in text
            assert 'content="noindex"' in text
            assert "This question is gone" in text
    assert sign_in(moderator).get(f"/threads/{thread.pk}/", follow=True).status_code == 200
    assert sign_in(moderator).get(f"/threads/{thread.pk}/question/?page=9").url == f"/threads/{thread.pk}/question/"


def test_a_question_that_was_taken_back_is_gone_once_no_reply_is_left(client, sign_in, thread, reply, asker, moderator):
    remove(thread, by=asker)
    thread.refresh_from_db()
    assert client.get(thread.get_absolute_url()).status_code == 200
    hide(reply, by=moderator)
    thread.refresh_from_db()
    for who in [client, sign_in(asker)]:
        for path in paths_of(thread, reply):
            page_of(who, path, 410)


def test_what_was_never_shown_is_not_found(client, sign_in, stranger, asker, thread, reply, make_thread):
    Thread.objects.filter(pk=thread.pk).update(status="held")
    for who in [client, sign_in(stranger)]:
        for path in paths_of(thread, reply):
            page_of(who, path, 404)
    assert sign_in(asker).get(f"/threads/{thread.pk}/", follow=True).status_code == 200
    for path in ["/threads/999999/", "/threads/999999/x/", "/threads/999999/feed.atom", "/replies/999999/"]:
        page_of(client, path, 404)
    hidden = make_thread(title="A hidden question")
    held = Reply.objects.create(thread=hidden, author=asker, body="x", status="held")
    Thread.objects.filter(pk=hidden.pk).update(status="hidden")
    page_of(client, f"/replies/{held.pk}/", 404)


def test_a_page_that_a_question_does_not_have_leads_to_the_first(client, thread):
    assert client.get(f"{thread.get_absolute_url()}?page=2").url == thread.get_absolute_url()


# Keeping a question out


def post_question(client, forum, **fields):
    form = {"forum": forum.pk, "title": "A question of mine", "body": "Details", **fields}
    assert client.post("/ask/", form).status_code == 302
    return Thread.objects.latest("pk")


def test_the_asker_decides_and_a_sensitive_forum_starts_kept_out(sign_in, asker, forum):
    client = sign_in(asker)
    assert post_question(client, forum).keep_out_of_search is False
    assert post_question(client, forum, keep_out_of_search="on", body="Two").keep_out_of_search is True
    Forum.objects.update(keep_out_of_search=True)
    thread = post_question(client, forum, body="Three")
    assert thread.keep_out_of_search is True
    assert 'name="keep_out_of_search" id="id_keep_out_of_search"' not in page_of(client, "/")
    boxes = re.compile(r'<input[^>]*name="keep_out_of_search"[^>]*>')
    assert "checked" in boxes.search(page_of(client, "/forums/moles/ask/"))[0]
    assert "checked" not in boxes.search(page_of(client, "/ask/"))[0]

    address = f"/threads/{thread.pk}/edit/"
    assert "checked" in boxes.search(page_of(client, address))[0]
    assert client.post(address, {"title": thread.title, "body": thread.body}).status_code == 302
    thread.refresh_from_db()
    assert thread.keep_out_of_search is False


def test_the_choice_is_kept_with_the_draft(sign_in, asker, forum):
    client = sign_in(asker)
    form = {"forum": forum.pk, "title": "A question of mine", "body": "Details", "keep_out_of_search": "on"}
    assert "checked" in page_of_post(client, {**form, "preview": "1"})
    assert Draft.objects.get().keep_out_of_search is True
    assert re.search(r'<input[^>]*name="keep_out_of_search"[^>]* checked', page_of(client, "/ask/"))


def page_of_post(client, form):
    return re.search(r'<input[^>]*name="keep_out_of_search"[^>]*>', client.post("/ask/", form).content.decode())[0]


def test_asking_directly_follows_the_forum(forum, asker):
    Forum.objects.update(keep_out_of_search=True)
    forum.refresh_from_db()
    assert ask(by=asker, forum=forum, title="A question", body="x").keep_out_of_search


def test_an_administrator_marks_a_forum_for_discussions(sign_in, administrator, forum):
    form = {"category": forum.category_id, "name": "Moles", "slug": "moles", "position": 0, "is_open": "on"}
    address = reverse("admin:forum_forum_change", args=[forum.pk])
    assert sign_in(administrator).post(address, {**form, "is_discussion": "on"}).status_code == 302
    assert Forum.objects.get().is_discussion
