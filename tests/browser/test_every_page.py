"""Every page, on a phone and on a wide screen, light and dark: accessible, nothing cut off, nothing from elsewhere."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import trans_real
from playwright.sync_api import expect

from accounts.actions import block
from forum.actions import reply_to, vote_helpful
from forum.actions.posting import remove, update_reply, update_thread
from forum.models import Forum
from moderation import actions as moderation
from moderation.actions import Grounds, Verdict
from moderation.models import Action, Case
from notifications.actions import spread_news
from notifications.models import Preferences
from notifications.tokens import make_token
from search import actions
from tests.browser.conftest import AXE_OPTIONS
from tests.conftest import PASSWORD
from tests.integration.test_urls_by_role import PUBLIC, TABLE
from tests.unit.resources.test_resources import make_resource

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LONG = "Pneumonoultramicroscopicsilicovolcanoconiosis" * 4
LOOKS = [(width, theme) for width in (320, 1280) for theme in ("light", "dark")]
# Public addresses that are no pages, or stand below with what makes them interesting.
NO_PAGES = {"manifest", "robots", "healthz", "readyz", "offline_worker", "search:suggest", "gpc"}


@pytest.fixture
def pages(forum, thread, asker, helper, clinician, make_thread):
    """Addresses over a small site with long words, quotes, lists, a facts card, a caution and many replies."""
    Forum.objects.update(care_topic="babies", shows_crisis_help=True)
    resource = make_resource("Moles and you", body="**What to look for**\n\n- edges\n- colour")
    resource.forums.add(forum)
    for number in range(23):
        body = f"> {LONG}\n\n- one\n- two\n\n`code` {number}"
        by_professional = number % 3
        reply = reply_to(
            thread,
            by=clinician if by_professional else helper,
            body=body if by_professional else f"A short reply, number {number}.",
        )
    vote_helpful(reply, by=asker)
    update_reply(reply, by=reply.author, body="Edited")
    update_thread(thread, by=asker, title="Is this mole changing, and how fast?", body="It looks *darker*.")
    remove(reply_to(thread, by=helper, body="Taken back"), by=helper)
    facts = {"age": "45-54", "medicines": LONG}
    make_thread(title=f"Very long: {LONG[:150]}", body=LONG, is_anonymous=True, facts=facts)
    actions.learn_words()
    thread.refresh_from_db()
    return {
        "/": "home", "/forums/moles/": "forum", "/forums/moles/?answered=professional&sort=bogus": "empty forum",
        thread.get_absolute_url(): "thread", thread.get_absolute_url() + "?sort=oldest&page=2": "second page",
        "/people/helper/": "person", "/people/clinician/": "professional", resource.get_absolute_url(): "resource",
        "/search/?q=moles": "search", "/search/?q=mloes+suicide": "search with help",
        "/search/?q=zzzzz": "nothing found", "/search/?q=the&forum=moles": "search for nothing",
        "/nowhere/": "not found",
    }  # fmt: skip


@pytest.fixture
def look(tab, accessible):
    def look(address: str) -> None:
        tab.goto(address)
        for width, theme in LOOKS:
            tab.set_viewport_size({"width": width, "height": 800})
            tab.emulate_media(color_scheme=theme)
            accessible(tab, f"{address} {width} {theme}")
            shown = tab.evaluate("document.documentElement.scrollWidth")
            assert shown <= width, f"{address} is {shown} wide"

    return look


def plain_public() -> list[str]:
    """The public pages of the table that need nothing in their address."""
    names = [name for name, row in TABLE.items() if row[1] == PUBLIC and not row[0] and name not in NO_PAGES]
    return [path for path in map(reverse, names) if not path.endswith((".xml", ".atom", ".json", ".txt"))]


def test_pages_of_the_forum(site, pages, look):
    for address in pages:
        look(site + address)


@pytest.mark.parametrize("half", [0, 1])
def test_other_public_pages(site, forum, look, half):
    addresses = plain_public()
    assert len(addresses) > 12
    for address in addresses[half::2]:
        look(site + address)


@pytest.mark.parametrize("half", [0, 1])
def test_pages_of_members(tab, site, sign_in, pages, thread, asker, clinician, look, half):
    spread_news()
    block(clinician, by=asker)
    stopped = {"stopped": "bounced", "stopped_address": asker.email, "stopped_at": timezone.now()}
    Preferences.objects.create(user=asker, **stopped)
    sign_in(tab, asker)
    addresses = [thread.get_absolute_url(), "/forums/moles/ask/", f"/threads/{thread.pk}/reply/?quote=question",
                    f"/threads/{thread.pk}/edit/", f"/threads/{thread.pk}/delete/", f"/threads/{thread.pk}/history/",
                    "/account/", "/accounts/email/", "/accounts/password/change/", "/accounts/sessions/",
                    "/accounts/2fa/", "/account/verification/", "/accounts/logout/", "/people/clinician/",
                    "/people/helper/", "/notifications/", f"/threads/{thread.pk}/follow/",
                    "/account/notifications/", "/forums/moles/follow/", "/fields/cardiologist/follow/", "/fields/",
                    "/week/", f"/threads/{thread.pk}/no-answer/", f"/u/{make_token(asker.pk, ['answer'])}",
                    "/u/forged"]  # fmt: skip
    for address in addresses[half::2]:
        look(site + address)


def test_pages_about_decisions_and_the_desk(
    tab, site, sign_in, pages, thread, asker, helper, stranger, moderator, make_thread, look
):
    reply = reply_to(thread, by=helper, body=f"{LONG} and some words")
    report, _ = moderation.report(reply, by=stranger, reason="harassment", explanation=LONG)
    make_thread(title="A cry for help", body="I want to kill myself.")
    case = Case.objects.with_subjects().get(reply=reply)
    grounds = Grounds(ground="kind", facts=LONG, message="Please stay friendly.")
    (decision, *_rest) = moderation.decide(case, Verdict([Action.HIDE, Action.WARN], grounds), by=moderator)
    crisis = Case.objects.get(thread__title="A cry for help")
    for address in [f"/threads/{thread.pk}/report/", "/people/helper/report/", "/transparency/"]:
        look(site + address)
    for person, addresses in [
        (stranger, [report.get_absolute_url(), f"/threads/{thread.pk}/report/", "/account/decisions/"]),
        (helper, ["/account/decisions/", decision.get_absolute_url(), f"/replies/{reply.pk}/redact/"]),
    ]:
        tab.context.clear_cookies()
        sign_in(tab, person)
        for address in addresses:
            look(site + address)
    tab.context.clear_cookies()
    sign_in(tab, moderator)
    for address in ["/admin/moderation/case/", crisis.get_absolute_url(), case.get_absolute_url()]:
        tab.goto(site + address)
        for width in (320, 1280):
            tab.set_viewport_size({"width": width, "height": 800})
            accessible_admin(tab, "#result_list" if address.endswith("/case/") else ".desk")
            assert tab.evaluate("document.documentElement.scrollWidth") <= width, address


def accessible_admin(tab, part: str) -> None:
    """What we have drawn into the admin; the rest of it is Django's."""
    result = Axe().run(tab, context=part, options=AXE_OPTIONS)
    tab.evaluate("new Promise(done => setTimeout(done, 200))")
    tab.problems.clear()
    found = [(one["id"], node["html"][:160]) for one in result.response["violations"] for node in one["nodes"]]
    assert found == []


