"""Every page and e-mail about accounts is ours: our frame, our words, nothing that the policy forbids."""

import re
from fnmatch import fnmatch
from pathlib import Path
from urllib.parse import urlencode

import allauth
import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core import mail
from django.template.loader import get_template
from django.test import Client
from django.urls import reverse

from accounts import consents
from accounts.models import Consent, User
from accounts.templatetags.account_pages import device_words
from tests.conftest import CONSENTS, PASSWORD

pytestmark = pytest.mark.django_db

# Words of the package that no page or e-mail of ours uses.
FOREIGN = re.compile(
    r"two-factor|security key|authenticat(e|ion)\b|sign in via|third-party|log ?in\b|please|be patient"
    r"|reauthenticate|example\.com|Email\b|passwordless|verification|successfully",
    re.IGNORECASE,
)


def words(page: str) -> str:
    """What a person reads of a page."""
    main = page.split("<main", 1)[-1].split("</main>", 1)[0]
    main = re.sub(r"<script.*?</script>", "", main, flags=re.DOTALL)
    return re.sub(r"<[^>]+>", " ", main)


def look(response, status=200) -> str:
    page = response.content.decode()
    assert response.status_code == status, (response.status_code, response.headers.get("Location"))
    assert '<a class="skip-link" href="#main">' in page
    assert '<html lang="en-gb"' in page
    assert page.count("<h1") == 1
    assert " style=" not in page
    assert re.search(r"<script(?![^>]*(?: src=|application/json))", page) is None, "an inline script"
    assert " on" not in "".join(re.findall(r"<[^>]*\son\w+=", page))
    assert "placeholder=" not in page
    assert not (found := FOREIGN.search(words(page))), found
    title = re.search(r"<title>(.*?)</title>", page, re.DOTALL)[1]
    assert title.strip().endswith("– Bedside")
    return page


def read_mail(number=-1):
    message = mail.outbox[number]
    text = f"{message.subject}\n{message.body}"
    assert not (found := FOREIGN.search(re.sub(r"http\S+", "", text))), found
    assert "\n" not in message.subject
    assert message.body.startswith("Hello,\n\n")
    assert PASSWORD not in text
    assert "{" not in text
    assert "http://testserver" in message.body
    return message


def code_in(message) -> str:
    return re.search(r"^([A-Z0-9-]{6,12})$", message.body, re.MULTILINE)[1]


def said(response) -> str:
    return " ".join(str(message) for message in response.context["messages"])


