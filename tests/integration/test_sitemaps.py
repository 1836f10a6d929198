"""The sitemap: every page that search engines may have, with its date, and none that they may not."""

import re
import time
from datetime import datetime, timedelta
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from config import sitemaps
from forum.actions import ask, hide, update_thread
from forum.models import Forum, Thread
from tests.unit.resources.test_resources import make_resource

pytestmark = pytest.mark.django_db
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
SITE = "http://testserver"


def read(client, address, root="urlset"):
    response = client.get(address)
    assert (response.status_code, response["Content-Type"]) == (200, "application/xml; charset=utf-8")
    tree = ElementTree.fromstring(b"".join(response) if response.streaming else response.content)
    assert tree.tag == MAP + root
    assert {part.tag for part in tree.iter()} <= {MAP + name for name in (root, "url", "sitemap", "loc", "lastmod")}
    return {part.find(f"{MAP}loc").text: part.findtext(f"{MAP}lastmod") for part in tree}


def files(client):
    return [address.removeprefix(SITE) for address in read(client, "/sitemap.xml", "sitemapindex")]


def file_of(thread):
    return f"/sitemap-threads-{-(-thread.pk // sitemaps.IDS_IN_FILE)}.xml"


def all_pages(client):
    return {page: when for address in files(client) for page, when in read(client, address).items()}


def test_the_sitemap_leads_to_every_public_page(client, thread, forum):
    make_resource()
    pages = all_pages(client)
    expected = ["/", "/forums/moles/", thread.get_absolute_url(), "/resources/", "/resources/moles/", "/help-now/"]
    expected += ["/about/", "/badge/", "/guidelines/", "/privacy/", "/accessibility/", "/transparency/"]
    assert sorted(pages) == sorted(SITE + path for path in expected)
    for page in pages:
        response = client.get(page)
        assert response.status_code == 200
        assert f'<link rel="canonical" href="{page}">' in response.content.decode()
        assert "noindex" not in response.content.decode() + str(response.headers)


def test_dates_are_those_of_the_last_change(client, thread, make_thread, asker, forum):
    moment = timezone.now().replace(microsecond=0)
    older = make_thread(title="An older question")
    Thread.objects.filter(pk=thread.pk).update(last_activity_at=moment - timedelta(days=2), edited_at=None)
    Thread.objects.filter(pk=older.pk).update(last_activity_at=moment - timedelta(days=9), edited_at=moment)
    resource = make_resource()
    pages = {page.removeprefix(SITE): when for page, when in all_pages(client).items()}
    assert datetime.fromisoformat(pages[thread.get_absolute_url()]) == moment - timedelta(days=2)
    assert datetime.fromisoformat(pages[older.get_absolute_url()]) == moment
    assert datetime.fromisoformat(pages["/forums/moles/"]) == moment - timedelta(days=2)
    assert datetime.fromisoformat(pages["/resources/moles/"]) == resource.updated_at.replace(microsecond=0)
    assert pages["/about/"] is None


@pytest.mark.parametrize(
    "fields",
    [{"status": "held"}, {"status": "hidden"}, {"status": "removed", "reply_count": 1, "place_count": 1},
     {"keep_out_of_search": True}],
)  # fmt: skip
def test_a_question_that_is_not_for_search_engines_is_left_out(client, thread, make_thread, fields):
    planted = make_thread(title="plantedtitle")
    Thread.objects.filter(pk=planted.pk).update(**fields)
    pages = all_pages(client)
    assert SITE + thread.get_absolute_url() in pages
    assert not [page for page in pages if "planted" in page or f"/threads/{planted.pk}/" in page]


@pytest.mark.parametrize("fields", [{"is_open": False}, {"keep_out_of_search": True}])
def test_a_forum_that_is_not_for_search_engines_is_left_out_with_its_questions(client, thread, fields):
    Forum.objects.update(**fields)
    assert not [page for page in all_pages(client) if "/forums/" in page or "/threads/" in page]


def test_a_resource_that_is_not_shown_is_left_out(client):
    make_resource(is_published=False)
    today = timezone.localdate()
    make_resource("Old", reviewed_on=today - timedelta(days=90), next_review_on=today - timedelta(days=31))
    assert not [page for page in all_pages(client) if re.search(r"/resources/\w", page)]


