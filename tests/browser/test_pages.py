"""Every kind of page in both themes, on a phone and on a wide screen: accessible, calm, nothing cut off."""

from datetime import date

import pytest

from accounts.actions import grant_badge
from forum.actions import reply_to, vote_helpful
from forum.models import Forum
from tests.unit.resources.test_resources import make_resource

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LONG = "Pneumonoultramicroscopicsilicovolcanoconiosis" * 4


@pytest.fixture
def pages(forum, thread, asker, helper, clinician, make_reply, make_thread):
    """Addresses of visitors' pages over a small site with long words, quotes, lists and many replies."""
    Forum.objects.update(care_topic="babies", shows_crisis_help=True)
    resource = make_resource("Moles and you", body="**What to look for**\n\n- edges\n- colour")
    resource.forums.add(forum)
    for number in range(23):
        reply = reply_to(
            thread, by=clinician if number % 3 else helper, body=f"> {LONG}\n\n- one\n- two\n\n`code` {number}"
        )
    vote_helpful(reply, by=asker)
    make_thread(title=f"Very long: {LONG[:150]}", body=LONG, is_anonymous=True)
    grant_badge(helper, specialty="nurse", verified_on=date(2026, 3, 1))
    return {
        "home": "/",
        "forum": "/forums/moles/",
        "forum empty": "/forums/moles/?answered=professional&sort=bogus",
        "thread": thread.get_absolute_url(),
        "thread page 2": thread.get_absolute_url() + "?sort=oldest&page=2",
        "person": "/people/helper/",
        "resources": "/resources/",
        "resource": resource.get_absolute_url(),
        "help": "/help-now/",
        "badge": "/badge/",
        "guidelines": "/guidelines/",
        "privacy": "/privacy/",
        "accessibility": "/accessibility/",
        "about": "/about/",
        "sign in": "/accounts/login/",
        "sign up": "/accounts/signup/",
        "forgotten password": "/accounts/password/reset/",
        "not found": "/nowhere/",
    }


def look(tab, site, pages, accessible):
    for name, address in pages.items():
        tab.goto(site + address)
        accessible(tab, name)
        width = tab.evaluate("document.documentElement.scrollWidth")
        assert width <= tab.viewport_size["width"], f"{name} is {width} wide"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_visitors_pages(tab, site, pages, accessible, theme, width):
    tab.emulate_media(color_scheme=theme)
    tab.set_viewport_size({"width": width, "height": 800})
    look(tab, site, pages, accessible)


def test_members_pages(tab, site, sign_in, pages, thread, asker, accessible):
    sign_in(tab, asker)
    tab.set_viewport_size({"width": 320, "height": 800})
    own = {
        "thread": thread.get_absolute_url(),
        "ask": "/ask/",
        "reply": f"/threads/{thread.pk}/reply/",
        "edit": f"/threads/{thread.pk}/edit/",
        "delete": f"/threads/{thread.pk}/delete/",
        "history": f"/threads/{thread.pk}/history/",
        "account": "/account/",
        "address": "/accounts/email/",
        "password": "/accounts/password/change/",
        "sign out": "/accounts/logout/",
    }
    look(tab, site, own, accessible)


def test_errors_of_a_form(tab, site, sign_in, asker, forum, accessible):
    sign_in(tab, asker)
    tab.goto(f"{site}/ask/")
    tab.get_by_role("button", name="Publish question").click()
    accessible(tab, "ask with errors")


@pytest.mark.parametrize("size", ["large", "largest"])
def test_large_text_on_a_phone(tab, site, pages, accessible, size):
    tab.set_viewport_size({"width": 320, "height": 800})
    tab.goto(site)
    tab.get_by_role("button", name=f"Text size: {size}", exact=True).click()
    look(tab, site, {name: pages[name] for name in ("home", "thread", "forum", "help", "sign up")}, accessible)


def test_text_spacing_of_the_readers_choice(tab, site, pages):
    tab.set_viewport_size({"width": 320, "height": 800})
    for name in ("home", "thread", "forum"):
        tab.goto(site + pages[name])
        # A style sheet of the reader's own, as a browser extension would add it.
        tab.evaluate(
            """() => {
                const sheet = new CSSStyleSheet();
                sheet.replaceSync("* { line-height: 1.5 !important; letter-spacing: .12em !important; "
                    + "word-spacing: .16em !important } p { margin-block-end: 2em !important }");
                document.adoptedStyleSheets = [sheet];
            }"""
        )
        assert tab.evaluate("document.documentElement.scrollWidth") <= 320, name


def test_the_admin_breaks_no_rule_of_the_policy(tab, site, sign_in, administrator, reply):
    sign_in(tab, administrator)
    for address in ["/admin/", "/admin/forum/thread/", f"/admin/forum/thread/{reply.thread_id}/change/",
                    "/admin/resources/resource/add/", "/admin/accounts/user/"]:  # fmt: skip
        tab.goto(site + address)
