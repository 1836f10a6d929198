"""What comes back to the mailbox: bounces of several servers, complaints, requests to stop, and what anybody sends."""

import imaplib
import mailbox
import poplib
import re
import socketserver
import threading
from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from notifications import actions as news
from notifications import mailboxes, tasks
from notifications.actions import returning
from notifications.actions.returning import Taken, take_in
from notifications.mailboxes import MailboxAway
from notifications.models import Bounce, Choice, Mail, Preferences
from notifications.tokens import make_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(asker):
    def make(user=asker, **fields):
        fields = {"letter": "digest", "tries": 1, "ended_at": timezone.now(), "outcome": "sent", **fields}
        return Mail.objects.create(user=user, **fields)

    return make


@pytest.fixture
def box(settings, tmp_path):
    """A maildir that the site reads."""
    settings.BOUNCE_MAILBOX = {"scheme": "maildir", "path": str(tmp_path / "box")}
    return mailbox.Maildir(tmp_path / "box")


# What mail servers send. {id}, {to} and {code} are filled in.

ORIGINAL = """\
Return-Path: <returned@example.org>
Received: from web.example.org (web.example.org [192.0.2.7])
        by mail.example.org (Postfix) with ESMTPS id 4XyzAB0Pp5z1; Thu, 01 Jan 2026 00:00:00 +0000
Message-ID: <{id}@testserver>
Subject: Plantedsubject
From: Bedside <no-reply@testserver>
To: {to}
Date: Thu, 01 Jan 2026 00:00:00 -0000
"""
POSTFIX = """\
Return-Path: <>
From: MAILER-DAEMON@mail.example.org (Mail Delivery System)
To: returned@example.org
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="4XyzAB0Pp5z1.1767225600/mail.example.org"
Message-Id: <20260101000000.4XyzAB0Pp5z2@mail.example.org>

This is a MIME-encapsulated message.

--4XyzAB0Pp5z1.1767225600/mail.example.org
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mail.example.org.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

                   The mail system

<{to}>: host mx.example.net[198.51.100.25] said: 550 {code}
    <{to}>: Recipient address rejected: Plantedreason (in reply to RCPT TO command)

--4XyzAB0Pp5z1.1767225600/mail.example.org
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.org
X-Postfix-Queue-ID: 4XyzAB0Pp5z1
X-Postfix-Sender: rfc822; returned@example.org
Arrival-Date: Thu,  1 Jan 2026 00:00:00 +0000 (UTC)

Final-Recipient: rfc822; {to}
Original-Recipient: rfc822;{to}
Action: {action}
Status: {code}
Remote-MTA: dns; mx.example.net
Diagnostic-Code: smtp; 550 {code} <{to}>: Recipient address
    rejected: Plantedreason

--4XyzAB0Pp5z1.1767225600/mail.example.org
Content-Description: Undelivered Message{part}
Content-Type: {type}

{original}
--4XyzAB0Pp5z1.1767225600/mail.example.org--
"""
EXIM = """\
Return-path: <>
Received: from Debian-exim by mail.example.org with local (Exim 4.96) id 1qXyZa-000abc-1D
        for returned@example.org; Thu, 01 Jan 2026 00:00:00 +0000
X-Failed-Recipients: {to}
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mail.example.org>
To: returned@example.org
References: <{id}@testserver>
Content-Type: multipart/report; report-type=delivery-status; boundary=1767225600-eximdsn-1804289383
MIME-Version: 1.0
Subject: Mail delivery failed: returning message to sender
Message-Id: <E1qXyZa-000abd-2E@mail.example.org>

--1767225600-eximdsn-1804289383
Content-type: text/plain; charset=us-ascii

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {to}
    host mx.example.net [198.51.100.25]
    SMTP error from remote mail server after RCPT TO:<{to}>:
    550 {code} No Such User Here

--1767225600-eximdsn-1804289383
Content-type: message/delivery-status

Reporting-MTA: dns; mail.example.org

Action: failed
Final-Recipient: rfc822;{to}
Status: 5.0.0
Remote-MTA: dns; mx.example.net
Diagnostic-Code: smtp; 550 {code} No Such User Here

--1767225600-eximdsn-1804289383
Content-type: message/rfc822

{original}
Some text.

--1767225600-eximdsn-1804289383--
"""
OLD_EXIM = """\
X-Failed-Recipients: {to}
From: Mail Delivery System <Mailer-Daemon@mail.example.org>
To: returned@example.org
Subject: Mail delivery failed: returning message to sender

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {to}
    SMTP error from remote mail server after RCPT TO:<{to}>:
    host mx.example.net [198.51.100.25]: 550 {code} unknown

------ This is a copy of the message, including all the headers. ------

{original}
Some text.
"""
GMAIL = """\
Return-Path: <>
X-Failed-Recipients: {to}
From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
To: returned@example.org
Auto-Submitted: auto-replied
Subject: Delivery Status Notification (Failure)
References: <{id}@testserver>
In-Reply-To: <{id}@testserver>
Message-ID: <6955b8a1.050a0220.1f2b3c.abcd.GMR@mx.google.com>
MIME-Version: 1.0
Content-Type: multipart/report; boundary="000000000000a1b2c3"; report-type=delivery-status

--000000000000a1b2c3
Content-Type: multipart/related; boundary="000000000000a1b2d4"

--000000000000a1b2d4
Content-Type: multipart/alternative; boundary="000000000000a1b2e5"

--000000000000a1b2e5
Content-Type: text/plain; charset="UTF-8"

** Address not found **

Your message wasn't delivered to {to} because the address couldn't be found, or is unable to receive mail.

The response was:

550 {code} The email account that you tried to reach does not exist.

--000000000000a1b2e5
Content-Type: text/html; charset="UTF-8"

<html><body><p>Address not found</p></body></html>

--000000000000a1b2e5--
--000000000000a1b2d4--
--000000000000a1b2c3
Content-Type: message/delivery-status

Reporting-MTA: dns; googlemail.com
Received-From-MTA: dns; returned@example.org
Arrival-Date: Thu, 01 Jan 2026 00:00:00 -0800 (PST)
X-Original-Message-ID: <{id}@testserver>

Final-Recipient: rfc822; {to}
Action: failed
Status: {code}
Diagnostic-Code: smtp; 550-{code} The email account that you tried to reach does not exist. Please try
 550-{code} double-checking the recipient's email address for typos.
Last-Attempt-Date: Thu, 01 Jan 2026 00:00:01 -0800 (PST)

--000000000000a1b2c3
Content-Type: message/rfc822

{original}
Some text.

--000000000000a1b2c3--
"""
EXCHANGE = """\
From: <postmaster@hospital.example>
To: <returned@example.org>
Date: Thu, 1 Jan 2026 00:00:00 +0000
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="9B095B5ADSN=_01DA3C5F3BD2A1F0000012AB"
X-MS-Exchange-Message-Is-Ndr:
Content-Language: en-GB
Message-ID: <6b1f1d7f-0000-4000-8000-00000000@hospital.example>
In-Reply-To: <{id}@testserver>
References: <{id}@testserver>
Subject: =?utf-8?B?VW5kZWxpdmVyYWJsZTogUGxhbnRlZA==?=
Auto-Submitted: auto-replied
MIME-Version: 1.0

--9B095B5ADSN=_01DA3C5F3BD2A1F0000012AB
Content-Type: multipart/alternative; differences=Content-Type;
\tboundary="6d1f1d7f-0000-4000-8000-000000000001"

--6d1f1d7f-0000-4000-8000-000000000001
Content-Type: text/plain; charset="us-ascii"
Content-Transfer-Encoding: quoted-printable

Delivery has failed to these recipients or groups:

{to}<mailto:{to}>
The email address you entered couldn't be found.

Remote Server returned '550 {code} RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup'

--6d1f1d7f-0000-4000-8000-000000000001
Content-Type: text/html; charset="us-ascii"

<html><body>Delivery has failed</body></html>

--6d1f1d7f-0000-4000-8000-000000000001--

--9B095B5ADSN=_01DA3C5F3BD2A1F0000012AB
Content-Type: message/delivery-status

Reporting-MTA: dns;MX01.hospital.example
Received-From-MTA: dns;mail.example.org
Arrival-Date: Thu, 1 Jan 2026 00:00:00 +0000

Final-Recipient: rfc822;{to}
Action: failed
Status: {code}
Diagnostic-Code: smtp;550 {code} RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup
X-Display-Name: Planted Name

--9B095B5ADSN=_01DA3C5F3BD2A1F0000012AB
Content-Type: message/rfc822

{original}
Some text.

--9B095B5ADSN=_01DA3C5F3BD2A1F0000012AB--
"""
QMAIL = """\
Return-Path: <>
From: MAILER-DAEMON@mail.example.org
To: returned@example.org
Subject: failure notice

Hi. This is the qmail-send program at mail.example.org.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{to}>:
Sorry, no mailbox here by that name. (#{code})

--- Below this line is a copy of the message.

{original}
Some text.
"""
COMPLAINT = """\
From: <feedback@isp.example>
To: <returned@example.org>
Subject: FW: Plantedsubject
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="part1_13d.2e68ed54_boundary"

--part1_13d.2e68ed54_boundary
Content-Type: text/plain; charset="US-ASCII"
Content-Transfer-Encoding: 7bit

This is an email abuse report for an email message received from IP 192.0.2.7 on Thu, 1 Jan 2026 00:00:00 +0000.

--part1_13d.2e68ed54_boundary
Content-Type: message/feedback-report

Feedback-Type: {feedback}
User-Agent: SomeGenerator/1.0
Version: 1
Original-Mail-From: <returned@example.org>
{recipient}
Source-IP: 192.0.2.7

--part1_13d.2e68ed54_boundary
Content-Type: message/rfc822
Content-Disposition: inline

{original}
Some text.

--part1_13d.2e68ed54_boundary--
"""


