"""The first page of the admin in real Chromium: accessible, nothing cut off, the same without scripts."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from forum.actions import vote_helpful
from forum.models import HelpfulVote, Reply, Thread
from moderation import actions
from moderation.models import Case
from tests.conftest import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def busy(make_thread, make_reply, asker, stranger, administrator):
    """A site with questions, votes, decided cases and a long name on call."""
    for days in range(1, 9):
        at = timezone.now() - timedelta(days=3 * days)
        thread = make_thread()
        reply = make_reply(thread=thread)
        vote_helpful(reply, by=asker)
        Thread.objects.filter(pk=thread.pk).update(created_at=at)
        Reply.objects.filter(pk=reply.pk).update(created_at=at + timedelta(hours=5 * days))
        HelpfulVote.objects.filter(reply=reply).update(created_at=at + timedelta(hours=1))
        Case.objects.create(
            kind="held", urgency=4, reply=reply, opened_at=at, closed_at=at + timedelta(hours=5 * days)
        )  # fmt: skip
        actions.report(reply, by=stranger, reason="spam")
    Case.objects.filter(closed_at=None).update(opened_at=timezone.now() - timedelta(days=40))
    make_user("pneumonoultramicroscopicsilicovolcanoconiosis", is_staff=True, is_on_call=True)
    return administrator


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_it_is_accessible_and_fits(tab, site, sign_in, busy, accessible, width, theme):
    tab.set_viewport_size({"width": width, "height": 900})
    tab.emulate_media(color_scheme=theme)
    sign_in(tab, busy)
    tab.goto(f"{site}/admin/")
    for heading in ("The queue", "On call", "Time to a decision", "Questions a day", "New members a day"):
        expect(tab.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    expect(tab.get_by_role("img", name="Answered within 24 hours")).to_be_visible()
    tab.evaluate("document.querySelectorAll('.dash details').forEach(one => one.open = true)")
    expect(tab.get_by_role("columnheader", name="In time").first).to_be_visible()
    accessible(tab, f"dashboard {width} {theme}")
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [320, 1280])
def test_it_can_be_read_with_text_at_twice_its_size(tab, site, sign_in, busy, width):
    tab.set_viewport_size({"width": width, "height": 900})
    sign_in(tab, busy)
    tab.goto(f"{site}/admin/")
    before = tab.locator(".chart__word").first.bounding_box()["height"]
    tab.evaluate(
        "() => { const sheet = new CSSStyleSheet(); sheet.replaceSync('html { font-size: 200% !important }');"
        "document.adoptedStyleSheets = [sheet]; }"
    )
    assert tab.locator(".chart__word").first.bounding_box()["height"] > 1.8 * before
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


def test_what_it_shows_needs_no_script_and_leads_to_the_queue(browser, tab, site, sign_in, busy):
    sign_in(tab, busy)
    context = browser.new_context(java_script_enabled=False, storage_state=tab.context.storage_state())
    page = context.new_page()
    page.goto(f"{site}/admin/")
    expect(page.get_by_role("img")).to_have_count(6)
    page.locator(".dash__panel summary").first.click()
    expect(page.get_by_role("columnheader", name="Half within")).to_be_visible()
    page.get_by_role("link", name="Reported").click()
    expect(page.locator("#result_list tbody tr")).to_have_count(8)
    context.close()


def test_columns_are_drawn_as_high_as_they_say(tab, site, sign_in, busy):
    sign_in(tab, busy)
    tab.goto(f"{site}/admin/")
    chart = tab.get_by_role("img", name="Questions a day")
    base = chart.locator(".chart__base").bounding_box()["y"]
    top = chart.locator(".chart__grid").first.bounding_box()["y"]
    columns = [one.bounding_box() for one in chart.locator(".chart__column").all()]
    assert len(columns) == 8
    for box in columns:  # one question on an axis to two
        assert box["height"] == pytest.approx((base - top) / 2, abs=2)
        assert box["y"] + box["height"] == pytest.approx(base, abs=2)
