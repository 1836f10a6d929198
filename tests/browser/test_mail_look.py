"""Mails opened in a browser, as programs that show HTML do: on a phone and wide, light and dark."""

import pytest
from django.core import mail

from notifications.actions import choose
from tests.integration.test_planted_words import at_once, everything_happens, people

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
__all__ = ["at_once", "people"]  # fixtures


def test_every_mail_can_be_read_by_everybody_and_fetches_nothing(
    page, accessible, people, forum, asker, helper, clinician, stranger, moderator
):
    for person in (asker, clinician, people):
        choose(person, {}, includes_titles=True)
    everything_happens(forum, asker, helper, clinician, stranger, moderator)
    by_subject = {message.subject: str(message.alternatives[0].content) for message in mail.outbox}
    assert len(by_subject) > 8
    fetched = []
    page.problems = []
    page.on("request", lambda request: fetched.append(request.url))
    for subject, html in by_subject.items():
        page.set_content(html)
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            for width in (320, 800):
                page.set_viewport_size({"width": width, "height": 700})
                assert page.evaluate("document.documentElement.scrollWidth") <= width, subject
            accessible(page, f"{subject}, {theme}")
    assert fetched == []
