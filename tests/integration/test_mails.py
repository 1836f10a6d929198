"""Mails about what people follow: when they come, what they say, and what they never say."""

import re
import smtplib
from datetime import UTC, datetime, timedelta
from email import policy
from email.parser import BytesParser

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actions import block
from accounts.models import ActivityLimit, Block, User
from forum import actions
from forum.models import Forum, Reply, Thread
from notifications import actions as news
from notifications import letters
from notifications.actions import cleaning, mailing
from notifications.failures import failure_of
from notifications.kinds import KINDS, Timing
from notifications.letters import LETTERS
from notifications.models import Bounce, Mail, Notification, Preferences, Subscription
from notifications.tokens import make_token
from tests.conftest import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_holding_back(settings):
    """What is told is due at once; the pause between two mails stays."""
    settings.MAIL_HOLD_SECONDS = 0


def mails():
    """Tell, make and send all there is; the mails that came of it."""
    mail.outbox.clear()
    news.spread_news()
    news.make_mails()
    news.send_mails()
    return mail.outbox


def later(minutes):
    """Let time pass for what was made before."""
    Mail.objects.update(made_at=timezone.now() - timedelta(minutes=minutes))


def as_sent(message):
    """The bytes that a mail server gets."""
    return message.message(policy=policy.SMTP).as_bytes()


def body_of(message):
    return str(message.body)


# When mails come


def test_the_asker_gets_one_mail_about_an_answer(thread, helper, asker):
    reply = actions.reply_to(thread, by=helper, body="Words.")
    (one,) = mails()
    assert one.to == [asker.email]
    assert one.subject == "You have a new answer on Bedside"
    assert f"http://testserver/replies/{reply.pk}/" in body_of(one)
    assert mails() == []


def test_replies_within_ten_minutes_of_a_mail_wait_and_are_one(thread, helper, stranger):
    actions.reply_to(thread, by=helper, body="Words.")
    assert len(mails()) == 1
    for number in range(3):
        actions.reply_to(thread, by=helper, body=f"More words {number}.")
    assert mails() == []
    later(11)
    (one,) = mails()
    assert one.subject == "You have 3 new answers on Bedside"
    assert Mail.objects.count() == 2


def test_mails_for_many_are_made_without_holding_each_row_against_every_mail(thread, helper):
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE notifications_notification, notifications_mail")  # the database has seen none of either
    actions.reply_to(thread, by=helper, body="Words.")
    news.spread_news()
    plans = []

    def explain(execute, sql, params, many, context):
        if "WITH people" in sql:
            cursor = context["cursor"].cursor
            plans.append("\n".join(line for (line,) in cursor.execute(f"EXPLAIN {sql}", params)))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        assert news.make_mails() == 1
    assert "Hash" in plans[0]
    assert "Nested Loop" not in plans[0], plans[0]


def test_the_first_mail_waits_half_a_minute_for_what_comes_with_it(settings, thread, helper):
    settings.MAIL_HOLD_SECONDS = 30
    actions.reply_to(thread, by=helper, body="Words.")
    assert mails() == []
    due = Notification.objects.get().mail_due_at
    assert timedelta(seconds=25) < due - timezone.now() <= timedelta(seconds=30)


def test_what_was_read_on_the_site_is_not_mailed(thread, helper, asker, sign_in):
    actions.reply_to(thread, by=helper, body="Words.")
    news.spread_news()
    client = sign_in(asker)
    client.get(f"/notifications/{Notification.objects.get().pk}/")
    assert mails() == []
    actions.reply_to(thread, by=helper, body="More words.")
    news.spread_news()
    news.make_mails()
    client.post("/notifications/read/", {"up_to": Notification.objects.last().pk})
    assert mails() == []
    assert Mail.objects.get().outcome == "empty"


@pytest.mark.parametrize("change", ["hide", "remove", "close forum", "erase reader", "erase writer"])
def test_nothing_is_mailed_about_what_went_before_the_mail_did(thread, helper, asker, moderator, change):
    reply = actions.reply_to(thread, by=helper, body="Words.")
    news.spread_news()
    news.make_mails()
    match change:
        case "hide":
            actions.hide(reply, by=moderator)
        case "remove":
            actions.remove(reply, by=helper)
        case "close forum":
            Forum.objects.update(is_open=False)
        case "erase reader":
            asker.delete()
        case "erase writer":
            reply.delete()
    assert mails() == []
    assert not Mail.objects.filter(ended_at=None).exists()


def test_a_block_since_then_counts(thread, helper, asker):
    actions.reply_to(thread, by=helper, body="Words.")
    news.spread_news()
    block(helper, by=asker)
    assert mails() == []