def test_pages_of_professionals_and_staff(tab, site, sign_in, pages, thread, clinician, administrator, look):
    sign_in(tab, clinician)
    for address in ["/account/verification/desk/", thread.get_absolute_url()]:
        look(site + address)
    tab.context.clear_cookies()
    sign_in(tab, administrator)
    look(f"{site}/styleguide/")


SAMPLE = ["/", "/forums/moles/", "/search/?q=moles", "/help-now/", "/accounts/signup/", "/resources/"]


def sample(pages) -> list[str]:
    thread = next(address for address, name in pages.items() if name == "thread")
    return [*SAMPLE, thread]


def test_text_at_twice_its_size(tab, site, pages, accessible):
    """The browser's own setting, as somebody with poor sight has it, on a phone."""
    tab.set_viewport_size({"width": 640, "height": 900})
    for address in sample(pages):
        tab.goto(site + address)
        tab.evaluate(
            "() => { const sheet = new CSSStyleSheet(); sheet.replaceSync('html { font-size: 200% !important }');"
            "document.adoptedStyleSheets = [sheet]; }"
        )
        accessible(tab, f"{address} at 200 %")
        assert tab.evaluate("document.documentElement.scrollWidth") <= 640, address


def test_the_largest_text_of_the_header(tab, site, pages, accessible):
    tab.set_viewport_size({"width": 320, "height": 800})
    tab.goto(site)
    tab.get_by_role("button", name="Text size: largest", exact=True).click()
    for address in sample(pages):
        tab.goto(site + address)
        accessible(tab, f"{address} largest")
        assert tab.evaluate("document.documentElement.scrollWidth") <= 320, address


