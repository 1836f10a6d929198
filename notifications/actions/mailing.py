"""Mails: made of notifications that are due, and sent so that none is lost and none goes out twice in effect.

One maker at a time groups what is due for each person into one mail, in one transaction. Many senders may work at once:
each claims a mail by moving its time on, sends it, and notes that it is sent. One that is killed in between leaves the
mail for another, which sends the same message again, with the same Message-ID.
"""

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from threading import BoundedSemaphore
from typing import Any
from urllib.parse import quote, urlsplit

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, mailers
from django.core.mail.backends.filebased import EmailBackend as FolderBackend
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from common.mail import site_mail
from notifications import tasks
from notifications.actions.bouncing import note_bounce
from notifications.actions.due import LOCAL, REACHABLE, run
from notifications.failures import Failure, failure_of
from notifications.kinds import KINDS, SUMMARIES, Audience, Timing
from notifications.letters import LETTERS, Letter, in_site_words
from notifications.models import Bounce, Choice, Mail, Preferences
from notifications.tokens import make_token, unsubscribe_url

logger = structlog.get_logger(__name__)

PEOPLE = 1000  # in one transaction that makes mails
TRIES = 20  # with pauses that double up to LONGEST_PAUSE: about two days
LONGEST_PAUSE = timedelta(hours=4)
LEASE = 5  # retry pauses in which a claimed mail is left to who claimed it: longer than a server may take to answer
ON_ONE_CONNECTION = 50  # mails; many servers close it by themselves after a hundred
SENDERS = BoundedSemaphore(2)  # in one process, so that a slow mail server leaves threads for other work
MAKERS_LOCK = 7_160_001  # any number that no other advisory lock uses

# Who has been sent news in the last minutes waits for the rest of them, and gets one mail for all that came meanwhile.
MAKE = """
WITH people AS MATERIALIZED (
    SELECT DISTINCT n.user_id FROM (
        SELECT d.user_id FROM notifications_notification d
        WHERE d.mail_due_at <= now() AND NOT EXISTS (
            SELECT FROM notifications_mail m
            WHERE m.user_id = d.user_id AND m.letter = 'news' AND m.made_at > now() - %(pause)s * interval '1 second'
        )
        ORDER BY d.mail_due_at LIMIT 20000
    ) n LIMIT %(people)s
), due AS MATERIALIZED (
    SELECT n.id, n.user_id FROM notifications_notification n JOIN people ON people.user_id = n.user_id
    WHERE n.mail_due_at <= now() ORDER BY n.id FOR UPDATE OF n  -- in one order everywhere: nobody waits for each other
), mails AS (
    INSERT INTO notifications_mail (id, user_id, letter, rank)
    SELECT gen_random_uuid(), user_id, 'news', %(rank)s FROM (SELECT DISTINCT user_id FROM due) AS people
    RETURNING id, user_id
)
UPDATE notifications_notification n SET mail_id = mails.id, mail_due_at = NULL
FROM mails, due WHERE due.user_id = mails.user_id AND n.id = due.id AND n.mail_due_at <= now()
"""
AUDIENCES = {
    Audience.MEMBERS: "true",
    Audience.PROFESSIONALS: "u.is_medical_professional",
    Audience.MODERATORS: "u.is_staff",
}
CHOSEN = "notifications_choice c ON c.user_id = u.id AND c.kind = %(kind)s AND c.channel = 'mail'"
SUMMARISE = """
INSERT INTO notifications_mail (id, user_id, letter, day, rank)
SELECT gen_random_uuid(), u.id, %(kind)s, date_trunc(d.unit, l.morning)::date, %(rank)s
FROM accounts_user u {join} {local}
CROSS JOIN LATERAL (
    SELECT CASE coalesce(c.timing, %(default)s) WHEN 'daily' THEN 'day' WHEN 'weekly' THEN 'week' END AS unit
) d
WHERE d.unit IS NOT NULL AND extract(hour FROM l.morning) < 12 AND u.kind <> 'imported' AND {reachable} AND {audience}
ON CONFLICT (user_id, letter, day) WHERE day IS NOT NULL DO NOTHING
"""