def came_back(template, mail, to=None, code="5.1.1", key=None, **fields):
    """The message that a server makes of a mail of ours."""
    to = to or mail.user.email
    original = ORIGINAL.format(id=key or mail.pk.hex, to=to)
    fields = {"action": "failed", "part": "", "type": "message/rfc822", "feedback": "abuse", **fields}
    fields.setdefault("recipient", f"Original-Rcpt-To: <{to}>")
    filled = template.format(id=key or mail.pk.hex, to=to, code=code, original=original, **fields)
    return filled.replace("\n", "\r\n").encode()


BOUNCES = {
    "Postfix": POSTFIX, "Exim": EXIM, "an older Exim": OLD_EXIM, "Gmail": GMAIL, "Exchange": EXCHANGE, "qmail": QMAIL,
}  # fmt: skip


@pytest.mark.parametrize("server", BOUNCES)
@pytest.mark.parametrize(("code", "kind"), [("5.1.1", "hard"), ("5.2.2", "soft"), ("5.7.1", "soft"), ("4.4.1", "soft")])
def test_what_a_server_could_not_deliver_is_noted_and_stops_mails_where_nobody_is(server, code, kind, sent, asker):
    mail = sent()
    assert take_in(came_back(BOUNCES[server], mail, code=code)) == Taken.NOTED
    bounce = Bounce.objects.get()
    assert (bounce.mail, bounce.user, bounce.kind, bounce.source, bounce.code) == (mail, asker, kind, "mailbox", code)
    assert Preferences.of(asker).takes_no_mail == (kind == "hard")