@pytest.fixture
def member(asker):
    """Somebody who has signed in and confirmed it just now, so that factors may be changed."""
    client = Client(HTTP_USER_AGENT="Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0")
    client.post(reverse("account_login"), {"login": "asker", "password": PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    mail.outbox.clear()
    return client


def add_passkey(user, **data) -> Authenticator:
    return Authenticator.objects.create(
        user=user, type=Authenticator.Type.WEBAUTHN, data={"name": "My phone", "credential": {}, **data}
    )


@pytest.fixture
def app(asker):
    """An authenticator app and recovery codes."""
    TOTP.activate(asker, "JBSWY3DPEHPK3PXP")
    return RecoveryCodes.activate(asker)


def app_code() -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value("JBSWY3DPEHPK3PXP", counter))


VISITORS = [
    "account_login",
    "account_signup",
    "account_reset_password",
    "account_request_login_code",
    "account_inactive",
    "account_password_reset_completed",
    "socialaccount_login_cancelled",
]


@pytest.mark.parametrize("name", VISITORS)
def test_pages_of_visitors(name, client):
    look(client.get(reverse(name)))


def test_the_page_after_a_failed_sign_in_elsewhere(client):
    look(client.get(reverse("socialaccount_login_error")), status=401)


MEMBERS = [
    "account_settings",
    "account_email",
    "account_change_password",
    "account_logout",
    "account_reauthenticate",
    "mfa_index",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_list_webauthn",
    "usersessions_list",
    "socialaccount_connections",
]


@pytest.mark.parametrize("name", MEMBERS)
def test_pages_of_members(name, member):
    look(member.get(reverse(name)))


@pytest.mark.parametrize("name", ["mfa_index", "mfa_deactivate_totp", "mfa_generate_recovery_codes",
                                  "mfa_view_recovery_codes", "mfa_reauthenticate"])  # fmt: skip
def test_pages_of_members_with_an_app(name, member, app):
    look(member.get(reverse(name)))
    look(member.get(reverse(name)))


@pytest.mark.parametrize("template", ["signup_closed", "password_reset_done", "verification_sent"])
def test_pages_that_only_other_settings_show(template, rf, client):
    request = client.get("/").wsgi_request
    page = get_template(f"account/{template}.html").render({}, request)
    assert '<a class="skip-link"' in page
    assert not FOREIGN.search(words(page))


# What the package brings and our settings never show: links instead of codes, phones, several addresses,
# trusted browsers, signing up with a passkey. What this list lacks has to be written in our words.
UNUSED = [
    "account/email.html",
    "account/email_confirm.html",
    "account/verified_email_required.html",
    "account/snippets/*",
    "account/phone_change.html",
    "account/confirm_phone_verification_code.html",
    "account/messages/phone_*",
    "account/signup_by_passkey.html",
    "mfa/webauthn/signup_form.html",
    "mfa/webauthn/snippets/*",
    "mfa/trust.html",
    "mfa/recovery_codes/download.txt",
    "socialaccount/snippets/login.html",
    "socialaccount/snippets/login_extra.html",
    "account/base_*",
    "mfa/*base*",
    "socialaccount/base_*",
    "usersessions/base_*",
]


def test_no_template_of_the_package_is_left():
    theirs = Path(allauth.__file__).parent / "templates"
    ours = settings.BASE_DIR / "templates"
    names = [
        str(path.relative_to(theirs))
        for app in ("account", "mfa", "socialaccount", "usersessions")
        for path in theirs.glob(f"{app}/**/*.*")
    ]
    assert len(names) > 100
    used = [name for name in names if not any(fnmatch(name, pattern) for pattern in UNUSED)]
    assert [name for name in used if not (ours / name).exists()] == []


def test_the_account_page_shows_what_was_agreed_to_and_the_picture(member, asker):
    consents.record(asker, consents.HEALTH_DATA)
    Consent.objects.create(user=asker, kind=consents.AGE, version="2020-01-01")
    asker.avatar = f"avatars/{'0' * 32}.webp"
    asker.save()
    page = look(member.get(reverse("account_settings")))
    assert "I agree that Bedside stores and shows the health information" in page
    assert "An earlier text about minimum age" in page
    assert f'src="/avatars/{"0" * 32}.webp"' in page
    assert 'enctype="multipart/form-data"' in page


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/141.0 Safari/537.36 Edg/141.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/141.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) CriOS/141.0 Safari/604.1", "Chrome on iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 15) Version/19.0 Safari/605.1", "Safari on Mac"),
        ("curl/8.1", "curl/8.1"),
        ("x" * 200, "x" * 60),
        ("", "Unknown browser"),
    ],
)
def test_devices_have_names(agent, words):
    assert device_words(agent) == words


def test_a_member_without_a_password_sets_one(asker, sign_in):
    asker.set_unusable_password()
    asker.save()
    client = sign_in(asker)
    assert "Set" in look(client.get(reverse("account_settings")))
    look(client.get(reverse("account_set_password")))
    mail.outbox.clear()
    new = {"password1": "quite other words than before", "password2": "quite other words than before"}
    response = client.post(reverse("account_set_password"), new, follow=True)
    assert "Your password is saved." in said(response)
    read_mail()


def test_sign_up_asks_for_two_consents_and_hides_its_trap(client):
    page = look(client.get(reverse("account_signup")))
    assert page.count('type="checkbox"') == 2
    assert " checked" not in page
    trap = re.search(r'<input[^>]*name="website"[^>]*>', page)[0]
    assert 'autocomplete="off"' in trap
    assert 'tabindex="-1"' in trap
    page = look(client.post(reverse("account_signup"), {}))
    assert "Enter your e-mail address." in page
    assert "Choose a username." in page
    assert "This field is required." not in page


def test_a_program_that_fills_in_everything_gets_no_account(client):
    account = {"email": "bot@example.org", "username": "bot", "password1": "four words and more", **CONSENTS}
    response = client.post(reverse("account_signup"), {**account, "website": "https://spam.example"})
    assert response.status_code == 302
    assert not User.objects.filter(username="bot").exists()


def test_signing_up_confirming_and_signing_in_with_a_code(client):
    account = {"email": "new@example.org", "username": "newcomer", "password1": "four words and more", **CONSENTS}
    response = client.post(reverse("account_signup"), account, follow=True)
    page = look(response)
    assert "new@example.org" in page
    assert "Use another e-mail address" in page
    wrong = look(client.post(reverse("account_email_verification_sent"), {"code": "WRONG"}))
    assert "Error: " in wrong
    response = client.post(reverse("account_email_verification_sent"), {"code": code_in(read_mail())}, follow=True)
    assert "is confirmed" in said(response)

    client.post(reverse("account_logout"))
    page = look(client.post(reverse("account_request_login_code"), {"email": "new@example.org"}, follow=True))
    assert "We have sent a code to new@example.org." in page
    look(client.post(reverse("account_confirm_login_code"), {"code": "WRONG"}))
    response = client.post(reverse("account_confirm_login_code"), {"code": code_in(read_mail())}, follow=True)
    assert response.context["user"].username == "newcomer"


