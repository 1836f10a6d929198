"""What people come for, in real Chromium, with and without JavaScript."""

import re

import pytest
from django.core import mail
from playwright.sync_api import expect

from forum.actions import reply_to
from forum.models import Draft, HelpfulVote, Reply, Thread

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def with_script(request):
    return request.param


@pytest.fixture
def browser_context_args(browser_context_args, request):
    if "with_script" not in request.fixturenames:
        return browser_context_args
    return {**browser_context_args, "java_script_enabled": request.getfixturevalue("with_script")}


def test_ask_reply_vote_sort(tab, site, sign_in, with_script, forum, asker, helper):
    sign_in(tab, asker)
    tab.goto(site)
    tab.get_by_role("link", name="Moles").click()
    tab.get_by_role("link", name="Ask in this forum").click()
    tab.get_by_role("button", name="Publish question").click()
    expect(tab.get_by_role("heading", name="There is a problem")).to_be_visible()
    assert tab.title().startswith("Error: ")
    tab.get_by_role("link", name="Write your question in one sentence.").click()
    expect(tab.get_by_label("Your question in one sentence")).to_be_focused()
    tab.get_by_label("Your question in one sentence").fill("Is this mole changing?")
    tab.get_by_label("Details").fill("It looks **darker**.")
    tab.get_by_role("button", name="Preview").click()
    expect(tab.get_by_role("region", name="Preview: not published yet").locator("strong")).to_have_text("darker")
    assert not Thread.objects.exists()
    tab.get_by_role("button", name="Publish question").click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("Is this mole changing?")
    assert not Draft.objects.exists()

    thread = Thread.objects.get()
    first = reply_to(thread, by=helper, body="First reply")
    reply_to(thread, by=helper, body="Second reply")
    tab.reload()
    tab.get_by_label("Your reply").fill("Thank you both")
    tab.get_by_role("button", name="Post reply").click()
    expect(tab.get_by_text("Your reply is published")).to_be_visible()
    own = Reply.objects.get(author=asker)

    def order():
        return [node.get_attribute("id") for node in tab.locator("article.reply").all()]

    second = Reply.objects.get(body="Second reply")
    button = tab.locator(f"#reply-{second.pk}").get_by_role("button", name=re.compile("^Helpful"))
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    expect(tab.locator(f"#reply-{second.pk}").get_by_role("button", name="Helpful (1)")).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(tab.get_by_role("status").filter(has_text=re.compile("Marked as helpful|You marked"))).to_be_visible()
    tab.get_by_role("navigation", name="Sort replies").get_by_role("link", name="Helpful").click()
    assert order() == [f"reply-{pk}" for pk in (second.pk, first.pk, own.pk)]
    tab.get_by_role("navigation", name="Sort replies").get_by_role("link", name="Newest").click()
    assert order() == [f"reply-{pk}" for pk in (own.pk, second.pk, first.pk)]
    tab.get_by_role("navigation", name="Sort replies").get_by_role("link", name="Oldest").click()
    assert order() == [f"reply-{pk}" for pk in (first.pk, second.pk, own.pk)]

    tab.locator(f"#reply-{second.pk}").get_by_role("button", name="Helpful (1)").click()
    expect(tab.locator(f"#reply-{second.pk}").get_by_role("button", name="Helpful (0)")).to_be_visible()
    assert not HelpfulVote.objects.exists()
    expect(tab.locator(f"#reply-{own.pk}").get_by_role("button", name=re.compile("^Helpful"))).to_be_disabled()

    tab.locator(f"#reply-{first.pk}").get_by_role("link", name="Quote").click()
    expect(tab.get_by_label("Your reply")).to_have_value(re.compile("> First reply"))
    tab.get_by_label("Your reply").press_sequentially("Quoted that")
    tab.get_by_role("button", name="Post reply").click()
    expect(tab.locator("blockquote")).to_contain_text("First reply")

    tab.locator(f"#reply-{own.pk}").get_by_role("link", name="Edit").click()
    tab.get_by_label("Your reply").fill("Thank you all")
    tab.get_by_role("button", name="Save changes").click()
    expect(tab.locator(f"#reply-{own.pk}")).to_contain_text("edited")
    tab.locator(f"#reply-{own.pk}").get_by_role("link", name="Delete").click()
    tab.get_by_role("button", name="Delete").click()
    tab.get_by_role("link", name="Oldest").click()
    expect(tab.locator(f"#reply-{own.pk}")).to_have_text("This reply was deleted by its author.")