def test_what_failed_for_good_without_a_reason_is_a_mailbox_that_is_not_there(sent, asker):
    report = came_back(EXIM, sent()).replace(b"Diagnostic-Code: smtp; 550 5.1.1 No", b"Diagnostic-Code: x; No")
    assert take_in(report) == Taken.NOTED
    assert (Bounce.objects.get().kind, Bounce.objects.get().code) == ("hard", "5.0.0")


def test_a_delay_stops_nothing(sent, asker):
    report = came_back(POSTFIX, sent(), code="4.4.1", action="delayed")
    assert take_in(report) == Taken.NOTED
    assert Bounce.objects.get().kind == "soft"
    assert not Preferences.of(asker).takes_no_mail


def test_the_headers_alone_are_enough(sent, asker):
    report = came_back(POSTFIX, sent(), part=" Headers", type="text/rfc822-headers")
    assert take_in(report) == Taken.NOTED
    assert Preferences.of(asker).takes_no_mail


@pytest.mark.parametrize("recipient", [None, "Original-Rcpt-To: redacted", "X-Nothing: 1"])
def test_a_complaint_stops_mails_also_where_the_address_is_left_out(sent, asker, recipient):
    fields = {} if recipient is None else {"recipient": recipient}
    assert take_in(came_back(COMPLAINT, sent(), **fields)) == Taken.NOTED
    assert Bounce.objects.get().kind == "complaint"
    assert Preferences.of(asker).stopped == "complained"