@pytest.mark.parametrize(
    ("zone", "timing", "now", "due"),
    [
        ("UTC", "daily", "2026-11-25 07:59", "2026-11-25 08:00"),
        ("UTC", "daily", "2026-11-25 08:01", "2026-11-26 08:00"),
        ("Asia/Tokyo", "daily", "2026-11-25 07:59", "2026-11-25 23:00"),
        ("America/New_York", "daily", "2026-10-31 20:00", "2026-11-01 13:00"),  # the clocks go back that night
        ("UTC", "weekly", "2026-11-23 07:00", "2026-11-23 08:00"),
        ("UTC", "weekly", "2026-11-23 09:00", "2026-11-30 08:00"),
    ],
)  # fmt: skip
def test_daily_and_weekly_mails_come_in_the_morning_of_the_person(asker, thread, helper, zone, timing, now, due):
    news.choose(asker, {"answer": timing}, time_zone=zone)
    with frozen_database(now):
        actions.reply_to(thread, by=helper, body="Words.")
        news.spread_news()
    assert Notification.objects.get().mail_due_at == datetime.fromisoformat(due).replace(tzinfo=UTC)


def frozen_database(now):
    """PostgreSQL's now() as it would be then: the statements are asked with a moment in its place."""

    def at(execute, sql, params, many, context):
        return execute(sql.replace("now()", f"timestamptz '{now}+00'"), params, many, context)

    return connection.execute_wrapper(at)


def test_never_means_never_and_a_change_of_mind_brings_no_old_news(asker, thread, helper):
    news.choose(asker, {"answer": Timing.NEVER})
    actions.reply_to(thread, by=helper, body="Words.")
    assert mails() == []
    news.choose(asker, {"answer": Timing.AT_ONCE})
    assert mails() == []
    assert Notification.objects.filter(user=asker, read_at=None).count() == 1  # it is on the site all the same


def test_a_mail_that_is_made_already_does_not_bring_what_was_stopped_meanwhile(asker, thread, helper, stranger):
    actions.reply_to(thread, by=stranger, body="Words.")
    actions.reply_to(thread, by=helper, body="Words for @stranger.")
    news.spread_news()
    news.make_mails()
    news.stop_kinds(asker, ["answer"])
    news.stop_kinds(stranger, ["followed"])
    assert [one.to for one in mails()] == [[stranger.email]]  # who was also spoken to
    assert set(Mail.objects.values_list("outcome", flat=True)) == {"empty", "sent"}


@pytest.mark.parametrize("when", ["before it is told", "before it is made", "before it is sent"])
def test_no_mail_about_a_question_that_was_muted_meanwhile(thread, forum, helper, stranger, when):
    news.follow_area("all", by=stranger, forum_id=forum.pk)
    actions.reply_to(thread, by=helper, body="Words.")
    if when != "before it is told":
        news.spread_news()
    if when == "before it is sent":
        news.make_mails()
    news.follow(thread.pk, "muted", by=stranger)
    assert stranger.email not in [one.to[0] for one in mails()]


def test_what_waits_is_planned_anew_by_a_new_choice(settings, asker, thread, helper):
    news.choose(asker, {"answer": Timing.WEEKLY})
    actions.reply_to(thread, by=helper, body="Words.")
    assert mails() == []
    news.choose(asker, {"answer": Timing.AT_ONCE})
    assert len(mails()) == 1


def test_who_gets_no_mail_because_there_is_no_address(thread, helper, asker):
    User.objects.filter(pk=asker.pk).update(email="")
    actions.reply_to(thread, by=helper, body="Words.")
    assert mails() == []
    assert Notification.objects.get().mail_due_at is None


# Forums and fields


@pytest.mark.parametrize(
    ("level", "question", "by_member", "by_professional", "to_me"),
    [
        ("questions", True, False, False, True), ("professionals", False, False, True, True),
        ("all", True, True, True, True), ("muted", False, False, False, True), (None, False, False, False, True),
    ],
)  # fmt: skip
@pytest.mark.parametrize("area", ["forum", "field"])
def test_each_level_of_a_forum_or_field(
    area, level, question, by_member, by_professional, to_me, forum, asker, helper, clinician, stranger
):
    Forum.objects.update(specialties=["dermatologist"])
    where = {"forum_id": forum.pk} if area == "forum" else {"specialty": "dermatologist"}
    if level:
        news.follow_area(level, by=stranger, **where)
    thread = actions.ask(by=asker, forum=forum, title="A question", body="Words.")
    heard = [told_of(stranger, thread=thread)]
    for author, body in ((helper, "Words."), (clinician, "Learned words."), (helper, "@stranger look")):
        heard.append(told_of(stranger, reply=actions.reply_to(thread, by=author, body=body)))
    assert heard == [question, by_member, by_professional, to_me]


def told_of(user, **what):
    news.spread_news()
    return Notification.objects.filter(user=user, **what).exists()


def test_a_question_counts_more_than_its_forum_and_that_more_than_its_field(thread, forum, helper, stranger):
    Forum.objects.update(specialties=["dermatologist"])
    news.follow_area("all", by=stranger, specialty="dermatologist")
    news.follow_area("muted", by=stranger, forum_id=forum.pk)
    assert not told_of(stranger, reply=actions.reply_to(thread, by=helper, body="One."))
    news.follow(thread.pk, "all", by=stranger)
    assert told_of(stranger, reply=actions.reply_to(thread, by=helper, body="Two."))


