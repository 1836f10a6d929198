"""Every page about accounts on a phone, in both themes, with large text: accessible, nothing cut off."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client
from playwright.sync_api import expect

from accounts import consents
from tests.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=["light", "dark"])
def phone(tab, request):
    tab.emulate_media(color_scheme=request.param)
    tab.set_viewport_size({"width": 320, "height": 800})
    return tab


@pytest.fixture
def look(phone, accessible):
    def look(name: str) -> None:
        accessible(phone, name)
        width = phone.evaluate("document.documentElement.scrollWidth")
        assert width <= 320, f"{name} is {width} wide"

    return look


def test_pages_of_visitors(phone, site, look, asker):
    for page in ["login/", "signup/", "password/reset/", "password/reset/done/", "login/code/", "inactive/",
                 "3rdparty/login/cancelled/", "3rdparty/login/error/"]:  # fmt: skip
        phone.goto(f"{site}/accounts/{page}")
        look(page)
    phone.goto(f"{site}/accounts/login/")
    phone.get_by_role("button", name="Sign in", exact=True).click()
    expect(phone.get_by_role("alert")).to_be_focused()
    look("sign in with errors")
    phone.goto(f"{site}/accounts/signup/")
    phone.get_by_role("button", name="Sign up", exact=True).click()
    look("sign up with errors")
    phone.get_by_label("E-mail address").fill("somebody-with-a-long-name@a-rather-long-domain.example.org")
    phone.get_by_label("Username").fill("newcomer")
    phone.get_by_label("Password", exact=True).fill("four words and more")
    phone.get_by_label("I agree that").check()
    phone.get_by_label("I am 16 or older").check()
    phone.get_by_role("button", name="Sign up", exact=True).click()
    phone.get_by_text("Use another e-mail address").click()
    look("code by e-mail")
    phone.context.clear_cookies()
    phone.goto(f"{site}/accounts/login/code/")
    phone.get_by_label("E-mail address").fill("asker@example.org")
    phone.get_by_role("button", name="Send me a code").click()
    look("code to sign in")
    phone.context.clear_cookies()
    phone.goto(f"{site}/accounts/password/reset/")
    phone.get_by_label("E-mail address").fill("asker@example.org")
    phone.get_by_role("button", name="Send me a code").click()
    look("code for a new password")


def test_pages_of_members(phone, site, sign_in, look, asker):
    consents.record(asker, consents.HEALTH_DATA, consents.AGE)
    agent = "Mozilla/5.0 " + "VeryLongNameOfADevice" * 8
    Client(HTTP_USER_AGENT=agent).post("/accounts/login/", {"login": "asker", "password": PASSWORD})
    sign_in(phone, asker)
    for page in ["/account/", "/accounts/email/", "/accounts/password/change/", "/accounts/logout/",
                 "/accounts/reauthenticate/", "/accounts/sessions/", "/accounts/2fa/",
                 "/accounts/2fa/webauthn/", "/accounts/3rdparty/"]:  # fmt: skip
        phone.goto(site + page)
        look(page)
    phone.goto(f"{site}/accounts/2fa/totp/activate/")
    look("confirm that it is you")
    phone.get_by_label("Password", exact=True).fill(PASSWORD)
    phone.get_by_role("button", name="Confirm").click()
    look("set up an app")
    phone.goto(f"{site}/accounts/2fa/webauthn/add/")
    look("add a passkey")


def test_pages_about_second_factors(phone, site, sign_in, look, asker):
    sign_in(phone, asker)
    TOTP.activate(asker, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(asker)
    passkey = Authenticator.objects.create(
        user=asker, type=Authenticator.Type.WEBAUTHN, data={"name": "Phone" * 20, "credential": {}}
    )
    phone.goto(f"{site}/accounts/2fa/recovery-codes/")
    phone.get_by_label("Password", exact=True).fill(PASSWORD)
    phone.get_by_role("button", name="Confirm").click()
    look("recovery codes")
    for page in ["", "recovery-codes/", "recovery-codes/generate/", "totp/deactivate/", "reauthenticate/",
                 "webauthn/", f"webauthn/keys/{passkey.pk}/edit/", f"webauthn/keys/{passkey.pk}/remove/"]:  # fmt: skip
        phone.goto(f"{site}/accounts/2fa/{page}")
        look(page)
    Authenticator.objects.filter(pk=passkey.pk).delete()
    phone.context.clear_cookies()
    phone.goto(f"{site}/accounts/login/")
    phone.get_by_label("Username or e-mail address").fill("asker")
    phone.get_by_label("Password", exact=True).fill(PASSWORD)
    phone.get_by_role("button", name="Sign in", exact=True).click()
    expect(phone.get_by_role("heading", name="One more step")).to_be_visible()
    look("one more step")


def test_the_largest_text_on_a_phone(phone, site, sign_in, look, asker):
    sign_in(phone, asker)
    phone.get_by_role("button", name="Text size: largest").click()
    for page in ["/account/", "/accounts/sessions/", "/accounts/2fa/", "/accounts/password/change/"]:
        phone.goto(site + page)
        look(page)
    phone.context.clear_cookies()
    phone.goto(f"{site}/accounts/login/")
    phone.get_by_role("button", name="Text size: largest").click()
    for page in ["login/", "signup/"]:
        phone.goto(f"{site}/accounts/{page}")
        look(page)
