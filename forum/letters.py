"""The summaries by mail: what was helpful in the own forums, and what waits in a professional's field."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from forum.models import Forum, Thread
from notifications.kinds import DIGEST, WAITING
from notifications.letters import Item, Letter, in_site_words
from notifications.models import Mail, Preferences

SHOWN = 10
UNREAD_STOPS = timedelta(days=90)
LONGEST_AGO = timedelta(days=7)


def helpful_this_week(user: Any) -> Any:
    """The questions of the weekly summary: ten at most, from the member's own forums."""
    threads = Thread.objects.helpful_lately(user, Forum.objects.own_of(user))
    return threads.for_rows(user)[:SHOWN]


def digest(mail: Mail) -> Letter | None:
    """The weekly summary; nothing in a week without any, or for somebody who has not looked for three months."""
    preferences = Preferences.of(mail.user)
    if preferences.was_here_at and preferences.was_here_at < timezone.now() - UNREAD_STOPS:
        return None
    threads = list(helpful_this_week(mail.user))
    if not threads:
        return None
    says = ngettext(
        "%(n)s question with replies in your forums this week",
        "%(n)s questions with replies in your forums this week, the most helpful first",
        len(threads),
    ) % {"n": len(threads)}
    items = _items(threads, says, reverse("forum:week"), with_titles=preferences.includes_titles)
    subject = _("Your weekly summary from %(site)s") % {"site": settings.SITE_NAME}
    intro = _("Here is what was answered on %(site)s this week.") % {"site": settings.SITE_NAME}
    return _letter(subject, intro, items, DIGEST, preferences)


def waiting(mail: Mail) -> Letter | None:
    """The questions in a professional's field that nobody has answered for a day, each in one such mail only."""
    user = mail.user
    if not user.is_medical_professional or user.is_suspended:
        return None
    earlier = Mail.objects.filter(user=user, letter=WAITING, outcome=Mail.Outcome.SENT).order_by("-made_at").first()
    since = max(earlier.made_at if earlier else mail.made_at - LONGEST_AGO, mail.made_at - LONGEST_AGO)
    forums = Forum.objects.filter(is_open=True).in_field_of(user).not_muted_by(user)
    # Up to when the mail was made, however late it is sent: the next one goes on from there.
    waiting = Thread.objects.unanswered_for_a_day(user, forums, since=since, until=mail.made_at)
    threads = list(waiting.for_rows(user)[: SHOWN + 1])
    if not threads:
        return None
    preferences = Preferences.of(user)
    n = len(threads)
    says = ngettext(
        "%(n)s question in your field has waited for more than a day",
        "%(n)s questions in your field have waited for more than a day",
        n,
    ) % {"n": n if n <= SHOWN else _("More than %(n)s") % {"n": SHOWN}}
    desk = reverse("credentials:desk")
    items = _items(threads[:SHOWN], says, desk, with_titles=preferences.includes_titles)
    subject = _("Questions wait for you on %(site)s") % {"site": settings.SITE_NAME}
    intro = _("People on %(site)s wait for somebody who knows.") % {"site": settings.SITE_NAME}
    return _letter(subject, intro, items, WAITING, preferences)


def _items(threads: list[Thread], says: str, path: str, *, with_titles: bool) -> list[Item]:
    """One line for all, or, for somebody who wants titles, one for each."""
    together = Item(says, path)
    if not with_titles:
        return [together]
    each = [Item(" ".join(thread.title.split()), reverse("forum:thread_bare", args=[thread.pk])) for thread in threads]
    return [*each, together]


def _letter(subject: str, intro: str, items: list[Item], kind: str, preferences: Preferences) -> Letter:
    words = {"intro": intro, "items": items, "with_titles": preferences.includes_titles}
    text = in_site_words("notifications/emails/news.txt", **words)
    return Letter(subject, text, (kind,))