def make_mails() -> int:
    """Make one mail for each person for whom news are due; returns how many notifications went into mails."""
    values = {"pause": settings.MAIL_PAUSE_SECONDS, "people": PEOPLE, "rank": Mail.Rank.NEWS}
    made = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [MAKERS_LOCK])
            # Statistics know nothing of the last minutes: expecting few rows, it would hold each against every mail.
            cursor.execute("SET LOCAL enable_nestloop = off")
            cursor.execute(MAKE, values)
            if not cursor.rowcount:
                return made
            made += cursor.rowcount


def make_summaries() -> int:
    """Make the daily and weekly mails of everybody whose morning it is and who has none yet; returns how many.

    What they say is looked up when they are sent, and where that is nothing, they are not.
    """
    made = 0
    for code in SUMMARIES:
        kind = KINDS[code]
        # What nobody gets unasked is looked for among the choices.
        join = ("JOIN " if kind.default == Timing.NEVER else "LEFT JOIN ") + CHOSEN
        statement = SUMMARISE.format(join=join, local=LOCAL, reachable=REACHABLE, audience=AUDIENCES[kind.audience])
        made += run(statement, {"kind": code, "default": kind.default, "rank": Mail.Rank.SUMMARY})
    return made


def post(user_ids: Iterable[int], letter: str, *, about: int, rank: Mail.Rank = Mail.Rank.NEWS) -> None:
    """Have a letter about something sent to each of these people, once."""
    mails = [Mail(user_id=key, letter=letter, about=about, rank=rank) for key in user_ids]
    Mail.objects.bulk_create(mails, ignore_conflicts=True)
    transaction.on_commit(partial(tasks.mail.enqueue))


def send_mails() -> int:
    """Send what is due, the most urgent first, until nothing is or the server does not answer; returns how many."""
    if not SENDERS.acquire(blocking=False):
        return 0
    sent = 0
    try:
        with ExitStack() as stack:
            carrier = Carrier(stack)
            while (mail := _claim()) is not None:
                sent += _deliver(mail, carrier) == Mail.Outcome.SENT
    except ServerAway:
        pass
    finally:
        SENDERS.release()
    return sent


class ServerAway(Exception):
    """The next mail would fail as well."""


@dataclass
class Carrier:
    """One connection to the mail server, opened for the first mail and closed at the end or after some mails."""

    stack: ExitStack
    mailer: Any = None
    carried: int = 0

    def carry(self, message: EmailMultiAlternatives) -> None:
        if self.carried and self.carried % ON_ONE_CONNECTION == 0:
            self.hang_up()
        self.carried += 1
        mailer = self.mailer
        if mailer is None:
            mailer = mailers.default
            if not isinstance(mailer, FolderBackend):  # that one writes a file for each connection
                mailer.open()
                self.stack.callback(mailer.close)
                self.mailer = mailer
        mailer.send_messages([message])

    def hang_up(self) -> None:
        """Begin anew with the next mail: what went wrong may have left the connection in the middle of something."""
        self.stack.close()
        self.mailer = None


@transaction.atomic
def _claim() -> Mail | None:
    """The next mail, left to this sender for a while."""
    due = Mail.objects.filter(ended_at=None, due_at__lte=timezone.now()).order_by("rank", "due_at", "pk")
    mail = due.select_related("user").select_for_update(skip_locked=True, of=("self",)).first()
    if mail:
        mail.tries += 1
        mail.due_at = timezone.now() + timedelta(seconds=LEASE * settings.MAIL_RETRY_SECONDS)
        mail.save(update_fields=["tries", "due_at"])
    return mail


