"""Naming somebody with @ while a reply is typed: by keyboard, by pointer, and without either in the way."""

import pytest
from playwright.sync_api import expect

from forum.actions import reply_to
from tests.browser.test_every_page import LOOKS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def replies(thread, helper, clinician):
    return [reply_to(thread, by=author, body="Words.") for author in (helper, clinician)]


@pytest.fixture
def open_form(tab, site, sign_in, stranger, replies):
    def open_form(address):
        sign_in(tab, stranger)
        tab.goto(site + address)
        return tab.get_by_label("Your reply")

    yield open_form
    with tab.expect_response("**/drafts/"):  # nothing is under way when the test ends
        tab.get_by_label("Your reply").press_sequentially(" The end.")


@pytest.fixture
def field(open_form, thread):
    return open_form(thread.get_absolute_url())


@pytest.fixture
def people(tab):
    return tab.get_by_role("listbox", name="People in this question")


def test_a_name_is_chosen_by_keyboard(tab, field, people):
    field.press_sequentially("Thank you @")
    expect(people.get_by_role("option")).to_have_text(["Dr Clin Ician @clinician", "@helper", "Ash Asker @asker"])
    expect(tab.get_by_text("People to choose from with the arrow keys: 3")).to_be_attached()
    expect(field).to_have_attribute("aria-activedescendant", "")
    field.press("ArrowDown")
    field.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", "id_body-people-1")
    expect(people.get_by_role("option", selected=True)).to_have_text("@helper")
    field.press("ArrowDown")
    field.press("ArrowDown")
    field.press("ArrowUp")
    field.press("Enter")
    expect(field).to_have_value("Thank you @asker ")
    expect(people).to_be_hidden()
    field.press_sequentially("and @ICI")  # the name, in other letters
    expect(people.get_by_role("option")).to_have_text(["Dr Clin Ician @clinician"])
    field.press("ArrowUp")
    field.press("Tab")
    expect(field).to_have_value("Thank you @asker and @clinician ")
    expect(field).to_be_focused()
    expect(people).to_be_hidden()


def test_a_name_is_chosen_by_pointer_and_the_text_goes_on_behind_it(tab, field, people):
    field.fill("Thank you , and good luck")
    for _ in range(len(", and good luck")):
        field.press("ArrowLeft")
    field.press_sequentially("@he")
    people.get_by_role("option", name="@helper").click()
    expect(field).to_have_value("Thank you @helper , and good luck")
    expect(people).to_be_hidden()
    field.press_sequentially("x")
    expect(field).to_have_value("Thank you @helper x, and good luck")


def test_escape_closes_it_and_keys_mean_what_they_always_mean(tab, field, people):
    field.press_sequentially("@h")
    expect(people).to_be_visible()
    field.press("Enter")  # nobody was chosen
    expect(field).to_have_value("@h\n")
    expect(people).to_be_hidden()
    field.press_sequentially("@h")
    expect(people).to_be_visible()
    with tab.expect_response("**/drafts/"):
        field.press("Escape")
        expect(people).to_be_hidden()
        expect(tab.get_by_text("People to choose from")).not_to_be_attached()
        field.press_sequentially("e")  # it stays closed for this name; by the time of a draft it would have come back
    expect(people).to_be_hidden()
    field.press_sequentially(" @h")
    expect(people).to_be_visible()
    field.press("ArrowLeft")
    expect(people).to_be_hidden()
    field.press("End")
    field.press_sequentially("e")
    expect(people).to_be_visible()
    field.press("Tab")
    expect(field).not_to_be_focused()
    expect(people).to_be_hidden()
    expect(field).to_have_value("@h\n@he @he")


@pytest.mark.parametrize("text", ["me@h", "/@h", "@nobody", "@helper went"])
def test_nothing_is_offered_where_nobody_is_named(tab, field, people, text):
    with tab.expect_response("**/drafts/"):  # long after an offer would have come
        field.press_sequentially(text)
    expect(people).to_be_hidden()


def test_a_late_answer_is_not_shown(tab, field, people):
    held = []
    tab.route("**/people/?q=h", lambda route: held.append(route))
    with tab.expect_request("**/people/?q=h"):
        field.press_sequentially("@h")
    field.press("Backspace")
    field.press_sequentially("a")
    expect(people.get_by_role("option")).to_have_text(["Ash Asker @asker"])
    people.evaluate(
        "list => { window.shown = []; new MutationObserver(() => shown.push(list.textContent))"
        ".observe(list, { childList: true }); }"
    )
    with tab.expect_response("**/people/?q=h"):
        held[0].continue_()
    with tab.expect_response("**/people/?q=as"):
        field.press_sequentially("s")
    expect(people.get_by_role("option")).to_have_text(["Ash Asker @asker"])
    tab.wait_for_function("shown.length")
    assert set(tab.evaluate("shown")) == {"Ash Asker @asker"}


def test_without_a_connection_nothing_is_offered(tab, field, people):
    tab.route("**/people/*", lambda route: route.abort())
    with tab.expect_event("requestfailed"):
        field.press_sequentially("@h")
    expect(people).to_be_hidden()
    tab.problems.clear()  # the browser's own word of the request that failed
    tab.unroute("**/people/*")
    field.press_sequentially("e")
    expect(people).to_be_visible()


@pytest.mark.parametrize(("where", "text"), [("/threads/{thread}/reply/", ""), ("/replies/{reply}/edit/", "Words.")])
def test_the_other_forms_offer_names_too(open_form, stranger, thread, people, where, text):
    own = reply_to(thread, by=stranger, body="Words.")
    field = open_form(where.format(thread=thread.pk, reply=own.pk))
    field.press("ControlOrMeta+End")
    field.press_sequentially(" @cl")
    people.get_by_role("option", name="Dr Clin Ician @clinician").click()
    expect(field).to_have_value(f"{text} @clinician ")


def test_the_list_is_accessible_and_fits(tab, field, people, accessible):
    for width, theme in LOOKS:
        tab.set_viewport_size({"width": width, "height": 800})
        tab.emulate_media(color_scheme=theme)
        field.fill("")
        field.press_sequentially("@")
        expect(people).to_be_visible()
        field.press("ArrowDown")
        expect(people.get_by_role("option", selected=True)).to_be_in_viewport()
        accessible(tab, f"people {width} {theme}")
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
