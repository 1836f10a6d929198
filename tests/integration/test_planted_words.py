"""Words that only a question, its replies and its forum hold: no mail, no log line and no row of news repeats them."""

import base64
import json
import quopri
import re
import smtplib
from datetime import timedelta
from email import policy

import pytest
from django.core import mail
from django.tasks import default_task_backend
from django.utils import timezone

from forum import actions
from forum.models import Forum, Thread
from moderation import actions as moderation
from moderation.actions import Grounds, Verdict
from moderation.models import Action, Case
from notifications import actions as news
from notifications import models
from notifications.actions import mailing
from notifications.kinds import KINDS
from notifications.tasks import mail as mail_task
from tests.conftest import make_user
from tests.integration.test_mails import frozen_database, later

pytestmark = pytest.mark.django_db

TITLE, BODY, REPLY, FACT, FORUM = "Zephyrine", "Quixotal", "Borborygm", "Merovinge", "Ottolenge"
WORDS = [word.lower() for word in (TITLE, BODY, REPLY, FACT, FORUM)]
ROWS = (
    models.Bounce, models.Choice, models.Mail, models.NewQuestion, models.News, models.Notification,
    models.Preferences, models.Subscription,
)  # fmt: skip


@pytest.fixture(autouse=True)
def at_once(settings):
    settings.MAIL_HOLD_SECONDS = 0
    default_task_backend.clear()


@pytest.fixture
def people(forum, asker, helper, clinician, stranger, moderator):
    """Everybody wants every mail there is."""
    Forum.objects.update(
        name=f"{FORUM} pain", slug=FORUM.lower(), description=f"About {FORUM}.", specialties=["dermatologist"]
    )
    follower = make_user("follower")
    news.follow_area("all", by=follower, forum_id=forum.pk)
    news.follow_area("all", by=stranger, specialty="dermatologist")
    for person in (asker, helper, clinician, stranger, moderator, follower):
        news.choose(person, {code: kind.timings[0] for code, kind in KINDS.items()})
    return follower


def everything_happens(forum, asker, helper, clinician, stranger, moderator):
    """One of every event that somebody is told of."""
    forum.refresh_from_db()
    thread = actions.ask(
        by=asker, forum=forum, title=f"Is it {TITLE}?", body=f"{BODY} hurts.", facts={"medicines": FACT}
    )
    send()
    answer = actions.reply_to(thread, by=helper, body=f"{REPLY} it is.")
    actions.reply_to(thread, by=clinician, body=f"It is {REPLY}, @helper.")
    quote = f"> [helper wrote](/replies/{answer.pk}/):\n> {REPLY} it is.\n\nYes, {REPLY}."
    actions.reply_to(thread, by=stranger, body=quote)
    send()
    actions.hold(thread, by=moderator)
    actions.restore(thread, by=moderator)
    moderation.report(answer, by=stranger, reason="spam", explanation=f"{REPLY} is for sale")
    case = Case.objects.get(reply=answer)
    grounds = Grounds(ground="kind", facts=f"{REPLY} was said.", message=f"{REPLY} is unkind.")
    moderation.decide(case, Verdict([Action.HIDE], grounds), by=moderator)
    actions.reply_to(thread, by=helper, body=f"I took an overdose of {REPLY}. I want to kill myself. Goodbye everyone.")
    send()
    waits(actions.ask(by=asker, forum=forum, title=f"Still {TITLE}?", body=f"{BODY} hurts more."), hours=73)
    waits(actions.ask(by=asker, forum=forum, title=f"{TITLE} again?", body=f"{BODY} hurts even more."), hours=25)
    news.remind_askers()
    send()
    liked = actions.ask(by=asker, forum=forum, title=f"What helps with {TITLE}?", body=BODY)
    actions.reply_to(liked, by=helper, body=f"Try {REPLY}.")
    send()
    with frozen_database("2026-11-25 09:00"):
        news.make_summaries()
    send()


