"""Three stories of moderation, told in real Chromium by the people in them."""

import re

import pytest
from playwright.sync_api import Page, expect

from forum.actions import recount, reply_to, vote_helpful
from forum.models import Reply, Thread
from moderation.models import Appeal, Case, Decision
from tests.conftest import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CRISIS = "I have the tablets in front of me and I want to kill myself tonight. Goodbye everyone."


@pytest.fixture
def second_moderator(db):
    return make_user("moderator2", is_staff=True)


def open_case(tab: Page, site: str, words: str) -> None:
    tab.goto(f"{site}/admin/moderation/case/")
    tab.locator("#result_list").get_by_role("link", name=words).click()
    tab.wait_for_url("**/change/")  # with its script: keys work from then on


def decide(tab: Page, choice: str, **fields: str) -> None:
    """Choose by name, fill in, and press the button."""
    tab.get_by_label(choice).check()
    for label, value in fields.items():
        field = tab.get_by_label(label.replace("_", " "), exact=False).first
        if field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(label=value)
        else:
            field.fill(value)
    tab.get_by_role("button", name="Decide, and on to the next").click()


def test_from_a_cry_for_help_to_somebody_who_is_safe(
    tab, site, sign_in, another_tab, accessible, forum, asker, moderator, administrator
):
    sign_in(tab, asker)
    tab.goto(f"{site}/forums/moles/ask/")
    tab.get_by_label("Your question in one sentence").fill("I cannot go on like this")
    tab.get_by_label("Details").fill(CRISIS)
    tab.get_by_role("button", name="Preview").click()
    panel = tab.get_by_role("region", name=re.compile("You do not have to be alone with this"))
    expect(panel.get_by_role("link", name=re.compile("find a crisis line"))).to_be_visible()
    expect(tab.get_by_role("button", name="Publish question")).to_be_enabled()
    accessible(tab, "the help panel")
    tab.get_by_role("button", name="Publish question").click()
    expect(tab.get_by_text("You do not have to be alone with this. Somebody will listen now.")).to_be_visible()
    thread = Thread.objects.get()
    assert (thread.status, thread.level, thread.is_watched) == ("published", "crisis", True)

    reader = another_tab()
    reader.goto(site + thread.get_absolute_url())
    expect(reader.get_by_role("region", name=re.compile("If this is about you too"))).to_be_visible()

    desk = another_tab(moderator)
    open_case(desk, site, "I cannot go on like this")
    expect(desk.get_by_text("Never ban or shame for it")).to_be_visible()
    text = desk.locator("details.desk__folded .post-text")
    expect(text).not_to_be_visible()
    desk.get_by_text("Show the text. It may be distressing.").click()
    expect(text).to_contain_text("I want to kill myself")
    desk.get_by_role("button", name="Claim for half an hour").click()
    colleague = another_tab(administrator)
    open_case(colleague, site, "I cannot go on like this")
    expect(colleague.get_by_text("moderator is looking at this")).to_be_visible()

    desk.get_by_role("link", name="Write an answer").click()
    desk.get_by_label("Your reply").fill("Thank you for writing. Are you safe now? Please call somebody.")
    desk.get_by_role("button", name="Post reply").click()
    expect(desk.get_by_text("Your reply is published.")).to_be_visible()
    open_case(desk, site, "I cannot go on like this")
    desk.keyboard.press("s")
    expect(desk.get_by_label("Looked after")).to_be_checked()
    desk.get_by_role("button", name="Decide, and on to the next").click()
    expect(desk.get_by_text("Decided: I cannot go on like this.")).to_be_visible()
    thread.refresh_from_db()
    assert (thread.is_watched, thread.shows_help, thread.is_looked_after) == (False, True, True)
    reader.reload()
    expect(reader.get_by_text("Are you safe now?")).to_be_visible()
    expect(reader.get_by_role("region", name=re.compile("If this is about you too"))).to_be_visible()


