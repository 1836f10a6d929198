"""Text size and theme of members, in real Chromium: kept with the account, on every device."""

import pytest
from playwright.sync_api import expect

from tests.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_choice_follows_to_another_device(tab, site, sign_in, asker, browser):
    sign_in(tab, asker)
    with tab.expect_response(f"{site}/reading/"):
        tab.get_by_role("button", name="Text size: largest").click()
    with tab.expect_response(f"{site}/reading/"):
        tab.get_by_role("button", name="Theme: dark").click()
    expect(tab.locator("html")).to_have_class("text-largest theme-dark")
    tab.goto(f"{site}/about/")
    expect(tab.locator("html")).to_have_class("text-largest theme-dark")
    other = browser.new_context()
    device = other.new_page()
    device.goto(f"{site}/accounts/login/")
    expect(device.locator("html")).to_have_class("text-normal theme-system")
    device.locator("[name=login]").fill(asker.username)
    device.locator("[name=password]").fill(PASSWORD)
    device.get_by_role("button", name="Sign in", exact=True).click()
    expect(device.locator("html")).to_have_class("text-largest theme-dark")
    other.close()
