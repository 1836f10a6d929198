"""Passkeys, authenticator apps and recovery codes in real Chromium, with an authenticator made by it."""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import expect

from tests.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def site(live_server, transactional_db):
    return live_server.url.replace("127.0.0.1", "localhost")  # where browsers allow passkeys without TLS


@pytest.fixture
def plug_in(tab):
    """Gives the browser a device that holds passkeys, by default a phone with a fingerprint reader."""
    chromium = tab.context.new_cdp_session(tab)
    chromium.send("WebAuthn.enable")

    def plug_in(**options) -> None:
        phone = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        chromium.send("WebAuthn.addVirtualAuthenticator", {"options": {**phone, **options}})

    return plug_in


def app_code(secret: str, step: int) -> str:
    """What an app shows `step` half minutes from now. Each code works once, and the next one is accepted already."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + step))


def type_password(tab, site):
    tab.goto(f"{site}/accounts/login/")
    tab.get_by_label("Username or e-mail address").fill("asker")
    tab.get_by_label("Password", exact=True).fill(PASSWORD)
    tab.get_by_role("button", name="Sign in", exact=True).click()


def confirm_that_it_is_you(tab):
    expect(tab.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    tab.get_by_label("Password", exact=True).fill(PASSWORD)
    tab.get_by_role("button", name="Confirm").click()


def sign_out(tab, site):
    tab.goto(f"{site}/account/")
    tab.get_by_role("button", name="Sign out").click()
    expect(tab.get_by_role("heading", name="You are signed out")).to_be_visible()


def test_an_app_and_a_recovery_code(tab, site, sign_in, asker):
    sign_in(tab, asker)
    tab.goto(f"{site}/accounts/2fa/?next=/help-now/")
    tab.get_by_role("link", name="Set up an app").click()
    confirm_that_it_is_you(tab)
    secret = tab.locator("#authenticator_secret").inner_text()
    assert tab.get_by_role("img", name="QR code").evaluate("image => image.naturalWidth") > 0
    tab.get_by_label("Code").fill("000")
    tab.get_by_role("button", name="Switch it on").click()
    expect(tab.get_by_role("heading", name="There is a problem")).to_be_visible()
    assert tab.locator("#authenticator_secret").inner_text() == secret
    tab.get_by_label("Code").fill(app_code(secret, 0))
    tab.get_by_role("button", name="Switch it on").click()
    expect(tab.get_by_role("heading", name="Recovery codes")).to_be_visible()
    codes = tab.locator("#recovery_codes li").all_inner_texts()
    assert len(codes) == 10
    tab.get_by_role("link", name="I have kept them").click()
    expect(tab).to_have_url(f"{site}/help-now/")

    sign_out(tab, site)
    type_password(tab, site)
    expect(tab.get_by_role("heading", name="One more step")).to_be_visible()
    expect(tab.get_by_label("Code")).to_have_attribute("autocomplete", "one-time-code")
    tab.get_by_label("Code").fill(app_code(secret, 1))
    tab.get_by_role("button", name="Sign in").click()
    expect(tab.get_by_role("link", name=asker.name)).to_be_visible()

    sign_out(tab, site)
    type_password(tab, site)
    tab.get_by_label("Code").fill(codes[0])
    tab.get_by_role("button", name="Sign in").click()
    expect(tab.get_by_role("link", name=asker.name)).to_be_visible()

    sign_out(tab, site)
    type_password(tab, site)
    tab.get_by_label("Code").fill(codes[0])
    tab.get_by_role("button", name="Sign in").click()
    expect(tab.get_by_role("heading", name="There is a problem")).to_be_visible()


def test_a_passkey_signs_in_alone(tab, site, sign_in, asker, plug_in):
    plug_in()
    sign_in(tab, asker)
    tab.goto(f"{site}/account/")
    tab.get_by_role("link", name="Switch on").click()
    tab.get_by_role("link", name="Add a passkey").click()
    confirm_that_it_is_you(tab)
    tab.get_by_label("Name").fill("My phone")
    tab.get_by_role("button", name="Add a passkey").click()
    expect(tab.get_by_role("heading", name="Recovery codes")).to_be_visible()
    assert tab.locator("#recovery_codes li").count() == 10
    tab.get_by_role("link", name="I have kept them").click()
    tab.get_by_role("link", name="See your passkeys").click()
    expect(tab.get_by_role("heading", name="My phone")).to_be_visible()
    expect(tab.get_by_text("Works after your password only")).not_to_be_visible()

    tab.context.clear_cookies()
    tab.goto(f"{site}/accounts/login/?next=/help-now/")
    tab.get_by_role("button", name="Sign in with a passkey").click()
    expect(tab).to_have_url(f"{site}/help-now/")
    expect(tab.get_by_role("link", name=asker.name)).to_be_visible()

    # The same passkey as the second step, and to confirm a change.
    tab.context.clear_cookies()
    type_password(tab, site)
    tab.get_by_role("button", name="Use a passkey").click()
    expect(tab.get_by_role("link", name=asker.name)).to_be_visible()
    tab.goto(f"{site}/accounts/2fa/webauthn/")
    tab.get_by_role("link", name="Rename My phone").click()
    tab.get_by_role("link", name="Use a passkey").click()
    tab.get_by_role("button", name="Use a passkey").click()
    tab.get_by_label("Name").fill("Old phone")
    tab.get_by_role("button", name="Save").click()
    tab.get_by_role("link", name="Remove Old phone").click()
    tab.get_by_role("button", name="Remove it").click()
    expect(tab.get_by_text("You have no passkeys.")).to_be_visible()
    assert not Authenticator.objects.filter(type=Authenticator.Type.WEBAUTHN).exists()


def test_an_old_key_is_a_second_step_only(tab, site, sign_in, asker, plug_in):
    plug_in(transport="usb", hasResidentKey=False, hasUserVerification=False, isUserVerified=False)
    sign_in(tab, asker)
    tab.goto(f"{site}/accounts/2fa/webauthn/add/")
    confirm_that_it_is_you(tab)
    tab.get_by_label("Sign in with it alone").uncheck()
    tab.get_by_role("button", name="Add a passkey").click()
    expect(tab.get_by_role("heading", name="Recovery codes")).to_be_visible()
    tab.goto(f"{site}/accounts/2fa/webauthn/")
    expect(tab.get_by_text("Works after your password only")).to_be_visible()


def test_without_a_passkey_the_page_says_so_and_stays(tab, site, asker, plug_in):
    plug_in(isUserVerified=False)
    tab.goto(f"{site}/accounts/login/")
    tab.get_by_role("button", name="Sign in with a passkey").click()
    expect(tab.get_by_role("status").filter(has_text=re.compile("passkey"))).to_be_visible()
    expect(tab.get_by_role("button", name="Sign in with a passkey")).to_be_focused()


def test_without_scripts_passkeys_are_explained_and_the_rest_works(browser, site, asker):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(f"{site}/accounts/login/")
    assert "Passkeys need JavaScript" in tab.locator("noscript").inner_text()  # Playwright does not draw it
    expect(tab.get_by_role("button", name="Sign in with a passkey")).not_to_be_visible()
    expect(tab.get_by_role("link", name="Send me a sign-in code by e-mail")).to_be_visible()
    context.close()


def test_a_password_can_be_looked_at(tab, site):
    tab.goto(f"{site}/accounts/login/")
    password = tab.get_by_label("Password", exact=True)
    password.fill("plenty")
    tab.get_by_role("button", name="Show password").click()
    expect(password).to_have_attribute("type", "text")
    expect(password).to_have_value("plenty")
    tab.get_by_role("button", name="Hide password").click()
    expect(password).to_have_attribute("type", "password")