def test_a_report_that_is_no_complaint_changes_nothing(sent, asker):
    assert take_in(came_back(COMPLAINT, sent(), feedback="not-spam")) == Taken.NOT_OURS
    assert not Bounce.objects.exists()


@pytest.mark.parametrize("server", [*BOUNCES.values(), COMPLAINT])
@pytest.mark.parametrize("forgery", ["no such mail", "somebody else's", "of another address", "old", "erased"])
def test_who_does_not_know_the_key_of_a_mail_to_that_address_can_stop_nobody(server, forgery, sent, asker, helper):
    mail, key, to = sent(), None, None
    match forgery:
        case "no such mail":
            key = uuid4().hex
        case "somebody else's":
            mail, to = sent(user=helper), asker.email
        case "of another address":
            to = "forwarded@example.net"
        case "old":
            Mail.objects.update(made_at=timezone.now() - timedelta(days=91))
        case "erased":
            asker.delete()
    assert take_in(came_back(server, mail, key=key, to=to)) == Taken.NOT_OURS
    assert not Bounce.objects.exists()
    assert not Preferences.objects.exclude(stopped="").exists()


def test_the_key_of_a_mail_counts_only_where_the_mail_itself_is_shown(sent):
    mail = sent()
    without = came_back(GMAIL, mail).replace(f"Message-ID: <{mail.pk.hex}".encode(), b"Message-ID: <something-else")
    assert mail.pk.hex.encode() in without  # in what it says it answers
    assert take_in(without) == Taken.NOT_OURS
    assert not Bounce.objects.exists()


def test_the_same_message_twice_is_one_bounce_and_does_not_undo_another_try(sent, asker):
    mail = sent()
    for _again in range(2):
        assert take_in(came_back(POSTFIX, mail)) == Taken.NOTED
    assert Bounce.objects.count() == 1
    news.resume_mail(asker)
    take_in(came_back(EXIM, mail))
    assert not Preferences.of(asker).takes_no_mail


def test_an_address_given_up_since_then_is_not_stopped(sent, asker):
    mail = sent()
    report = came_back(POSTFIX, mail)
    User.objects.filter(pk=asker.pk).update(email="new@example.org")
    assert take_in(report) == Taken.NOT_OURS
    assert not Preferences.objects.exists()


# Requests to stop


@pytest.mark.parametrize(
    "subject",
    ["unsubscribe {}", "Unsubscribe {}", "unsubscribe\r\n {}", "Re: unsubscribe   {} ", "=?utf-8?q?unsubscribe_{}?="],
)
def test_a_mail_to_the_address_in_the_header_stops_that_kind(subject, asker):
    token = make_token(asker.pk, ["digest", "answer"])
    subject = subject.format(token.replace("_", "=5F") if subject.startswith("=?") else token)
    message = f"From: Somebody <else@example.net>\r\nSubject: {subject}\r\n\r\n".encode()
    for _again in range(2):
        assert take_in(message) == Taken.STOPPED
    assert set(Choice.objects.values_list("user", "kind", "timing")) == {
        (asker.pk, "digest", "never"), (asker.pk, "answer", "never"),
    }  # fmt: skip


def test_forged_and_cut_tokens_stop_nothing(asker):
    token = make_token(asker.pk, ["digest"])
    for wrong in (token[:-1], token[1:], "x", "a.b.c", token + "A", "é" + token, token.replace("-", "\0"), "." * 200):
        assert take_in(f"Subject: unsubscribe {wrong}\n\n".encode()) == Taken.NOT_OURS
    assert take_in(f"Subject: hello\n\nunsubscribe {token}".encode()) == Taken.NOT_OURS
    asker.delete()
    assert take_in(f"Subject: unsubscribe {token}\n\n".encode()) == Taken.NOT_OURS
    assert not Choice.objects.exists()