def test_from_a_report_to_a_post_that_is_back_with_its_votes(
    tab, site, sign_in, another_tab, accessible, thread, helper, asker, stranger, moderator, second_moderator
):
    first = reply_to(thread, by=helper, body="Words that somebody does not like.")
    reply_to(thread, by=helper, body="A second reply.")
    vote_helpful(first, by=asker)

    sign_in(tab, stranger)
    tab.goto(site + thread.get_absolute_url())
    tab.locator(f"#reply-{first.pk}").get_by_role("link", name="Report").click()
    accessible(tab, "the report form")
    tab.get_by_label("Harassment, hate or threats").check()
    tab.get_by_label("What should the moderators know?").fill("It is unkind.")
    tab.get_by_role("button", name="Send report").click()
    expect(tab.get_by_text("A moderator has not decided yet.")).to_be_visible()
    receipt = tab.url

    desk = another_tab(moderator)
    open_case(desk, site, "Reported: reply in")
    decide(desk, "Hide it", Which_rule="Be kind: no harassment, hate or threats", What_you_saw="It was unkind.")
    expect(desk.get_by_text("Decided: reply in")).to_be_visible()
    tab.goto(receipt)
    expect(tab.get_by_text("did something about it")).to_be_visible()

    author = another_tab(helper)
    author.goto(f"{site}/replies/{first.pk}/")
    expect(author.get_by_text("This reply was hidden by a moderator.")).to_be_visible()
    author.goto(f"{site}/account/decisions/")
    author.get_by_role("link", name="A reply of yours: hidden from readers").click()
    expect(author.get_by_text("It was unkind.")).to_be_visible()
    author.get_by_label("Why do you disagree?").fill("It was a quote from a song.")
    author.get_by_role("button", name="Send appeal").click()
    expect(author.get_by_text("not the one who decided, will look at it again")).to_be_visible()

    open_case(desk, site, "Appeal")
    expect(desk.get_by_text("This is for another moderator to decide.")).to_be_visible()
    other = another_tab(second_moderator)
    open_case(other, site, "Appeal")
    expect(other.get_by_text("It was a quote from a song.")).to_be_visible()
    other.get_by_label("Reasons").fill("A song it is.")
    other.get_by_role("button", name="Take the decision back").click()
    expect(other.get_by_text("Decided:")).to_be_visible()

    tab.goto(f"{site}/replies/{first.pk}/")
    back = tab.locator(f"#reply-{first.pk}")
    expect(back).to_contain_text("Words that somebody does not like.")
    expect(back).to_have_attribute("data-helpful", "1")
    assert tab.locator("article.reply").first.get_attribute("id") == f"reply-{first.pk}"
    author.reload()
    expect(author.get_by_text("This decision was taken back.")).to_be_visible()
    expect(author.get_by_text("A song it is.").first).to_be_visible()
    assert [one.action for one in Decision.objects.order_by("pk")] == ["hide", "reverse"]
    assert Appeal.objects.get().decided_by == second_moderator


def test_merging_and_splitting_keep_addresses_votes_counts_and_order(
    tab, site, sign_in, another_tab, make_thread, thread, helper, asker, stranger, moderator
):
    mine = reply_to(thread, by=helper, body="Reply to the first question.")
    second = make_thread(title="The same question again", body="Is it changing?")
    moved = [reply_to(second, by=helper, body=f"Reply {number} to the second.") for number in range(3)]
    for voter in (asker, stranger):
        vote_helpful(moved[1], by=voter)

    sign_in(tab, moderator)
    tab.goto(site + second.get_absolute_url())
    tab.locator("#question").get_by_role("link", name="Moderate").click()
    tab.get_by_role("button", name="Look into it").click()
    tab.get_by_text("Move, put together, split").click()
    decide(
        tab,
        "Put it together with another question",
        Number_of_the_other=str(thread.pk),
        Message_to_the_author="One place for it.",
    )
    expect(tab.get_by_text("Decided:")).to_be_visible()

    reader = another_tab()
    reader.goto(f"{site}/replies/{moved[1].pk}/")
    assert f"/threads/{thread.pk}/" in reader.url
    assert reader.locator("article.reply").first.get_attribute("id") == f"reply-{moved[1].pk}"
    expect(reader.locator(f"#reply-{moved[1].pk}")).to_have_attribute("data-helpful", "2")
    expect(reader.get_by_role("heading", name="5 replies")).to_be_visible()
    reader.goto(site + second.get_absolute_url())
    assert f"/threads/{thread.pk}/" in reader.url
    reader.goto(f"{site}{thread.get_absolute_url()}?sort=oldest")
    shown = [one.get_attribute("id") for one in reader.locator("article.reply").all()]
    merged = Thread.objects.get(pk=second.pk).merged_as
    assert shown == [f"reply-{reply.pk}" for reply in sorted([mine, merged, *moved], key=lambda one: one.created_at)]

    tab.goto(site + thread.get_absolute_url())
    tab.locator("#question").get_by_role("link", name="Moderate").click()
    tab.get_by_role("button", name="Look into it").click()
    tab.get_by_text("Move, put together, split").click()
    for reply in (moved[0], moved[1]):
        tab.locator(f"#move-{reply.pk}").check()
    decide(
        tab,
        "Make replies a question of their own",
        Title="A question that grew out of it",
        Message_to_the_author="Two places.",
    )
    expect(tab.get_by_text("Decided:")).to_be_visible()
    new = Thread.objects.get(title="A question that grew out of it")
    reader.goto(f"{site}/replies/{moved[0].pk}/")
    assert reader.url == site + new.get_absolute_url()
    reader.goto(f"{site}/replies/{moved[1].pk}/")
    assert f"/threads/{new.pk}/" in reader.url
    expect(reader.locator(f"#reply-{moved[1].pk}")).to_have_attribute("data-helpful", "2")
    reader.goto(f"{site}{thread.get_absolute_url()}?sort=oldest")
    expect(reader.locator(f"#reply-{moved[0].pk}")).to_contain_text("This reply is now a question of its own")
    expect(reader.get_by_role("heading", name="3 replies")).to_be_visible()
    assert recount(repair=False) == []
    assert Reply.objects.get(pk=moved[1].pk).helpful_count == 2
    assert not Case.objects.open().exists()