def test_a_site_without_questions_has_a_sitemap(client, forum):
    assert files(client) == ["/sitemap-pages.xml", "/sitemap-forums.xml", "/sitemap-resources.xml"]
    assert read(client, "/sitemap-resources.xml") == {}
    assert client.get("/sitemap-threads-1.xml").status_code == 404


def test_files_that_do_not_exist_are_not_found(client, thread):
    beyond = int(re.search(r"\d+", file_of(thread))[0]) + 1
    for number in (beyond, 0, "01", "a", 9_999_999_999, 99_999_999_999):
        assert client.get(f"/sitemap-threads-{number}.xml").status_code == 404


def test_a_file_that_did_not_change_is_sent_once(client, thread, make_thread, asker, moderator):
    address = file_of(thread)
    had = client.get(address)
    assert had["Last-Modified"]

    def status():
        with CaptureQueriesContext(connection) as captured:
            response = client.get(address, headers={"If-None-Match": had["ETag"]})
            if response.streaming:
                b"".join(response)
        assert len(captured) == (1 if response.status_code == 304 else 2)
        return response.status_code

    assert status() == 304
    assert client.get(address, headers={"If-Modified-Since": had["Last-Modified"]}).status_code == 304
    changes = [
        lambda: update_thread(thread, by=asker, title="Another title", body="x"),
        lambda: [make_thread(title="A new question"), make_thread(title="One more new question")],
        lambda: update_thread(thread, by=asker, title="Another title", body="x", keep_out_of_search=True),
        lambda: hide(Thread.objects.latest("pk"), by=moderator),
    ]
    for change in changes:
        change()
        assert status() == 200
        had = client.get(address)
        assert status() == 304


def test_one_question_in_and_another_one_out_is_a_change(client, thread, make_thread):
    other, moment = make_thread(title="Another question"), timezone.now()
    Thread.objects.update(last_activity_at=moment)
    seen = set()
    for kept_out in (thread, other):
        Thread.objects.update(keep_out_of_search=False)
        Thread.objects.filter(pk=kept_out.pk).update(keep_out_of_search=True)
        seen.add(client.get(file_of(thread))["ETag"])
    assert len(seen) == 2


def test_odd_titles_make_good_addresses(client, forum, asker):
    thread = ask(by=asker, forum=forum, title="<&> Ünïcödé “quotes” 日本 reply", body="x")
    other = ask(by=asker, forum=forum, title="日本日本日本", body="x")
    pages = all_pages(client)
    assert {SITE + thread.get_absolute_url(), SITE + other.get_absolute_url()} <= pages.keys()


def test_a_large_site(client, forum, asker):
    """120,000 questions: whole in the files, each file few queries, none reads beyond its range."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL bedside.bulk = 'on'")
        cursor.execute(
            """
            INSERT INTO forum_thread (id, forum_id, author_id, title, body, body_html, is_anonymous, keep_out_of_search)
            SELECT 7000000 + n, %s, %s, 'Question ' || n, 'Text', '<p>Text</p>', false, n %% 10 = 0
            FROM generate_series(1, 120000) n
            """,
            [forum.pk, asker.pk],
        )
        cursor.execute("ANALYZE forum_thread")
    with CaptureQueriesContext(connection) as captured:
        names = [name for name in files(client) if "threads" in name]
    assert len(captured) == 1
    assert len(names) == 143  # 7,120,000 ids
    started = time.perf_counter()
    sizes = []
    for name in names[-3:]:
        with CaptureQueriesContext(connection) as captured:
            response = client.get(name)
            body = b"".join(response.streaming_content)
        assert len(captured) == 2
        assert len(body) < 50_000_000
        sizes.append(body.count(b"<url>"))
    assert sizes == [45_000, 45_000, 18_000]
    assert read(client, names[0]) == {}  # a range whose questions are all gone
    assert time.perf_counter() - started < 30  # far more than it needs; a query for each row would need minutes
    plan = Thread.objects.filter(pk__gt=7_050_000, pk__lte=7_100_000).explain()
    assert "Seq Scan" not in plan


def test_robots_txt_names_the_sitemap_and_nothing_private(client):
    lines = client.get("/robots.txt").content.decode().split("\n")
    assert f"Sitemap: {SITE}{reverse('sitemap')}" in lines
    assert not [line for line in lines if line.startswith("Disallow")]