# Anybody may write


def nested(depth):
    parts = [f'Content-Type: multipart/mixed; boundary="b{number}"\n\n--b{number}\n' for number in range(depth)]
    return "".join(parts).encode()


GARBAGE = {
    "nothing": b"", "zeros": bytes(1000), "bytes": bytes(range(256)) * 40, "no header": b"\n\n\n", "deep": nested(3000),
    "encoding": b"Subject: =?x-unknown?q?unsubscribe_x?=\n\n", "long": b"Subject: x\n\n" + b"x" * 1_000_000,
    "half": POSTFIX[:900].encode(), "colons": b":" * 5000, "reply": b"Subject: Re: hello\nFrom: a@b.c\n\nI am away.",
    "ids": b"Subject: x\n\n" + b"".join(b"Message-ID: <%032x@x>\n" % number for number in range(9000)),
    "broken": b"Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/delivery-status\n\n\xff\n--x-",
}  # fmt: skip


@pytest.mark.parametrize("content", GARBAGE.values(), ids=GARBAGE)
def test_what_is_no_report_is_passed_over(content, sent):
    sent()
    assert take_in(content) in (Taken.NOT_OURS, Taken.UNREADABLE)
    assert not Bounce.objects.exists()


def test_half_of_a_report_with_the_right_key_does_no_harm(sent):
    whole = came_back(POSTFIX, sent())
    for end in range(0, len(whole), 97):
        assert take_in(whole[:end]) in (Taken.NOTED, Taken.NOT_OURS, Taken.UNREADABLE)


def test_a_line_that_takes_for_ever_to_search_is_not_searched(sent):
    mail = sent()
    words = f"Here is your list of failed recipients:\n<{mail.user.email}>\n" + "<" * 20_000
    report = came_back(POSTFIX, mail, action="relayed").replace(b"This is the mail system", words.encode(), 1)
    assert take_in(report) == Taken.NOT_OURS
    report = came_back(POSTFIX, mail).replace(b"This is the mail system", words.encode(), 1)
    assert take_in(report) == Taken.NOTED  # by the part that is made for it


def test_a_detector_that_fails_on_a_message_keeps_no_other(sent, monkeypatch, box):
    def fails(_message):
        raise KeyError("planted@example.org")

    monkeypatch.setattr("notifications.returned.all_failures", fails)
    box.add(came_back(POSTFIX, sent()))
    box.add(b"Subject: x\n\n")
    assert sorted(what for what, _done in news.read_bounces()) == [Taken.NOT_OURS, Taken.UNREADABLE]
    assert len(box) == 0


# The mailbox


def test_the_command_empties_the_mailbox_and_says_what_it_was(box, sent, asker, helper):
    box.add(came_back(POSTFIX, sent()))
    box.add(came_back(COMPLAINT, sent(user=helper)))
    box.add(f"Subject: unsubscribe {make_token(asker.pk, ['digest'])}\n\n".encode())
    box.add(came_back(EXIM, sent(letter="waiting"), key=uuid4().hex))
    box.add(b"Subject: x\n\n" + b"x" * 1_000_001)
    out = StringIO()
    call_command("read_bounces", stdout=out, stderr=StringIO())
    assert [int(number) for number in re.findall(r": (\d+)", out.getvalue())] == [2, 1, 1, 1]
    assert len(box) == 0
    assert Bounce.objects.count() == 2
    call_command("read_bounces", stdout=StringIO(), stderr=StringIO())


def test_a_message_stays_until_what_it_says_is_stored(box, sent, monkeypatch):
    box.add(came_back(POSTFIX, sent()))

    def fails(*_arguments):
        raise RuntimeError("the database is away")

    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr(returning, "note_report", fails)
        list(news.read_bounces())
    assert len(box) == 1
    assert [what for what, _done in news.read_bounces()] == [Taken.NOTED]
    assert len(box) == 0


