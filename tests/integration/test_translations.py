"""Every word of ours can be translated: in a made-up language all of them stand in brackets."""

import re
from html.parser import HTMLParser
from zoneinfo import available_timezones

import pytest
from django.conf import settings
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import trans_real

from accounts.limits import DAILY, LimitReached
from credentials import actions
from credentials.lookups import NpiLookup
from credentials.mail import send_work_code, tell
from credentials.models import COUNTRIES, Credential, CredentialEvent
from credentials.registers import PROVINCES
from tests.conftest import move_end
from tests.integration.test_account_pages import add_passkey, app, member  # noqa: F401
from tests.integration.test_urls_by_role import TABLE, addresses, applicant  # noqa: F401

pytestmark = pytest.mark.django_db

OPEN, CLOSE = "⟦", "⟧"
# What a person or a row of the database says, and names, which stay the same in every language.
DATA = {
    *("Bedside", "Ash", "Asker", "asker", "helper", "stranger", "clinician", "Dr", "Clin", "Ician", "moderator"),
    *("reviewer", "administrator", "applicant", "example", "org", "Skin", "Moles", "moles", "About"),
    *re.findall(r"[^\W\d_]{2,}", " ".join(available_timezones())),
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
        if set(re.findall(r"[^\W\d_]{2,}", re.sub(r"https?://\S+", "", text))) - DATA:
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


# Accounts and credentials. Names of countries, of provinces and of people are data.
DATA |= {word for name in COUNTRIES.values() for word in re.findall(r"[^\W\d_]{2,}", name)}
DATA |= {"AA", "CI", "Helena", "Helper"}


def main(response):
    """What is left of the part of a page that is its own."""
    return Page(re.search("<main.*</main>", response.text, re.DOTALL)[0]).left


MAILS = sorted(
    f"{folder}/{path.name}"
    for folder in (
        *("account/email", "account/messages", "mfa/email", "mfa/messages", "usersessions/messages"),
        *("socialaccount/email", "socialaccount/messages", "credentials/emails"),
    )
    for path in (settings.BASE_DIR / "templates" / folder).iterdir()
)


@pytest.mark.parametrize("extra", [{}, {"code": "123456", "is_reminder": True}])
@pytest.mark.parametrize("name", MAILS)
def test_mails_and_messages(name, extra, in_brackets):
    context = {
        "site_name": "Bedside",
        "site_url": "http://testserver",
        "contact_email": "help@example.org",
        "timestamp": timezone.now(),
        "user_agent": "",
        "email": "asker@example.org",
        **extra,
    }
    text = re.sub(r"\w+(?:://|@)[\w./-]+", "", render_to_string(name, context))
    assert OPEN in text
    assert set(re.findall(r"[^\W\d_]{2,}", without_brackets(text))) - DATA == set()


def test_subjects_of_mails_about_a_badge(in_brackets, filled, asker):
    credential = filled(asker)
    send_work_code("asker@example.org", "123456")
    for what in (CredentialEvent.What.REMINDED, CredentialEvent.What.APPROVED):
        tell(credential, what)
    assert all(message.subject.startswith(OPEN) for message in mail.outbox)
    assert len(mail.outbox) == 3


WRONG = [
    ("profession", {}),
    ("profession", {"specialty": "nurse", "country": "ZZ"}),
    ("registration", {}),
    ("registration", {"scheme": "gb_gmc", "number": "1", "name_on_register": " ", "orcid": "1", "register_url": "a"}),
    ("registration", {"scheme": "other", "number": "1", "name_on_register": "Helena", "region": ""}),
    ("link", {"do": "send_code", "work_email": "helena"}),
    ("link", {"do": "send_code", "work_email": "helena@gmail.com"}),
    ("link", {"do": "confirm", "code": "1"}),
    ("link", {"do": "upload"}),
    ("declaration", {}),
    ("declaration", {"interests": "Helena", "nothing_to_declare": "on"}),
    ("send", {}),
]


@pytest.mark.parametrize(("step", "answers"), WRONG)
def test_steps_of_an_application_with_errors(step, answers, in_brackets, filled, asker, sign_in):
    credential = filled(asker)
    if step == "send":
        Credential.objects.filter(pk=credential.pk).update(consented_at=None)
    answer = sign_in(asker).post(f"/account/verification/apply/{step}/", answers, follow=True)
    assert OPEN in answer.text
    assert main(answer) == []


@pytest.mark.parametrize("country", ["GB", "US", "CA", "IN", "DE"])
def test_questions_about_a_registration(country, in_brackets, filled, asker, sign_in):
    filled(asker, country=country)
    answer = sign_in(asker).get("/account/verification/apply/registration/")
    assert set(main(answer)) <= set(PROVINCES)


@pytest.mark.parametrize("what", ["draft", "sent", "asked", "approved", "ending", "paused", "gone", "over", "refused"])
def test_the_status_of_a_badge(what, in_brackets, filled, sent, approved, reviewer, asker, sign_in):
    make = {"draft": filled, "sent": sent, "asked": sent, "refused": sent}.get(what, approved)
    credential, words = make(asker), {"by": reviewer, "message": "Look"}
    if what == "asked":
        actions.ask_for_more(credential, **words)
    elif what == "refused":
        actions.decide(credential, approve=False, reason="lapsed", **words)
    elif what == "paused":
        actions.suspend(credential, reason="lapsed", **words)
    elif what == "gone":
        actions.revoke(credential, reason="lapsed", **words)
    elif what in ("ending", "over"):
        move_end(credential, 20 if what == "ending" else -1)
        actions.expire_due()
    answer = sign_in(asker).get("/account/verification/")
    assert answer.status_code == 200
    assert main(answer) == []


@pytest.mark.parametrize("what", ["waiting", "approved", "looked up"])
def test_the_review(what, in_brackets, sent, approved, reviewer, asker, sign_in, document):
    credential = approved(asker) if what == "approved" else sent(asker)
    if what == "looked up":
        note = NpiLookup.judge({"result_count": 0}, "1", "").summary
        CredentialEvent.objects.create(
            credential=credential, what="looked_up", from_state="submitted", to_state="submitted", note=note
        )
    client = sign_in(reviewer)
    own = client.get(f"/admin/credentials/credential/{credential.pk}/change/").text
    assert Page(own.partition('<div class="review">')[2].partition("</section>\n</div>\n{")[0]).left == []
    queue = client.get("/admin/credentials/credential/").text
    assert Page(queue.partition('<div id="changelist"')[2]).left == []


FACTOR_PAGES = [
    *("mfa_index", "mfa_generate_recovery_codes", "mfa_view_recovery_codes", "mfa_activate_totp"),
    *("mfa_deactivate_totp", "mfa_add_webauthn", "mfa_list_webauthn", "mfa_reauthenticate", "account_reauthenticate"),
    *("account_email", "account_change_password", "usersessions_list"),
]


@pytest.mark.parametrize("name", FACTOR_PAGES)
@pytest.mark.parametrize("has_app", [True, False])
def test_pages_of_second_factors(name, has_app, in_brackets, member, asker, request):  # noqa: F811
    if has_app:
        request.getfixturevalue("app")
        if name != "mfa_add_webauthn":  # it would read the key itself, which this one lacks
            add_passkey(asker, name="moles")
    for answer in (
        member.get(reverse(name), follow=True),
        member.post(reverse(name), {"code": "1", "email": "a"}, follow=True),
    ):
        if answer.status_code == 200:
            assert main(answer) == []


def test_pages_of_one_passkey(in_brackets, member, asker):  # noqa: F811
    key = add_passkey(asker, name="moles")
    for name in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
        assert main(member.get(reverse(name, args=[key.pk]))) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"display_name": "a@example.org"},
        {"display_name": "moderator"},
        {"display_name": "asker" * 50},
        {"bio": "x" * 501},
        {"bio": "medical professional"},
        {"new_avatar": SimpleUploadedFile("a.png", b"moles")},
    ],
)
def test_errors_of_settings(wrong, in_brackets, asker, sign_in):
    answer = sign_in(asker).post("/account/", wrong)
    assert answer.status_code == 422
    assert all(error.startswith(OPEN) for errors in answer.context["form"].errors.values() for error in errors)


@pytest.mark.parametrize("activity", DAILY)
def test_limits(activity, in_brackets):
    assert without_brackets(str(LimitReached(activity))) == ""


def test_what_is_stored_stays_in_english(in_brackets, approved, filled, reviewer, asker, stranger, document):
    approved(asker)
    asker.refresh_from_db()
    assert asker.professional_title == "Dermatologist"
    credential = filled(stranger)
    evidence = actions.add_evidence(credential, by=stranger, kind="letter", checked=document())
    actions.submit(credential, by=stranger)
    actions.open_document(evidence, by=reviewer)
    assert credential.events.get(what="opened").note.startswith("letter from the institution, ")