@pytest.mark.parametrize("levels", [("questions", "professionals"), ("professionals", "questions")])
def test_of_two_fields_of_one_forum_the_one_counts_of_which_more_is_wanted(forum, asker, clinician, stranger, levels):
    Forum.objects.update(specialties=["dermatologist", "cardiologist"])
    for field, level in zip(("dermatologist", "cardiologist"), levels, strict=True):
        news.follow_area(level, by=stranger, specialty=field)
    thread = actions.ask(by=asker, forum=forum, title="A question", body="Words.")
    assert told_of(stranger, thread=thread)
    assert told_of(stranger, reply=actions.reply_to(thread, by=clinician, body="Learned words."))


def test_nobody_hears_of_a_question_in_another_field_their_own_or_one_that_is_looked_after(forum, asker, stranger):
    Forum.objects.update(specialties=["dermatologist"])
    news.follow_area("questions", by=stranger, specialty="cardiologist")
    news.follow_area("questions", by=asker, forum_id=forum.pk)
    thread = actions.ask(by=asker, forum=forum, title="A question", body="Words.")
    assert not told_of(stranger, thread=thread)
    assert not told_of(asker, thread=thread)
    news.follow_area("questions", by=stranger, forum_id=forum.pk)
    sad = actions.ask(by=asker, forum=forum, title="A sad question", body="I want to kill myself.")
    assert not told_of(stranger, thread=sad)


def test_a_question_that_a_moderator_lets_pass_is_new_then(forum, asker, stranger, moderator):
    news.follow_area("questions", by=stranger, forum_id=forum.pk)
    thread = actions.ask(by=asker, forum=forum, title="A question", body="Words.")
    actions.hold(thread, by=moderator)
    assert not told_of(stranger, thread=thread)
    Thread.objects.update(created_at=timezone.now() - timedelta(days=5), last_activity_at="2020-01-01T00:00Z")
    actions.restore(thread, by=moderator)
    assert told_of(stranger, thread=thread)
    assert news.remind_askers() == 0  # it has not waited for an answer yet


def test_one_subscription_is_of_one_thing(thread, forum, stranger):
    for wrong in (
        {}, {"thread": thread, "forum": forum}, {"forum": forum, "specialty": "dermatologist"},
        {"forum": forum, "level": "mine"}, {"thread": thread, "level": "questions"},
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            Subscription.objects.create(user=stranger, **wrong)


# What mails say


def test_a_mail_says_nothing_that_was_written_unless_titles_are_wanted(make_thread, helper, asker):
    thread = make_thread(title="Plantedtitle, what is it?", body="Plantedbody.")
    actions.reply_to(thread, by=helper, body="Plantedreply.")
    (one,) = mails()
    assert b"lanted" not in as_sent(one)
    later(11)
    news.choose(asker, {}, includes_titles=True)
    actions.reply_to(thread, by=helper, body="Plantedreply again.")
    (one,) = mails()
    assert "Plantedtitle, what is it?" in body_of(one)
    assert "lanted" not in one.subject
    assert b"lantedreply" not in as_sent(one)
    assert "plantedtitle" not in body_of(one)  # no slug in an address


def test_the_headers_byte_by_byte(settings, thread, helper, asker):
    settings.SITE_URL = "https://a-rather-long-name-for-a-health-forum.example.org"
    actions.reply_to(thread, by=helper, body="Words.")
    (one,) = mails()
    sent = as_sent(one)
    host = rb"a-rather-long-name-for-a-health-forum\.example\.org"
    token = rb"[A-Za-z0-9_.-]+"
    found = re.search(
        rb"\r\nList-Unsubscribe: <https://" + host + rb"/u/(" + token + rb")>,\r\n"
        rb" <mailto:contact@bedside\.example\?subject=unsubscribe%20(" + token + rb")>\r\n",
        sent,
    )
    assert found, sent
    assert found[1] == found[2]
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in sent
    assert re.search(rb"\r\nList-Id: <news\." + host + rb">\r\n", sent)
    assert re.search(rb"\r\nMessage-ID: <" + Mail.objects.get().pk.hex.encode() + rb"@" + host + rb">\r\n", sent)
    assert b"\r\nAuto-Submitted: auto-generated\r\n" in sent
    assert re.search(rb"\r\nDate: [A-Z][a-z]{2}, \d", sent)
    parsed = BytesParser(policy=policy.SMTP).parsebytes(sent)
    assert parsed.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in parsed.iter_parts()] == ["text/plain", "text/html"]
    assert len(parsed.get_all("List-Unsubscribe")) == 1


def test_the_page_in_a_mail_asks_for_nothing_from_anywhere(thread, helper):
    actions.reply_to(thread, by=helper, body="Words.")
    (one,) = mails()
    ((html, _type),) = one.alternatives
    assert not re.search(r"<(img|script|link|iframe|object|video)|url\(|@import|background=", html)
    assert set(re.findall(r'https?://[^/"<]+', html)) == {"http://testserver"}
    assert "color-scheme" in html


@pytest.mark.parametrize("name", ["Mallory\r\nBcc: all@example.org", "Mallory\nX: y", "=?utf-8?q?=0d=0aBcc:_x?="])
def test_names_and_titles_cannot_write_headers(thread, helper, asker, name, settings):
    User.objects.filter(pk=helper.pk).update(display_name=name)
    Thread.objects.update(title=name)
    news.choose(asker, {}, includes_titles=True)
    actions.reply_to(thread, by=helper, body="Words.")
    (one,) = mails()
    parsed = BytesParser(policy=policy.SMTP).parsebytes(as_sent(one))
    assert parsed["Bcc"] is None
    assert parsed["X"] is None
    assert parsed["To"] == asker.email


