import os

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.conftest import PASSWORD

expect.set_options(timeout=10_000)
AXE_OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"target-size": {"enabled": True}},
}


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {
        **browser_type_launch_args,
        "executable_path": os.environ["CHROMIUM"],
        "args": ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"],
    }


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    # The service worker fetches on its own time; the test of the offline page lets it.
    return {**browser_context_args, "service_workers": "block"}


@pytest.fixture
def site(live_server, transactional_db):
    return live_server.url


@pytest.fixture
def tab(page: Page, site):
    """A browser tab that fails the test on a console error, a broken script or a foreign request."""
    problems = []

    def heard(message):
        # The browser repeats every 4xx answer as an error; those are ours and tested elsewhere.
        if message.type == "error" and "status of 4" not in message.text:
            problems.append(message.text)

    page.on("console", heard)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "request", lambda request: None if request.url.startswith((site, "data:")) else problems.append(request.url)
    )
    page.problems = problems
    yield page
    assert problems == []


@pytest.fixture
def sign_in(site):
    def sign_in(tab: Page, user) -> None:
        tab.goto(f"{site}/accounts/login/")
        tab.get_by_label("Username or e-mail address").fill(user.username)
        tab.get_by_label("Password", exact=True).fill(PASSWORD)
        tab.get_by_role("button", name="Sign in", exact=True).click()
        main = tab.get_by_role("navigation", name="Main")
        expect(main.get_by_role("link", name=user.name)).to_be_visible()

    return sign_in


@pytest.fixture
def accessible():
    def check(page: Page, where: str) -> None:
        page.wait_for_load_state("load")  # after a click the styles may still be on their way
        assert page.problems == []
        result = Axe().run(page, options=AXE_OPTIONS)
        page.evaluate("new Promise(done => setTimeout(done, 200))")  # until its own messages have come in:
        page.problems.clear()  # the scanner tries inline styles
        found = [
            f"{where}: {violation['id']}: {node['html'][:160]}"
            for violation in result.response["violations"]
            for node in violation["nodes"]
        ]
        assert found == []

    return check


@pytest.fixture
def another_tab(browser, site):
    """Tabs of other people, each with cookies of its own."""
    contexts = []

    def open_tab(user: User | None = None) -> Page:
        contexts.append(browser.new_context())
        tab = contexts[-1].new_page()
        if user:
            tab.goto(f"{site}/accounts/login/")
            tab.locator("[name=login]").fill(user.username)
            tab.locator("[name=password]").fill(PASSWORD)
            tab.get_by_role("button", name="Sign in", exact=True).click()
            main = tab.get_by_role("navigation", name="Main")
            expect(main.get_by_role("link", name=user.name)).to_be_visible()
        return tab

    yield open_tab
    for context in contexts:
        context.close()