def _deliver(mail: Mail, carrier: Carrier) -> Mail.Outcome | None:
    """Send one mail and note what became of it; None where it is to be tried again."""
    if mail.tries > TRIES:  # whoever tried it died of it each time
        return _end(mail, Mail.Outcome.GIVEN_UP)
    try:
        letter = _letter_of(mail)
    except Exception as error:  # what one mail brings up must not keep the others
        return _put_off(mail, Failure(), error)
    if letter is None:
        return _end(mail, Mail.Outcome.EMPTY)
    try:
        message = message_of(mail, letter)
        carrier.carry(message)
    except Exception as error:
        carrier.hang_up()
        return _put_off(mail, failure_of(error), error)
    return _end(mail, Mail.Outcome.SENT, _service_id_of(message))


def _service_id_of(message: EmailMultiAlternatives) -> str:
    """What the mail service that took the message calls it; nothing where there is no service."""
    return str(getattr(getattr(message, "anymail_status", None), "message_id", None) or "")[:200]


def _letter_of(mail: Mail) -> Letter | None:
    letter = LETTERS[mail.letter](mail)
    if letter and letter.kinds and not _is_wanted(mail.user, letter.kinds):
        return None
    return letter if mail.user.email else None


def _is_wanted(user: User, kinds: Iterable[str]) -> bool:
    """Whether somebody still takes mails of one of these kinds: much may have changed since it was made."""
    if not user.is_active or Preferences.of(user).takes_no_mail:
        return False
    return not set(kinds) <= Choice.stopped_by(user)


def _put_off(mail: Mail, failure: Failure, error: Exception) -> Mail.Outcome | None:
    # The words of the error may hold the address.
    logger.warning("mail not sent", mail=str(mail.pk), tries=mail.tries, code=failure.code, error=type(error).__name__)
    if failure.is_final:
        if failure.bounce:
            note_bounce(mail, mail.user.email, failure.bounce, Bounce.Source.SERVER, code=failure.code)
        return _end(mail, Mail.Outcome.REFUSED)
    if mail.tries >= TRIES:
        return _end(mail, Mail.Outcome.GIVEN_UP)
    pause = timedelta(seconds=settings.MAIL_RETRY_SECONDS * 2 ** (mail.tries - 1))
    due_at = timezone.now() + min(pause, LONGEST_PAUSE)
    Mail.objects.filter(pk=mail.pk, tries=mail.tries, ended_at=None).update(due_at=due_at)
    if failure.is_of_server:
        raise ServerAway
    return None


def _end(mail: Mail, outcome: Mail.Outcome, service_id: str = "") -> Mail.Outcome:
    Mail.objects.filter(pk=mail.pk, ended_at=None).update(
        ended_at=timezone.now(), outcome=outcome, service_id=service_id
    )
    return outcome


def message_of(mail: Mail, letter: Letter) -> EmailMultiAlternatives:
    """The mail as it goes out. Nothing in its headers comes from what people wrote."""
    host = urlsplit(settings.SITE_URL).hostname
    headers = {"Message-ID": f"<{mail.pk.hex}@{host}>"}
    text = letter.text
    if letter.kinds:
        token = make_token(mail.user_id, letter.kinds)
        url = unsubscribe_url(token)
        to = settings.BOUNCE_ADDRESS or settings.CONTACT_EMAIL
        headers |= {
            "List-Id": f"<{mail.letter}.{host}>",
            "List-Unsubscribe": f"<{url}>, <mailto:{to}?subject={quote(f'unsubscribe {token}')}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
        text = f"{text.strip()}\n\n{in_site_words('notifications/emails/footer.txt', url=url)}"
    message = site_mail(mail.user.email, letter.subject, text, headers)
    if settings.BOUNCE_ADDRESS and not settings.MAIL_SERVICE:  # services use an address of their own
        message.extra_headers["From"] = settings.DEFAULT_FROM_EMAIL
        message.from_email = settings.BOUNCE_ADDRESS  # the envelope's sender: what cannot be delivered goes there
    return message