def test_a_mail_looks_at_no_more_than_it_can_say_and_reads_no_texts(monkeypatch, thread, helper):
    for number in range(5):
        actions.reply_to(thread, by=helper, body=f"Words {number}.")
    monkeypatch.setattr(letters, "LOOKED_AT", 3)
    with CaptureQueriesContext(connection) as queries:
        (one,) = mails()
    assert one.subject == "You have 3+ new answers on Bedside"
    assert not [query for query in queries if "notification" in query["sql"] and "body_html" in query["sql"]]


def test_many_new_questions_are_one_line_without_titles_and_ten_at_most_with(forum, asker, stranger):
    news.follow_area("questions", by=stranger, forum_id=forum.pk)
    news.choose(stranger, {"question": Timing.AT_ONCE})
    for number in range(12):
        actions.ask(by=asker, forum=forum, title=f"Question {number}", body="Words.")
    (one,) = mails()
    assert "12 new questions" in body_of(one)
    assert one.subject == "New questions on Bedside"
    later(11)
    news.choose(stranger, {}, includes_titles=True)
    ActivityLimit.objects.all().delete()
    for number in range(12):
        actions.ask(by=asker, forum=forum, title=f"Another question {number}", body="Words.")
    (one,) = mails()
    assert body_of(one).count("Another question") == 10
    assert "See all" in body_of(one)


# Sending


class Refuses:
    """A mail server that does to each mail what it is told to."""

    def __init__(self, *errors):
        self.errors, self.sent = list(errors), []

    def open(self):
        pass

    close = open

    def send_messages(self, messages):
        error = self.errors.pop(0) if self.errors else None
        if error:
            raise error
        self.sent += messages


@pytest.fixture
def server(monkeypatch):
    def start(*errors):
        server = Refuses(*errors)
        monkeypatch.setattr(mailing, "mailers", type("Mailers", (), {"default": server}))
        return server

    return start


TRIED_AGAIN = [
    (smtplib.SMTPServerDisconnected("gone"), True), (TimeoutError(), True), (ConnectionRefusedError(), True),
    (smtplib.SMTPAuthenticationError(535, b"no"), True), (smtplib.SMTPDataError(451, b"later"), False),
    (smtplib.SMTPRecipientsRefused({"a@b.c": (450, b"4.2.1 greylisted")}), False), (RuntimeError("what?"), False),
]  # fmt: skip


@pytest.mark.parametrize(("error", "is_of_server"), TRIED_AGAIN)
def test_what_may_pass_is_tried_again_later_and_later(server, thread, helper, error, is_of_server):
    actions.reply_to(thread, by=helper, body="Words.")
    away = server(error, error, error)
    waits = []
    for _try in range(3):
        mails()
        one = Mail.objects.get()
        waits.append(round((one.due_at - timezone.now()).total_seconds()))
        Mail.objects.update(due_at=timezone.now())
    assert waits == [60, 120, 240]
    mails()
    assert len(away.sent) == 1
    assert Mail.objects.get().outcome == "sent"
    assert not Bounce.objects.exists()
    assert failure_of(error).is_of_server == is_of_server


def test_a_server_that_is_away_is_asked_once_and_one_bad_mail_keeps_no_other(server, thread, helper, stranger, asker):
    news.follow(thread.pk, "all", by=stranger)
    actions.reply_to(thread, by=helper, body="Words.")
    away = server(TimeoutError())
    mails()
    assert Mail.objects.filter(tries=1).count() == 1
    assert away.sent == []
    Mail.objects.update(due_at=timezone.now())
    bad = server(smtplib.SMTPDataError(554, b"no"))
    mails()
    assert len(bad.sent) == 1
    assert sorted(Mail.objects.values_list("outcome", flat=True)) == ["refused", "sent"]


@pytest.mark.parametrize(
    ("answer", "code", "stops"),
    [
        ((550, b"5.1.1 no such user"), "5.1.1", True), ((550, b"unknown"), "550", True),
        ((553, b"5.1.3 bad"), "5.1.3", True),
        ((550, b"5.2.1 closed"), "5.2.1", True), ((550, b"5.7.1 we do not like you"), "5.7.1", False),
        ((552, b"5.2.2 full"), "5.2.2", False), ((554, b"no"), "554", False),
    ],
)  # fmt: skip
def test_a_mailbox_that_is_not_there_stops_mails_and_the_site_says_so(
    server, thread, helper, asker, sign_in, answer, code, stops
):
    actions.reply_to(thread, by=helper, body="Words.")
    server(smtplib.SMTPRecipientsRefused({asker.email: answer}))
    mails()
    bounce = Bounce.objects.get()
    assert (bounce.user, bounce.code, bounce.kind) == (asker, code, "hard" if stops else "soft")
    assert Mail.objects.get().outcome == "refused"
    client = sign_in(asker)
    for address in ("/notifications/", "/account/notifications/"):
        assert ("We have stopped sending you e-mails" in client.get(address).text) == stops
    later(11)
    good = server()
    actions.reply_to(thread, by=helper, body="More words.")
    mails()
    assert len(good.sent) == (0 if stops else 1)
    client.post("/account/notifications/resume/")
    actions.reply_to(thread, by=helper, body="Even more words.")
    later(11)
    mails()
    assert len(good.sent) == (1 if stops else 2)