@pytest.mark.parametrize("width", [320, 1280])
def test_from_right_to_left(tab, site, pages, accessible, width):
    tab.set_viewport_size({"width": width, "height": 800})
    with override_settings(LANGUAGE_CODE="ar"):
        before, trans_real._default = trans_real._default, None
        try:
            for address in sample(pages):
                tab.goto(site + address)
                expect(tab.locator("html")).to_have_attribute("dir", "rtl")
                accessible(tab, f"{address} from right to left")
                assert tab.evaluate("document.documentElement.scrollWidth") <= width, address
                assert tab.evaluate(
                    "document.querySelector('.wordmark').getBoundingClientRect().left > innerWidth / 2"
                ), "the wordmark stands where a line begins"
        finally:
            trans_real._default = before


def test_without_javascript(browser, site, pages, thread, asker):
    page = browser.new_context(java_script_enabled=False).new_page()
    for address in sample(pages):
        assert page.goto(site + address).status == 200
    page.goto(f"{site}/accounts/login/")
    page.get_by_label("Username or e-mail address").fill(asker.username)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.goto(site + thread.get_absolute_url())
    page.get_by_role("button", name=re.compile(r"Helpful \(0\)\s*, answer by helper")).first.click()
    marked = page.get_by_role("button", name=re.compile(r"Helpful \(1\)\s*, answer by helper")).first
    expect(marked).to_have_attribute("aria-pressed", "true")
    page.get_by_label("Your reply").fill("Written without script")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("Written without script").first).to_be_visible()
    page.get_by_role("button", name="Post reply").click()
    expect(page.get_by_text("Your reply is published")).to_be_visible()
    page.get_by_role("searchbox").fill("darker")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("article")).to_have_count(1)


def test_colours_of_the_readers_own(tab, site, pages, accessible):
    tab.emulate_media(forced_colors="active")
    for address in sample(pages):
        tab.goto(site + address)
        pressed = tab.locator('.reading button[aria-pressed="true"]').first
        other = tab.locator('.reading button[aria-pressed="false"]').first
        colour = "element => getComputedStyle(element).backgroundColor"
        assert pressed.evaluate(colour) != other.evaluate(colour)
        assert tab.evaluate("document.documentElement.scrollWidth") <= tab.viewport_size["width"]


def test_on_paper_stand_question_and_replies_alone(tab, site, pages, thread):
    tab.goto(site + thread.get_absolute_url())
    tab.emulate_media(media="print")
    expect(tab.get_by_role("heading", name=thread.title)).to_be_visible()
    expect(tab.locator("article.reply").first).to_be_visible()
    expect(tab.locator(".printed")).to_be_visible()
    for hidden in (".site-header", ".site-footer", ".bar", ".helpful", "aside", ".post__actions", ".pagination"):
        assert not tab.locator(hidden).first.is_visible(), hidden


def test_errors_of_a_form(tab, site, sign_in, asker, forum, accessible):
    sign_in(tab, asker)
    tab.goto(f"{site}/ask/")
    tab.get_by_role("button", name="Publish question").click()
    accessible(tab, "ask with errors")


def test_text_spacing_of_the_readers_choice(tab, site, pages):
    tab.set_viewport_size({"width": 320, "height": 800})
    for address in sample(pages):
        tab.goto(site + address)
        # A style sheet of the reader's own, as a browser extension would add it.
        tab.evaluate(
            """() => {
                const sheet = new CSSStyleSheet();
                sheet.replaceSync("* { line-height: 1.5 !important; letter-spacing: .12em !important; "
                    + "word-spacing: .16em !important } p { margin-block-end: 2em !important }");
                document.adoptedStyleSheets = [sheet];
            }"""
        )
        assert tab.evaluate("document.documentElement.scrollWidth") <= 320, address


def test_the_admin_breaks_no_rule_of_the_policy(tab, site, sign_in, administrator, reply):
    sign_in(tab, administrator)
    for address in ["/admin/", "/admin/forum/thread/", f"/admin/forum/thread/{reply.thread_id}/change/",
                    "/admin/resources/resource/add/", "/admin/accounts/user/"]:  # fmt: skip
        tab.goto(site + address)