def test_sign_up_with_a_code(tab, site, with_script):
    tab.goto(site)
    tab.get_by_role("link", name="Sign up", exact=True).click()
    tab.get_by_label("E-mail address").fill("new@example.org")
    tab.get_by_label("Username").fill("newcomer")
    tab.get_by_label("Password", exact=True).fill("four words and more")
    tab.get_by_label("I agree that Bedside stores").check()
    tab.get_by_label("I am 16 or older").check()
    tab.get_by_role("button", name="Sign up", exact=True).click()
    expect(tab.get_by_label("Code")).to_be_visible()
    code = re.search(r"^([A-Z0-9-]{6,12})$", mail.outbox[-1].body, re.MULTILINE)[1]
    tab.get_by_label("Code").fill(code)
    tab.get_by_role("button", name="Confirm").click()
    expect(tab.get_by_role("link", name="newcomer")).to_be_visible()


def test_text_size_and_theme(tab, site, with_script, thread):
    tab.goto(site + thread.get_absolute_url())
    size = tab.evaluate("getComputedStyle(document.documentElement).fontSize") if with_script else None
    tab.get_by_role("button", name="Text size: largest").click()
    expect(tab.get_by_role("button", name="Text size: largest")).to_have_attribute("aria-pressed", "true")
    tab.get_by_role("button", name="Theme: dark").click()
    expect(tab.locator("html")).to_have_class("text-largest theme-dark")
    tab.goto(site)
    expect(tab.locator("html")).to_have_class("text-largest theme-dark")
    if with_script:
        larger = tab.evaluate("getComputedStyle(document.documentElement).fontSize")
        assert float(larger[:-2]) == 1.5 * float(size[:-2])
        assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(16, 24, 29)"


def test_a_closed_tab_loses_nothing(tab, site, sign_in, asker, forum):
    sign_in(tab, asker)
    tab.goto(f"{site}/ask/")
    tab.get_by_label("Details").press_sequentially("I was just about to")
    expect(tab.get_by_text("Draft saved")).to_be_visible()
    tab.goto("about:blank")
    tab.goto(f"{site}/ask/")
    expect(tab.get_by_label("Details")).to_have_value("I was just about to")
    tab.get_by_role("button", name="Delete the draft").click()
    expect(tab.get_by_label("Details")).to_have_value("")


def test_a_session_that_ends_while_writing_loses_nothing(tab, site, sign_in, asker, thread, with_script):
    sign_in(tab, asker)
    tab.goto(site + thread.get_absolute_url())
    tab.context.clear_cookies()
    tab.get_by_label("Your reply").fill("A long answer")
    tab.get_by_role("button", name="Post reply").click()
    expect(tab.get_by_text("What you wrote is kept")).to_be_visible()
    tab.get_by_label("Username or e-mail address").fill(asker.username)
    tab.get_by_label("Password", exact=True).fill("plenty of words to remember")
    tab.get_by_role("button", name="Sign in", exact=True).click()
    expect(tab.get_by_label("Your reply")).to_have_value("A long answer")
    tab.get_by_role("button", name="Post reply").click()
    expect(tab.locator("article.reply")).to_contain_text("A long answer")


def test_a_lost_connection_is_said_and_changes_nothing(tab, site, sign_in, asker, reply):
    sign_in(tab, asker)
    tab.goto(site + reply.thread.get_absolute_url())
    tab.context.set_offline(True)
    tab.get_by_role("button", name="Helpful (0)").click()
    expect(tab.get_by_role("status").filter(has_text="There is no connection")).to_be_visible()
    expect(tab.get_by_role("button", name="Helpful (0)")).to_have_attribute("aria-pressed", "false")
    tab.context.set_offline(False)
    tab.problems[:] = [problem for problem in tab.problems if "ERR_INTERNET_DISCONNECTED" not in problem]
    tab.get_by_role("button", name="Helpful (0)").click()
    expect(tab.get_by_role("button", name="Helpful (1)")).to_be_focused()


def test_a_double_click_makes_one_reply(tab, site, sign_in, asker, thread, with_script):
    sign_in(tab, asker)
    tab.goto(site + thread.get_absolute_url())
    tab.get_by_label("Your reply").fill("Only once")
    tab.get_by_role("button", name="Post reply").dblclick()
    expect(tab.locator("article.reply")).to_have_count(1)
    assert Reply.objects.count() == 1


def test_everything_by_keyboard(tab, site, sign_in, asker, reply):
    sign_in(tab, asker)
    tab.goto(site + reply.thread.get_absolute_url())
    tab.keyboard.press("Tab")
    expect(tab.get_by_role("link", name="Skip to main content")).to_be_focused()
    expect(tab.get_by_role("link", name="Skip to main content")).to_be_in_viewport()
    tab.keyboard.press("Enter")
    helpful = tab.get_by_role("button", name=re.compile("^Helpful"))
    for _ in range(40):
        tab.keyboard.press("Tab")
        if helpful.evaluate("node => node === document.activeElement"):
            break
    expect(helpful).to_be_focused()
    assert helpful.evaluate("node => getComputedStyle(node).outlineStyle") == "solid"
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("button", name="Helpful (1)")).to_be_focused()