def test_a_new_address_gets_mails_again_and_what_comes_late_from_the_old_one_changes_nothing(thread, helper, asker):
    actions.reply_to(thread, by=helper, body="Words.")
    mails()
    old = Mail.objects.get()
    assert news.note_bounce(old, asker.email, Bounce.Kind.HARD, Bounce.Source.MAILBOX)
    User.objects.filter(pk=asker.pk).update(email="new@example.org")
    assert not news.note_bounce(old, asker.email, Bounce.Kind.HARD, Bounce.Source.MAILBOX)
    later(11)
    actions.reply_to(thread, by=helper, body="More words.")
    (one,) = mails()
    assert one.to == ["new@example.org"]


def test_who_asked_for_another_try_is_not_stopped_by_an_older_mail(thread, helper, asker):
    actions.reply_to(thread, by=helper, body="Words.")
    mails()
    old = Mail.objects.get()
    news.note_bounce(old, asker.email, Bounce.Kind.COMPLAINT, Bounce.Source.SERVICE)
    news.resume_mail(asker)
    assert not news.note_bounce(old, asker.email, Bounce.Kind.HARD, Bounce.Source.MAILBOX)
    assert not Preferences.of(asker).takes_no_mail


def test_after_two_days_it_is_given_up(server, thread, helper):
    actions.reply_to(thread, by=helper, body="Words.")
    server(TimeoutError())
    news.spread_news()
    news.make_mails()
    Mail.objects.update(tries=mailing.TRIES - 1)
    news.send_mails()
    assert Mail.objects.get().outcome == "given_up"


def test_a_mail_that_cannot_be_written_keeps_no_other(monkeypatch, thread, helper, asker, stranger):
    news.follow(thread.pk, "all", by=stranger)
    write = LETTERS["news"]

    def fails(one):
        if one.user_id == asker.pk:
            raise ValueError("a mistake of ours")
        return write(one)

    monkeypatch.setitem(LETTERS, "news", fails)
    actions.reply_to(thread, by=helper, body="Words.")
    assert [one.to for one in mails()] == [[stranger.email]]
    assert Mail.objects.get(user=asker).outcome == ""
    assert not Bounce.objects.exists()


def test_a_sender_that_died_leaves_its_mail_to_the_next_with_the_same_message_id(monkeypatch, thread, helper):
    class Killed(BaseException):
        pass

    def dies(*_arguments):
        raise Killed

    actions.reply_to(thread, by=helper, body="Words.")
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(mailing, "_end", dies)  # after sending, before noting it
        mails()
    (first,) = mail.outbox
    news.send_mails()
    assert len(mail.outbox) == 1  # it is left alone for a while: the other one may still be at it
    Mail.objects.update(due_at=timezone.now())
    news.send_mails()
    second = mail.outbox[1]
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]
    assert Mail.objects.get().outcome == "sent"


def test_a_mail_of_which_every_sender_dies_is_given_up(monkeypatch, thread, helper):
    actions.reply_to(thread, by=helper, body="Words.")
    news.spread_news()
    news.make_mails()
    with monkeypatch.context() as patched:
        patched.setattr(mailing, "_deliver", lambda *_arguments: (_ for _ in ()).throw(SystemExit))
        for _try in range(mailing.TRIES):
            with pytest.raises(SystemExit):
                news.send_mails()
            Mail.objects.update(due_at=timezone.now())
    assert mails() == []
    assert Mail.objects.get().outcome == "given_up"


@pytest.mark.django_db(transaction=True)
def test_many_makers_and_senders_at_once_send_each_mail_once(settings, thread, helper, at_once, monkeypatch):
    for number in range(30):
        news.follow(thread.pk, "all", by=make_user(f"person{number}"))
    actions.reply_to(thread, by=helper, body="Words.")
    actions.reply_to(thread, by=helper, body="More words.")
    at_once([news.spread_news] * 4)
    at_once([news.make_mails] * 4)
    assert Mail.objects.count() == 31
    monkeypatch.setattr(mailing, "SENDERS", mailing.BoundedSemaphore(8))
    mail.outbox.clear()
    at_once([news.send_mails] * 6)
    assert len(mail.outbox) == 31
    assert len({one.to[0] for one in mail.outbox}) == 31
    assert not Notification.objects.filter(mail=None).exists()


def test_old_mails_and_bounces_go(thread, helper, asker):
    actions.reply_to(thread, by=helper, body="Words.")
    mails()
    news.note_bounce(Mail.objects.get(), asker.email, Bounce.Kind.SOFT, Bounce.Source.SERVER)
    assert news.forget_old() == 0
    Mail.objects.update(made_at="2020-01-01T00:00Z")
    Bounce.objects.update(created_at="2020-01-01T00:00Z")
    assert news.forget_old() == 2
    assert Notification.objects.count() == 1


