"""With the keyboard alone, in real Chromium."""

import pytest
from playwright.sync_api import expect

from forum.actions import reply_to
from forum.models import HelpfulVote, Reply, Thread
from tests.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def replies(thread, helper):
    return [reply_to(thread, by=helper, body=f"Reply number {number}") for number in range(3)]


def focused(tab):
    return tab.evaluate("document.activeElement.id")


def test_j_and_k_go_from_reply_to_reply(tab, site, thread, replies):
    tab.goto(site + thread.get_absolute_url())
    places = []
    for key in ("j", "j", "j", "k", "k", "j", "j", "j", "j"):
        tab.keyboard.press(key)
        places.append(focused(tab))
    first, second, third = (f"reply-{reply.pk}" for reply in replies)
    assert places == ["question", first, second, first, "question", first, second, third, third]


def test_the_help_opens_closes_and_switches_the_keys_off(tab, site, thread, replies, accessible):
    tab.goto(site + thread.get_absolute_url())
    tab.keyboard.press("?")
    help_box = tab.get_by_role("dialog", name="Keyboard help")
    expect(help_box).to_be_visible()
    accessible(tab, "keyboard help")
    tab.keyboard.press("j")  # nothing moves behind it
    tab.get_by_label("Use these keys on this device").uncheck()
    tab.keyboard.press("Escape")
    expect(help_box).to_be_hidden()
    tab.keyboard.press("j")
    assert not focused(tab).startswith(("question", "reply-"))
    tab.get_by_role("button", name="Text size: large", exact=True).click()  # keeps the choice
    tab.goto(site + thread.get_absolute_url())
    expect(tab.locator("html")).to_have_class("text-large theme-system")
    tab.keyboard.press("j")
    assert not focused(tab).startswith(("question", "reply-"))
    tab.get_by_role("button", name="Keyboard help").press("Enter")
    tab.get_by_label("Use these keys on this device").check()
    tab.get_by_role("button", name="Close").press("Enter")
    tab.keyboard.press("j")
    assert focused(tab).startswith(("question", "reply-"))


def test_in_a_field_j_is_a_letter(tab, site, sign_in, asker, thread, replies):
    sign_in(tab, asker)
    tab.goto(site + thread.get_absolute_url())
    tab.get_by_label("Your reply").press_sequentially("jk?")
    expect(tab.get_by_label("Your reply")).to_have_value("jk?")
    expect(tab.get_by_role("dialog")).to_be_hidden()
    expect(tab.get_by_text("Draft saved")).to_be_visible()  # nothing is under way when the test ends


def tab_to(tab, name, *, at_most=80):
    """Press Tab until the element with this name has the focus, as a person would."""
    for _ in range(at_most):
        tab.keyboard.press("Tab")
        label = tab.evaluate(
            "(element => (element.labels?.[0]?.innerText || element.getAttribute('aria-label') || element.innerText"
            " || '').trim())(document.activeElement)"
        )
        words = " ".join(label.split())
        if words == name or (name.endswith(")") and words.startswith(name)):
            return
    raise AssertionError(f"Tab never reached {name!r}")


def test_sign_in_ask_reply_vote_and_sort_without_a_mouse(tab, site, forum, asker, helper):
    tab.goto(f"{site}/accounts/login/")
    tab_to(tab, "Username or e-mail address")
    tab.keyboard.type("asker")
    tab_to(tab, "Password")
    tab.keyboard.type(PASSWORD)
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("link", name=asker.name)).to_be_visible()

    tab.goto(site)
    tab.keyboard.press("Tab")
    expect(tab.get_by_role("link", name="Skip to main content")).to_be_focused()
    tab_to(tab, "Ask a question")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/ask/")
    tab_to(tab, "Forum")
    tab.keyboard.press("ArrowDown")
    tab_to(tab, "Your question in one sentence")
    tab.keyboard.type("Is this mole changing colour?")
    tab_to(tab, "Details")
    tab.keyboard.type("It looks darker.")
    tab_to(tab, "Publish question")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", level=1)).to_have_text("Is this mole changing colour?")

    reply = reply_to(Thread.objects.get(), by=helper, body="Show it to a doctor.")
    tab.reload()
    tab_to(tab, "Newest")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("link", name="Newest")).to_have_attribute("aria-current", "true")
    tab_to(tab, "Helpful (0)")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("button", name="Helpful (1)")).to_be_focused()
    assert HelpfulVote.objects.get().reply_id == reply.pk
    tab_to(tab, "Your reply")
    tab.keyboard.type("Thank you")
    tab_to(tab, "Post reply")
    tab.keyboard.press("Enter")
    expect(tab.get_by_text("Your reply is published")).to_be_visible()
    assert Reply.objects.filter(body="Thank you").exists()