def waits(thread, *, hours):
    moment = timezone.now() - timedelta(hours=hours)
    Thread.objects.filter(pk=thread.pk).update(created_at=moment, last_activity_at=moment)


def send():
    """What the worker does, twice over: the first time the server is in a bad mood and quotes what it was given."""
    for result in default_task_backend.results:
        if result.task.module_path.startswith(("moderation.", "notifications.")):
            result.task.func(*result.args)
    news.spread_news()
    later(11)
    news.make_mails()
    real = mailing.mailers

    class Moody:
        def open(self):
            pass

        close = open

        def send_messages(self, messages):
            raise smtplib.SMTPDataError(451, messages[0].message(policy=policy.SMTP).as_bytes())

    mailing.mailers = type("Mailers", (), {"default": Moody()})
    try:
        mail_task.func()
    finally:
        mailing.mailers = real
    models.Mail.objects.filter(ended_at=None).update(due_at=timezone.now() - timedelta(seconds=1))
    mail_task.func()


def found_in(text):
    return [word for word in WORDS if word in text.lower()]


def whole(message):
    """All of a mail as it goes out, and as it is read: headers, texts, links, in whatever encoding."""
    raw = message.message(policy=policy.SMTP).as_bytes()
    packed = b"".join(re.findall(rb"(?m)^[A-Za-z0-9+/=]{40,}\r?$", raw))
    unpacked = base64.b64decode(packed + b"=" * (-len(packed) % 4)) if packed else b""
    texts = [raw, quopri.decodestring(raw), unpacked]
    alternatives = [str(one.content) for one in message.alternatives]
    return " ".join([*(text.decode(errors="replace") for text in texts), str(message.body), *alternatives])


def test_nothing_that_was_written_is_in_a_mail_a_log_line_or_a_row(
    people, forum, asker, helper, clinician, stranger, moderator, capfd, caplog, sign_in, client
):
    caplog.set_level("INFO")
    everything_happens(forum, asker, helper, clinician, stranger, moderator)
    subjects = {message.subject for message in mail.outbox}
    for part in (
        "new answer", "new reply", "New questions", "About your question", "weekly summary", "Questions wait",
        "What waits", "Urgent", "News in your account", "Your report",
    ):  # fmt: skip
        assert any(part in subject for subject in subjects), (part, subjects)
    for message in mail.outbox:
        assert (message.subject, found_in(whole(message))) == (message.subject, [])
    rows = [list(model.objects.values()) for model in ROWS]
    assert found_in(json.dumps(rows, default=str)) == []
    assert found_in(json.dumps([result.args for result in default_task_backend.results], default=str)) == []
    for address in set(re.findall(r"http://testserver(/[^\s>]*)", " ".join(str(one.body) for one in mail.outbox))):
        for reader in (client, sign_in(asker), sign_in(moderator)):
            reader.get(address)  # logged too
    out, err = capfd.readouterr()
    logged = out + err + caplog.text
    assert "mail not sent" in logged
    assert found_in(logged) == []


def test_who_wants_titles_gets_titles_and_nothing_else(people, forum, asker, helper, clinician, stranger, moderator):
    for person in (asker, helper, clinician, stranger, people):
        news.choose(person, {}, includes_titles=True)
    everything_happens(forum, asker, helper, clinician, stranger, moderator)
    with_titles = 0
    for message in mail.outbox:
        text = whole(message)
        assert found_in(text) in ([], [TITLE.lower()])
        headers = message.message(policy=policy.SMTP).as_bytes().partition(b"\r\n\r\n")[0].decode()
        assert found_in(headers) == []
        assert found_in(" ".join(re.findall(r"https?://[^\s\"<>]+", text))) == []
        with_titles += TITLE in str(message.body)
        if message.to == [moderator.email]:
            assert found_in(text) == []
    assert with_titles >= 8