def test_signing_up_twice_tells_only_the_owner(client, asker):
    mail.outbox.clear()
    account = {"email": asker.email, "username": "another", "password1": "four words and more", **CONSENTS}
    look(client.post(reverse("account_signup"), account, follow=True))
    assert "has an account already" in read_mail().body


def test_a_new_password_by_code(client, asker):
    mail.outbox.clear()
    page = look(client.post(reverse("account_reset_password"), {"email": asker.email}, follow=True))
    assert "Send a new code" not in page
    page = look(client.post(reverse("account_confirm_password_reset_code"), {"code": "WRONG"}))
    code = {"code": code_in(read_mail())}
    look(client.post(reverse("account_confirm_password_reset_code"), code, follow=True))
    new = {"password1": "quite other words than before", "password2": "not the same"}
    look(client.post(reverse("account_complete_password_reset"), new))
    new["password2"] = new["password1"]
    look(client.post(reverse("account_complete_password_reset"), new, follow=True))
    assert "was changed" in read_mail().subject
    asker.refresh_from_db()
    assert asker.check_password("quite other words than before")


def test_changing_the_password(member):
    new = {"oldpassword": "wrong", "password1": "short", "password2": ""}
    page = look(member.post(reverse("account_change_password"), new))
    assert "Enter the new password a second time." in page
    new = {"oldpassword": PASSWORD, "password1": "quite other words than before"}
    new["password2"] = new["password1"]
    response = member.post(reverse("account_change_password"), new, follow=True)
    assert "Your new password is saved." in said(response)
    message = read_mail()
    assert "Firefox on Windows" in message.body
    assert re.search(r"When: \d+ \w+ \d{4}, \d\d:\d\d UTC", message.body)


def test_changing_the_address(member, asker):
    response = member.post(reverse("account_email"), {"action_add": "", "email": "other@example.org"}, follow=True)
    look(response)
    look(member.get(reverse("account_email")))
    member.post(reverse("account_email_verification_sent"), {"code": code_in(read_mail())}, follow=True)
    asker.refresh_from_db()
    assert asker.email == "other@example.org"
    assert [address.email for address in EmailAddress.objects.filter(user=asker)] == ["other@example.org"]
    for number in range(len(mail.outbox)):
        read_mail(number)
    told = read_mail()
    assert told.to == ["asker@example.org"]
    assert "write to contact@bedside.example at once" in told.body


def test_confirming_that_it_is_you(sign_in, asker, app):
    client = sign_in(asker)
    response = client.get(reverse("mfa_generate_recovery_codes"), follow=True)
    page = look(response)
    assert "Confirm that it is you" in page
    assert "Use a code from your app, or a recovery code" in page
    add_passkey(asker)


@pytest.mark.django_db(transaction=True)
def test_an_app_is_set_up_used_and_removed(member, asker):
    address = reverse("mfa_activate_totp")
    secret = re.search(r'id="authenticator_secret">([A-Z2-7]+)<', look(member.get(address)))[1]
    look(member.post(address, {"code": "000"}))
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    page = look(member.post(address, {"code": code}, follow=True))
    codes = re.findall(r"<code>(\d{8})</code>", page)
    assert len(codes) == 10
    read_mail()
    page = look(member.get(reverse("mfa_view_recovery_codes")))
    assert codes[0] not in page

    client = Client()
    page = look(client.post(reverse("account_login"), {"login": "asker", "password": PASSWORD}, follow=True))
    assert "One more step" in page
    assert "Use a passkey" not in page  # there is none
    assert "Check the code" in look(client.post(reverse("mfa_authenticate"), {"code": "12345678"}))
    response = client.post(reverse("mfa_authenticate"), {"code": codes[0]}, follow=True)
    assert response.context["user"] == asker

    for name in ("mfa_generate_recovery_codes", "mfa_deactivate_totp"):
        mail.outbox.clear()
        look(member.post(reverse(name), follow=True))
        read_mail()
    assert not Authenticator.objects.filter(user=asker, type=Authenticator.Type.TOTP).exists()


