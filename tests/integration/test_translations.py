"""Every word of ours can be translated: in a made-up language all of them stand in brackets."""

import re
from html.parser import HTMLParser

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import trans_real

from tests.integration.test_urls_by_role import TABLE, addresses, applicant  # noqa: F401

pytestmark = pytest.mark.django_db

OPEN, CLOSE = "⟦", "⟧"
# What a person or a row of the database says, and names, which stay the same in every language.
DATA = {
    *("Bedside", "Ash", "Asker", "asker", "helper", "stranger", "clinician", "Dr", "Clin", "Ician", "moderator"),
    *("reviewer", "administrator", "applicant", "example", "org", "Skin", "Moles", "moles", "About"),
    *("Is", "it", "bad", "Look", "More", "AA", "CI", "Us", "Text", "Everybody", "Samaritans", "CC", "BY"),
}
UNREAD = {"script", "style", "code", "kbd"}
READ_OUT = {"alt", "aria-label", "placeholder", "title"}


class Pseudo(trans_real.DjangoTranslation):
    """A language whose every sentence is the original in brackets."""

    def __init__(self):
        super().__init__("en-gb")

    def gettext(self, message):
        return f"{OPEN}{message}{CLOSE}"

    def ngettext(self, singular, plural, number):
        return self.gettext(singular if number == 1 else plural)

    def pgettext(self, context, message):
        return self.gettext(message)

    def npgettext(self, context, singular, plural, number):
        return self.ngettext(singular, plural, number)


@pytest.fixture
def in_brackets(monkeypatch):
    monkeypatch.setitem(trans_real._translations, "xx", Pseudo())
    with translation.override("xx"):
        yield


class Page(HTMLParser):
    """What somebody reads or hears of a page that does not stand in brackets."""

    def __init__(self, markup):
        super().__init__()
        self.depth, self.inside, self.left = 0, [], []
        self.feed(markup)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag in UNREAD:
            self.inside.append(tag)
        spoken = [values[name] for name in READ_OUT if values.get(name)]
        if tag == "meta" and values.get("name") == "description":
            spoken.append(values["content"])
        for text in spoken:
            self.add(without_brackets(text))

    def handle_endtag(self, tag):
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, text):
        if self.inside:
            return
        for part in re.split(f"([{OPEN}{CLOSE}])", text):
            if part == OPEN:
                self.depth += 1
            elif part == CLOSE:
                self.depth -= 1
            elif self.depth == 0:
                self.add(part)

    def add(self, text):
        if set(re.findall(r"[^\W\d_]{2,}", text)) - DATA:
            self.left.append(" ".join(text.split()))


def without_brackets(text):
    while OPEN in text:
        shorter = re.sub(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}", "", text)
        if shorter == text:
            break
        text = shorter
    return text


def test_the_reader_of_pages_finds_what_is_not_translated():
    page = Page("<p title='hidden'>⟦said <b>twice</b> ⟦and⟧ again⟧ left</p><code>skipped</code>")
    assert page.left == ["hidden", "left"]


@pytest.mark.parametrize("role", ["visitor", "asker", "clinician", "applicant"])
def test_pages(role, in_brackets, addresses, request, sign_in, client):  # noqa: F811
    client = client if role == "visitor" else sign_in(request.getfixturevalue(role))
    left = {}
    for name in TABLE:
        if name.startswith("admin:"):
            continue
        answer = client.get(addresses[name])
        if answer["Content-Type"].startswith("text/html") and (found := Page(answer.text).left):
            left[name] = found
    assert left == {}


@pytest.mark.parametrize("name", ["400", "403", "404", "405", "413", "429", "500", "503", "forum/gone", "403_csrf"])
def test_pages_of_errors(name, in_brackets, rf):
    assert Page(render_to_string(f"{name}.html", {"site_name": "Bedside"})).left == []


@pytest.mark.parametrize("address", ["/ask/", "/accounts/signup/", "/accounts/password/change/", "/account/"])
def test_errors_of_forms(address, in_brackets, forum, asker, sign_in, client):
    client = client if "signup" in address else sign_in(asker)
    answer = client.post(address, {"title": "a", "new_password1": "a", "bio": "1" * 5000})
    assert Page(answer.text).left == []
