"""When the connection drops, and what scripts add to a page that stays open."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from forum.actions import reply_to
from forum.models import HelpfulVote, Reply

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_without_a_connection_an_honest_page_stands_in(browser, site, thread):
    context = browser.new_context(service_workers="allow")
    page = context.new_page()
    page.goto(site)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    context.set_offline(True)
    page.goto(site + thread.get_absolute_url())
    expect(page.get_by_role("heading", name="You have no connection")).to_be_visible()
    expect(page.get_by_role("link", name="112")).to_be_visible()
    kept = page.evaluate(
        "caches.keys().then(names => Promise.all(names.map(name => caches.open(name).then(cache => cache.keys()))))"
        ".then(lists => lists.flat().map(request => new URL(request.url).pathname))"
    )
    assert [path for path in kept if not path.startswith("/static/css/")] == ["/offline/"], (
        "no page of the forum is kept"
    )
    context.set_offline(False)
    page.get_by_role("link", name="Try again").click()
    expect(page.get_by_role("heading", name=thread.title)).to_be_visible()
    context.close()


def test_a_vote_that_could_not_be_sent_says_so_and_can_be_repeated(tab, site, sign_in, asker, reply):
    sign_in(tab, asker)
    tab.goto(site + reply.thread.get_absolute_url())
    button = tab.get_by_role("button", name="Helpful")
    tab.context.set_offline(True)
    button.click()
    expect(tab.get_by_role("status").filter(has_text="There is no connection")).to_be_visible()
    expect(button).to_have_attribute("aria-pressed", "false")
    tab.context.set_offline(False)
    tab.problems.clear()
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(tab.get_by_role("status").filter(has_text="1 person finds it helpful")).to_be_visible()
    assert HelpfulVote.objects.count() == 1


def test_a_reply_is_not_sent_into_nothing(tab, site, sign_in, asker, reply):
    sign_in(tab, asker)
    tab.goto(site + reply.thread.get_absolute_url())
    tab.context.set_offline(True)
    tab.get_by_label("Your reply").fill("Thank you")
    tab.get_by_role("button", name="Post reply").click()
    expect(tab.get_by_role("status").filter(has_text="Your text is still here")).to_be_visible()
    expect(tab.get_by_label("Your reply")).to_have_value("Thank you")
    tab.context.set_offline(False)
    tab.problems.clear()
    tab.get_by_role("button", name="Post reply").click()
    expect(tab.get_by_text("Your reply is published")).to_be_visible()
    assert Reply.objects.filter(body="Thank you").count() == 1


def test_a_quote_comes_into_the_open_reply_box(tab, site, sign_in, asker, thread, helper):
    reply_to(thread, by=helper, body="Show it to a doctor.")
    sign_in(tab, asker)
    tab.goto(site + thread.get_absolute_url())
    box = tab.get_by_label("Your reply")
    box.fill("First of all, thanks.")
    tab.get_by_role("link", name="Quote helper").click()
    expect(box).to_be_focused()
    value = box.input_value()
    assert value.startswith("First of all, thanks.\n\n> ")
    assert "Show it to a doctor." in value
    expect(tab.get_by_text("Draft saved")).to_be_visible()
    assert tab.url.endswith(thread.get_absolute_url())


def test_times_stay_true_while_a_page_is_open(tab, site, thread, reply):
    two_hours_ago = timezone.now() - timedelta(hours=2, minutes=5)
    Reply.objects.filter(pk=reply.pk).update(created_at=two_hours_ago)
    tab.clock.install()
    tab.goto(site + thread.get_absolute_url())
    time = tab.locator("article.reply time").first
    expect(time).to_have_text("2 hours ago")
    tab.clock.fast_forward("01:00:00")
    expect(time).to_have_text("3 hours ago")
    assert "UTC" in time.get_attribute("title")


def test_the_exact_time_shows_on_focus(tab, site, thread, reply):
    tab.goto(site + thread.get_absolute_url())
    tab.locator("article.reply .permalink").focus()
    tab.keyboard.press("Shift+Tab")
    tab.keyboard.press("Tab")
    shown = "getComputedStyle(document.querySelector('article.reply .permalink time'), '::after').content"
    assert "UTC" in tab.evaluate(shown)


def test_a_menu_closes_by_escape_and_by_a_click_beside_it(tab, site, sign_in, administrator):
    sign_in(tab, administrator)
    tab.goto(f"{site}/styleguide/")
    menu, item = tab.locator("details.menu"), tab.get_by_role("link", name="Earlier versions")
    menu.locator("summary").click()
    expect(item).to_be_visible()
    tab.keyboard.press("Escape")
    expect(item).to_be_hidden()
    expect(menu.locator("summary")).to_be_focused()
    menu.locator("summary").click()
    tab.get_by_role("heading", name="Style guide").click()
    expect(item).to_be_hidden()


def test_searching_with_the_keyboard_alone(tab, site, thread):
    tab.goto(site)
    tab.get_by_role("searchbox").focus()
    tab.keyboard.type("mole changing")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", name="1 question")).to_be_visible()
    link = tab.get_by_role("link", name=thread.title)
    for _ in range(40):
        tab.keyboard.press("Tab")
        if link.evaluate("element => element === document.activeElement"):
            break
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", name=thread.title, level=1)).to_be_visible()