def test_a_run_takes_so_many_at_most_and_the_next_the_rest(box, monkeypatch):
    monkeypatch.setattr(returning, "MESSAGES", 3)
    for number in range(6):
        box.add(f"Subject: {number}\n\n".encode())
    assert [done for _what, done in news.read_bounces()] == [1 / 3, 2 / 3, 1]
    with monkeypatch.context() as patch:
        patch.setattr(returning, "SECONDS", -1)
        assert tasks.read_bounces.call() == 1  # when there is no time left
    assert tasks.read_bounces.call() == 2
    assert len(box) == 0


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_do_no_harm(box, sent, asker, at_once):
    mail = sent()
    for _again in range(10):
        box.add(came_back(POSTFIX, mail))
    at_once([lambda: list(news.read_bounces())] * 3)
    assert len(box) == 0
    assert Bounce.objects.count() == 1
    assert Preferences.of(asker).takes_no_mail


def test_a_mailbox_that_is_away_is_said_so_and_tried_again(settings, tmp_path):
    settings.BOUNCE_MAILBOX = {"scheme": "maildir", "path": str(tmp_path / "nothing")}
    assert tasks.read_bounces.call() == 0
    with pytest.raises(CommandError, match="cannot be opened"):
        call_command("read_bounces", stderr=StringIO())
    settings.BOUNCE_MAILBOX = {}
    with pytest.raises(CommandError, match="BOUNCE_MAILBOX is not set"):
        call_command("read_bounces")


def test_no_log_line_names_an_address_or_a_subject(box, sent, asker, capfd, caplog, monkeypatch):
    caplog.set_level("DEBUG")
    for template in (*BOUNCES.values(), COMPLAINT):
        box.add(came_back(template, sent()))
        box.add(came_back(template, sent(), to="planted@example.net"))
    box.add(nested(3000) + b"planted@example.net")
    tasks.read_bounces.call()
    out, err = capfd.readouterr()
    log = out + err + caplog.text
    assert "mail came back" in log
    assert "detector" not in log
    assert asker.email not in log
    assert "lanted" not in log


# Over the network


class Talk(socketserver.StreamRequestHandler):
    """One side of a conversation of lines, as a server of mailboxes holds it."""

    def handle(self):
        self.say(self.server.greeting)
        while line := self.rfile.readline():
            self.server.heard.append(line.decode().strip())
            if not self.server.answer(self, line.decode().strip()):
                return

    def say(self, *lines):
        for line in lines:
            self.wfile.write((line if isinstance(line, bytes) else line.encode()) + b"\r\n")


class MailServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, messages):
        self.messages, self.flagged, self.heard = dict(enumerate(messages, 101)), set(), []
        super().__init__(("127.0.0.1", 0), Talk)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class ImapServer(MailServer):
    greeting = "* OK ready"

    def answer(self, talk, line):
        tag, command, *words = re.findall(r'"[^"]*"|\S+', line)
        match [command, *words]:
            case ["CAPABILITY"]:
                talk.say("* CAPABILITY IMAP4rev1")
            case ["LOGIN", "bounces@example.org", '"p ass"']:
                talk.say("* OK welcome")
            case ["LOGIN", *_]:
                talk.say(f"{tag} NO wrong")
                return True
            case ["SELECT", '"INBOX"']:
                talk.say(f"* {len(self.messages)} EXISTS")
            case ["SELECT", *_]:
                talk.say(f"{tag} NO none")
                return True
            case ["UID", "SEARCH", "UNDELETED"]:
                talk.say("* SEARCH " + " ".join(str(one) for one in self.messages if one not in self.flagged))
            case ["UID", "FETCH", uid, wanted]:
                if int(uid) in self.messages:
                    end = int(re.search(r"<0\.(\d+)>", wanted)[1])
                    part = self.messages[int(uid)][:end]
                    talk.say(f"* 1 FETCH (UID {uid} BODY[]<0> {{{len(part)}}}".encode())
                    talk.say(part + b")")
            case ["UID", "STORE", uid, "+FLAGS.SILENT", r"(\Deleted)"]:
                self.flagged.add(int(uid))
            case ["EXPUNGE"]:
                for one in self.flagged:
                    self.messages.pop(one, None)
            case ["LOGOUT"]:
                talk.say("* BYE", f"{tag} OK")
                return False
        talk.say(f"{tag} OK done")
        return True