def test_old_mails_go_some_at_a_time(monkeypatch, asker):
    monkeypatch.setattr(cleaning, "BATCH", 10)
    Mail.objects.bulk_create([Mail(user=asker, letter="news", made_at="2020-01-01T00:00Z") for _ in range(25)])
    with CaptureQueriesContext(connection) as queries:
        assert news.forget_old() == 25
    deleted = [query["sql"] for query in queries if query["sql"].startswith('DELETE FROM "notifications_mail"')]
    assert len(deleted) == 3


# Summaries


@pytest.fixture
def morning():
    """It is nine in the morning of a Wednesday."""
    with frozen_database("2026-11-25 09:00"):
        yield


def summaries():
    mail.outbox.clear()
    news.make_summaries()
    news.send_mails()
    return mail.outbox


@pytest.fixture
def helpful(thread, forum, helper, stranger):
    """A question by somebody else, answered this week, in a forum where the asker has asked."""
    other = actions.ask(by=stranger, forum=forum, title="Another question", body="Words.")
    actions.reply_to(other, by=helper, body="Words.")
    return other


def test_the_weekly_summary_comes_once_a_week_to_those_who_want_it(morning, helpful, asker):
    assert summaries() == []
    news.choose(asker, {"digest": Timing.WEEKLY})
    (one,) = summaries()
    assert one.to == [asker.email]
    assert one.subject == "Your weekly summary from Bedside"
    assert "http://testserver/week/" in body_of(one)
    assert summaries() == []
    Mail.objects.update(day="2026-11-16")
    assert len(summaries()) == 1


def test_a_summary_that_is_made_already_is_not_sent_to_who_stopped_it_meanwhile(morning, helpful, asker):
    news.choose(asker, {"digest": Timing.WEEKLY})
    news.make_summaries()
    news.stop_kinds(asker, ["digest"])
    assert summaries() == []
    assert Mail.objects.get().outcome == "empty"


def test_a_summary_waits_for_the_morning(helpful, asker):
    news.choose(asker, {"digest": Timing.WEEKLY}, time_zone="Asia/Tokyo")
    with frozen_database("2026-11-24 22:59"):
        assert summaries() == []
    with frozen_database("2026-11-24 23:01"):
        assert len(summaries()) == 1


def test_the_weekly_summary_has_ten_items_of_own_forums_and_nothing_alarming(
    morning, forum, asker, helper, stranger, moderator
):
    news.choose(stranger, {"digest": Timing.WEEKLY}, includes_titles=True)
    threads = [actions.ask(by=asker, forum=forum, title=f"Question {number:02}", body="Words.") for number in range(14)]
    other = Forum.objects.create(category=forum.category, name="Elsewhere", slug="elsewhere")
    threads.append(actions.ask(by=asker, forum=other, title="Question elsewhere", body="Words."))
    for thread in threads:
        actions.reply_to(thread, by=helper, body="Words.")
    assert summaries() == []  # no forum is the reader's own
    Mail.objects.all().delete()
    news.follow_area("questions", by=stranger, forum_id=forum.pk)
    red = threads[13]
    actions.reply_to(red, by=helper, body="I want to kill myself.")
    actions.look_after(Reply.objects.latest("pk"), by=moderator)
    news.follow(threads[12].pk, "muted", by=stranger)
    block(asker, by=stranger)
    assert [one.to for one in summaries()] == [[moderator.email]]  # of the queue
    Mail.objects.all().delete()
    Block.objects.all().delete()
    (one,) = [one for one in summaries() if one.to == [stranger.email]]
    shown = re.findall(r"Question \w+", body_of(one))
    assert len(shown) == 10
    assert not {"Question elsewhere", "Question 13", "Question 12"} & set(shown)


def test_the_weekly_summary_leaves_out_muted_forums_and_stops_for_who_never_looks(morning, helpful, forum, asker):
    news.choose(asker, {"digest": Timing.WEEKLY})
    news.follow_area("muted", by=asker, forum_id=forum.pk)
    assert summaries() == []
    Mail.objects.all().delete()
    news.unfollow_area(by=asker, forum_id=forum.pk)
    Preferences.objects.update(was_here_at=timezone.now() - timedelta(days=91))
    assert summaries() == []
    Mail.objects.all().delete()
    news.note_visit(asker)
    assert len(summaries()) == 1


@pytest.mark.parametrize("way", ["preferences", "save", "again"])
def test_who_asks_for_the_weekly_summary_after_a_long_time_gets_it(morning, helpful, asker, sign_in, client, way):
    Preferences.objects.create(user=asker, was_here_at=timezone.now() - timedelta(days=91))
    timings = {code: str(kind.default) for code, kind in KINDS.items()} | {"digest": "weekly"}
    if way == "preferences":
        sign_in(asker).post("/account/notifications/", timings)
    else:
        client.post(f"/u/{make_token(asker.pk, ['digest'])}", timings | {"do": way})
    assert len(summaries()) == 1