@pytest.mark.parametrize("role", ["moderator", "clinician"])
def test_who_must_have_a_second_factor_reads_why(role, request, sign_in, settings):
    settings.REQUIRE_SECOND_FACTOR = True
    client = sign_in(request.getfixturevalue(role))
    assert "needs a passkey or an authenticator app" in look(client.get(reverse("mfa_index")))


def test_the_last_factor_of_staff_stays(moderator, settings):
    settings.REQUIRE_SECOND_FACTOR = True
    TOTP.activate(moderator, "JBSWY3DPEHPK3PXP")
    client = Client()
    client.post(reverse("account_login"), {"login": "moderator", "password": PASSWORD})
    client.post(reverse("mfa_authenticate"), {"code": app_code()})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = look(client.get(reverse("mfa_deactivate_totp")))
    assert "There is a problem" in page
    assert '<button class="button button--danger"' not in page


def test_only_paths_of_this_site_are_gone_on_to(member, app):
    page = look(member.get(reverse("mfa_index", query={"next": "https://elsewhere.example/"})))
    assert 'href="https://elsewhere' not in page
    assert "Go on to where you were" not in page
    page = look(member.get(reverse("mfa_index", query={"next": "/ask/"})))
    assert '<a class="button" href="/ask/">Go on to where you were</a>' in page


def test_where_one_wanted_to_go_is_kept_until_there_is_a_factor(member, asker):
    look(member.get(reverse("mfa_index", query={"next": "/ask/"})))
    TOTP.activate(asker, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(asker)
    assert '<a class="button" href="/ask/">I have kept them' in look(member.get(reverse("mfa_view_recovery_codes")))
    assert "Go on to where you were" not in look(member.get(reverse("mfa_index")))


def test_passkeys_are_listed_renamed_and_removed(member, asker, monkeypatch):
    passkey = add_passkey(asker)
    monkeypatch.setattr("allauth.mfa.webauthn.internal.auth.WebAuthn.is_passwordless", True, raising=False)
    assert "My phone" in look(member.get(reverse("mfa_list_webauthn")))
    page = look(member.post(reverse("mfa_edit_webauthn", args=[passkey.pk]), {"name": ""}))
    assert "Enter a name." in page
    member.post(reverse("mfa_edit_webauthn", args=[passkey.pk]), {"name": "Old phone"})
    assert "Old phone" in look(member.get(reverse("mfa_remove_webauthn", args=[passkey.pk])))
    look(member.post(reverse("mfa_remove_webauthn", args=[passkey.pk]), follow=True))
    read_mail()


def test_devices_are_named_and_signed_out(member, asker):
    other = Client(HTTP_USER_AGENT="Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1")
    other.post(reverse("account_login"), {"login": "asker", "password": PASSWORD})
    page = look(member.get(reverse("usersessions_list")))
    assert "Firefox on Windows" in page
    assert "Safari on iPhone" in page
    assert page.count("Sign out this device") == 1
    session = UserSession.objects.get(user_agent__contains="iPhone")
    page = look(member.post(reverse("account_session_end", args=[session.pk]), follow=True))
    assert "That device is signed out." in page
    assert other.get(reverse("account_settings")).status_code == 302
    other.post(reverse("account_login"), {"login": "asker", "password": PASSWORD})
    page = look(member.post(reverse("usersessions_list"), follow=True))
    assert "All your other devices are signed out." in page
    assert other.get(reverse("account_settings")).status_code == 302


def test_accounts_elsewhere_are_offered_only_where_configured(client, member):
    assert "Continue with" not in look(client.get(reverse("account_login")))
    assert "Connected accounts" not in look(member.get(reverse("account_settings")))
    assert not SocialAccount.objects.exists()


def test_accounts_elsewhere_are_buttons(client, member, monkeypatch):
    class Google:
        id = name = "Google"
        uses_apps = False

        @staticmethod
        def get_login_url(request, **query):
            return f"/google/?{urlencode(query)}"

    monkeypatch.setattr("accounts.adapter.SocialAdapter.list_providers", lambda self, request: [Google()])
    page = look(client.get(reverse("account_login", query={"next": "/ask/"})))
    form = re.search(r'<form method="post" action="(/google/[^"]*)">.*?</form>', page, re.DOTALL)
    assert form[1] == "/google/?process=login&amp;next=%2Fask%2F"
    assert "Continue with Google" in form[0]
    assert "csrfmiddlewaretoken" in form[0]
    assert "Continue with Google" in look(client.get(reverse("account_signup")))
    assert "Connect Google" in look(member.get(reverse("socialaccount_connections")))
    assert "Connected accounts" in look(member.get(reverse("account_settings")))