class PopServer(MailServer):
    greeting = "+OK ready"

    def answer(self, talk, line):
        numbers = dict(enumerate(self.messages, 1))
        match line.split(" ", 1):
            case ["PASS", "wrong"]:
                talk.say("-ERR no")
            case ["LIST"]:
                talk.say("+OK", *(f"{n} {len(self.messages[uid])}" for n, uid in numbers.items()), ".")
            case ["UIDL"]:
                talk.say("+OK", *(f"{n} {uid}" for n, uid in numbers.items()), ".")
            case ["RETR", number]:
                lines = self.messages[numbers[int(number)]].split(b"\r\n")
                talk.say("+OK", *(b"." + one if one.startswith(b".") else one for one in lines), ".")
            case ["DELE", number]:
                self.flagged.add(numbers[int(number)])
                talk.say("+OK")
            case ["QUIT"]:
                for one in self.flagged:
                    self.messages.pop(one, None)
                talk.say("+OK")
                return False
            case _:
                talk.say("+OK")
        return True


@pytest.fixture
def network(settings, monkeypatch):
    """A server with messages, without the TLS that the site insists on."""
    servers = []

    def start(kind, messages, **fields):
        server = kind(messages)
        servers.append(server)

        def connect(host, port, *, timeout, **context):
            context = context.get("ssl_context") or context["context"]
            assert context.check_hostname  # whoever answers has to be the one who was meant
            plain = imaplib.IMAP4 if kind is ImapServer else poplib.POP3
            return plain("127.0.0.1", server.server_address[1], timeout=timeout)

        monkeypatch.setattr(mailboxes.imaplib, "IMAP4_SSL", connect)
        monkeypatch.setattr(mailboxes.poplib, "POP3_SSL", connect)
        scheme = "imaps" if kind is ImapServer else "pop3s"
        where = {"scheme": scheme, "host": "mail.example.org", "port": 1, "user": "bounces@example.org"}
        settings.BOUNCE_MAILBOX = {**where, "password": "p ass", "folder": "INBOX", **fields}
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("kind", [ImapServer, PopServer])
def test_a_mailbox_elsewhere_is_read_and_emptied(network, kind, sent, asker):
    large = b"Subject: x\r\n\r\n" + b"x\r\n" * 400_000
    long = b"Subject: x\r\n\r\n" + b"x" * 5000
    messages = [came_back(POSTFIX, sent()), large, long, b"Subject: x\r\n\r\n.\r\n", came_back(EXIM, sent())]
    server = network(kind, messages)
    taken = [what for what, _done in news.read_bounces()]
    passed = Taken.NOT_OURS if kind is ImapServer else Taken.UNREADABLE  # no POP client reads such a line
    assert taken == [Taken.NOTED, Taken.UNREADABLE, passed, Taken.NOT_OURS, Taken.NOTED]
    assert server.messages == {}
    assert Preferences.of(asker).takes_no_mail
    assert list(news.read_bounces()) == []


@pytest.mark.parametrize("kind", [ImapServer, PopServer])
def test_what_was_taken_in_before_a_failure_goes_and_the_rest_stays(network, kind, sent, monkeypatch):
    server = network(kind, [b"Subject: x\r\n\r\n", came_back(POSTFIX, sent()), b"Subject: y\r\n\r\n"])

    def fails(*_arguments):
        raise RuntimeError("the database is away")

    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr(returning, "note_report", fails)
        list(news.read_bounces())
    assert len(server.messages) == 2
    assert len(list(news.read_bounces())) == 2


@pytest.mark.parametrize(
    ("kind", "fields"),
    [(ImapServer, {"password": "wrong"}), (PopServer, {"password": "wrong"}), (ImapServer, {"folder": "No"})],
)
def test_a_wrong_password_or_folder_is_said_so(network, kind, fields):
    network(kind, [b"Subject: x\r\n\r\n"], **fields)
    with pytest.raises(MailboxAway):
        list(news.read_bounces())


def test_who_expunged_it_meanwhile_has_read_it(network, sent):
    server = network(ImapServer, [b"Subject: x\r\n\r\n", came_back(POSTFIX, sent())])
    run = news.read_bounces()
    assert next(run)[0] == Taken.NOT_OURS
    server.messages.clear()
    assert list(run) == []