@pytest.fixture
def waiting_for_a_day(make_thread):
    def make(hours=25, **fields):
        thread = make_thread(**fields)
        moment = timezone.now() - timedelta(hours=hours)
        Thread.objects.filter(pk=thread.pk).update(created_at=moment, last_activity_at=moment)
        return thread

    return make


def test_professionals_who_want_it_hear_once_a_day_what_waits_in_their_field(
    morning, waiting_for_a_day, forum, clinician, helper, make_thread
):
    Forum.objects.update(specialties=["dermatologist"])
    for number in range(3):
        waiting_for_a_day(title=f"A question {number}")
    make_thread(title="Too new")
    actions.reply_to(waiting_for_a_day(title="Answered"), by=helper, body="Words.")
    assert summaries() == []
    news.choose(clinician, {"waiting": Timing.DAILY})
    news.choose(helper, {"waiting": Timing.DAILY})  # no professional
    (one,) = summaries()
    assert one.to == [clinician.email]
    assert "3 questions in your field have waited" in body_of(one)
    waiting_for_a_day(title="One more")
    assert summaries() == []
    with pytest.raises(IntegrityError), transaction.atomic():
        Mail.objects.create(user=clinician, letter="waiting", day=Mail.objects.get().day)


def test_a_professional_who_is_suspended_is_not_called_to_answer(morning, waiting_for_a_day, clinician):
    news.choose(clinician, {"waiting": Timing.DAILY})
    waiting_for_a_day()
    User.objects.filter(pk=clinician.pk).update(suspended_until=timezone.now() + timedelta(days=1))
    assert summaries() == []
    Mail.objects.all().delete()
    User.objects.filter(pk=clinician.pk).update(suspended_until=None)
    assert len(summaries()) == 1


def test_a_question_is_in_one_summary_only(morning, waiting_for_a_day, clinician):
    news.choose(clinician, {"waiting": Timing.DAILY})
    waiting_for_a_day(hours=30)
    assert len(summaries()) == 1
    Mail.objects.update(day="2026-11-24", made_at=timezone.now() - timedelta(hours=1))
    assert summaries() == []
    Mail.objects.filter(outcome="empty").delete()
    Mail.objects.update(made_at=timezone.now() - timedelta(hours=7))
    assert len(summaries()) == 1  # that one was sent an hour before the day was over


def test_a_question_is_in_one_summary_only_where_the_first_was_sent_late(waiting_for_a_day, clinician):
    news.choose(clinician, {"waiting": Timing.DAILY})
    waiting_for_a_day(hours=30, title="Before")
    waiting_for_a_day(hours=25, title="Meanwhile")
    sent = []
    for day, hours in (("2026-11-24", 2), ("2026-11-25", 0)):  # the first could not be sent for two hours
        made_at = timezone.now() - timedelta(hours=hours)
        Mail.objects.create(user=clinician, letter="waiting", day=day, made_at=made_at)
        mails()
        sent += [body_of(one) for one in mail.outbox]
    assert ["1 question in your field" in one for one in sent] == [True, True]


def test_questions_of_other_fields_and_muted_forums_wait_for_others(morning, waiting_for_a_day, forum, clinician):
    news.choose(clinician, {"waiting": Timing.DAILY})
    waiting_for_a_day()
    Forum.objects.update(specialties=["cardiologist"])
    assert summaries() == []
    Mail.objects.all().delete()
    Forum.objects.update(specialties=["dermatologist"])
    news.follow_area("muted", by=clinician, forum_id=forum.pk)
    assert summaries() == []


def test_the_asker_gets_one_honest_mail_after_three_days(waiting_for_a_day, asker, sign_in):
    thread = waiting_for_a_day(hours=73)
    waiting_for_a_day(hours=71, title="Not yet")
    assert news.remind_askers() == 1
    assert news.remind_askers() == 0
    (one,) = mails()
    assert one.subject == "About your question on Bedside"
    assert "Nobody has answered your question" in body_of(one)
    path = f"/threads/{thread.pk}/no-answer/"
    assert path in body_of(one)
    page = sign_in(asker).get(path)
    assert "Improve your question" in page.text
    assert mails() == []


@pytest.mark.parametrize("change", ["answered", "closed", "crisis", "old", "hidden"])
def test_no_reminder_where_it_would_be_wrong(waiting_for_a_day, helper, moderator, change):
    body = "I want to kill myself." if change == "crisis" else "Words."
    thread = waiting_for_a_day(hours=24 * 8 if change == "old" else 73, body=body)
    if change == "answered":
        assert news.remind_askers() == 1
        actions.reply_to(thread, by=helper, body="Words.")
        sent = [one.subject for one in mails()]
        assert sent == ["You have a new answer on Bedside"]
        return
    if change == "closed":
        Thread.objects.update(is_locked=True)
    if change == "hidden":
        actions.hide(thread, by=moderator)
    assert news.remind_askers() == 0


def test_only_the_asker_sees_the_page_for_askers(waiting_for_a_day, stranger, sign_in, client):
    thread = waiting_for_a_day(is_anonymous=True)
    assert sign_in(stranger).get(f"/threads/{thread.pk}/no-answer/").status_code == 404
    assert client.get(f"/threads/{thread.pk}/no-answer/").status_code == 302


def test_moderators_hear_once_a_day_what_waits(morning, thread, helper, moderator, stranger):
    from moderation.actions import report

    assert summaries() == []
    Mail.objects.all().delete()
    report(thread, by=stranger, reason="spam")
    (one,) = summaries()
    assert one.to == [moderator.email]
    assert "1 case waits." in body_of(one)
    assert one.subject == "What waits on Bedside"
    assert summaries() == []
    Mail.objects.all().delete()
    news.choose(moderator, {"queue": Timing.NEVER})
    assert summaries() == []


def test_a_crisis_goes_out_before_all_else_and_cannot_be_stopped(make_thread, moderator, helper, asker):
    from moderation.mail import alert_on_call
    from moderation.models import Case

    thread = make_thread()
    actions.reply_to(thread, by=helper, body="Words.")
    news.spread_news()
    news.make_mails()
    actions.reply_to(thread, by=helper, body="I took an overdose. I want to kill myself. Goodbye everyone.")
    news.stop_kinds(moderator, KINDS)
    alert_on_call(Case.objects.get().pk)
    alert_on_call(Case.objects.get().pk)
    sent = mails()
    assert sent[0].to == [moderator.email]
    assert [one.to[0] for one in sent].count(moderator.email) == 1
    assert "List-Unsubscribe" not in sent[0].extra_headers
    assert sent[0].subject == "Urgent: somebody needs you on Bedside"


def test_every_kind_is_a_whole_one():
    letters = [kind.letter for kind in KINDS.values()]
    assert len(set(letters)) == len(letters)
    for code, kind in KINDS.items():
        assert kind.default in kind.timings, code
        assert Timing.NEVER in kind.timings, code
        assert kind.wakes_as != Timing.NEVER


def test_a_time_zone_that_the_database_forgot_keeps_nobodys_news(thread, helper, asker, stranger):
    news.choose(asker, {"answer": Timing.DAILY, "digest": Timing.WEEKLY})
    news.choose(stranger, {}, time_zone="Asia/Tokyo")
    Preferences.objects.filter(user=asker).update(time_zone="Mars/Base")
    actions.reply_to(thread, by=helper, body="Words.")
    assert news.spread_news() == 2
    assert Notification.objects.get(user=asker).mail_due_at
    assert Preferences.of(asker).time_zone == ""
    assert Preferences.of(stranger).time_zone == "Asia/Tokyo"
    Preferences.objects.filter(user=asker).update(time_zone="Mars/Base")
    news.make_summaries()


def test_suspended_people_get_no_news_that_they_could_not_read(thread, helper, asker):
    User.objects.filter(pk=asker.pk).update(suspended_until=timezone.now() + timedelta(days=1))
    actions.reply_to(thread, by=helper, body="Words.")
    assert mails() == []
    User.objects.filter(pk=asker.pk).update(suspended_until=timezone.now() - timedelta(days=1))
    actions.reply_to(thread, by=helper, body="More words.")
    assert len(mails()) == 1


def test_a_mail_with_titles_names_none_by_somebody_who_is_blocked(make_thread, asker, helper, stranger):
    news.choose(stranger, {}, includes_titles=True)
    named, anonymous = make_thread(title="Named words"), make_thread(title="Anonymous words", is_anonymous=True)
    for thread in (named, anonymous):
        news.follow(thread.pk, "all", by=stranger)
        actions.reply_to(thread, by=helper, body="Words.")
    block(asker, by=stranger)
    (one,) = [one for one in mails() if one.to == [stranger.email]]
    assert "Named words" not in body_of(one)
    assert "Anonymous words" in body_of(one)


def test_a_long_run_begins_a_new_connection_now_and_then(monkeypatch, thread, helper, server):
    monkeypatch.setattr(mailing, "ON_ONE_CONNECTION", 3)
    for number in range(6):
        news.follow(thread.pk, "all", by=make_user(f"person{number}"))
    actions.reply_to(thread, by=helper, body="Words.")
    opened = []
    away = server()
    away.open = lambda: opened.append(len(away.sent))
    mails()
    assert opened == [0, 3, 6]
    assert len(away.sent) == 7


@pytest.mark.django_db(transaction=True)
def test_reading_choosing_and_making_mails_at_once_wait_for_each_other_in_one_order(thread, helper, asker, at_once):
    replies = Reply.objects.bulk_create(
        [Reply(thread=thread, author=helper, body="x", body_html="x") for _ in range(60)]
    )
    for _round in range(5):
        Notification.objects.all().delete()
        Mail.objects.all().delete()
        rows = [Notification(user=asker, reply=one, kind="answer", mail_due_at=timezone.now()) for one in replies]
        Notification.objects.bulk_create(rows[::2] + rows[1::2])
        at_once([
            news.make_mails, lambda: news.mark_read(asker, thread_id=thread.pk),
            lambda: news.choose(asker, {"answer": Timing.AT_ONCE}),
            lambda: news.mark_seen(asker.pk, thread_id=thread.pk, reply_ids=[one.pk for one in reversed(replies)]),
        ])  # fmt: skip
        assert not Notification.objects.filter(read_at=None).exists()
