"""What a mail says, looked up when it is sent. By default neither a title nor anything else that was written here.

An app above adds its own letters when it is ready: a function that is given the mail, and None where there is nothing
to say any more.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Block
from notifications.grouping import Group, grouped
from notifications.kinds import ADDRESSED, ANSWER, QUESTION, UNANSWERED
from notifications.models import Choice, Mail, Notification, Preferences

SHOWN = 10  # questions in one mail
LOOKED_AT = 1000  # the newest notifications: who follows much may get many in a week
UNSAID = [f"{way}__{name}" for way in ("reply", "reply__thread", "thread") for name in ("body", "body_html")]


@dataclass(frozen=True)
class Letter:
    """A mail in words. Who gets it can stop mails of its `kinds`; one without any cannot be stopped."""

    subject: str
    text: str
    kinds: tuple[str, ...] = ()


LETTERS: dict[str, Callable[[Mail], Letter | None]] = {}


def in_site_words(template: str, **words: object) -> str:
    """A text template with what all of them need."""
    return render_to_string(template, {"site_name": settings.SITE_NAME, "site_url": settings.SITE_URL, **words})


@dataclass(frozen=True)
class Item:
    """One line of a letter and where it leads."""

    says: str
    path: str


def news(mail: Mail) -> Letter | None:
    """What the person has been told and has not read yet, of what can still be seen and is still wanted."""
    rows = Notification.objects.visible_to(mail.user).filter(mail=mail, read_at=None).newest_first()
    rows = rows.exclude(kind__in=Choice.stopped_by(mail.user))
    rows = rows.select_related("reply__thread", "thread").defer(*UNSAID)[:LOOKED_AT]
    blocked = set(Block.objects.filter(user=mail.user).values_list("blocked", flat=True))
    shown = [one for one in rows if one.speaker_id not in blocked]
    if not shown:
        return None
    with_titles = Preferences.of(mail.user).includes_titles
    groups = grouped(shown)
    items = [_item(group, blocked, with_titles=with_titles) for group in groups]
    if not with_titles:
        items = _together(items, groups)
    kinds = tuple(sorted({one.kind for one in shown}))
    text = in_site_words(
        "notifications/emails/unanswered.txt" if kinds == (UNANSWERED,) else "notifications/emails/news.txt",
        items=items[:SHOWN],
        more=len(items) > SHOWN,
        list=reverse("notifications:notification_list"),
        with_titles=with_titles,
    )
    n = len(shown) if len(shown) < LOOKED_AT else f"{LOOKED_AT}+"
    return Letter(_subject(shown) % {"site": settings.SITE_NAME, "n": n}, text, kinds)


def _subject(shown: list[Notification]) -> str:
    kinds = {one.kind for one in shown}
    if kinds == {ANSWER}:
        return ngettext("You have a new answer on %(site)s", "You have %(n)s new answers on %(site)s", len(shown))
    if kinds == {UNANSWERED}:
        return _("About your question on %(site)s")
    if kinds == {QUESTION}:
        return _("New questions on %(site)s")
    return ngettext("You have a new reply on %(site)s", "You have %(n)s new replies on %(site)s", len(shown))


def _item(group: Group, blocked: set[int], *, with_titles: bool) -> Item:
    says, thread = _says(group), group.thread
    is_by_blocked = thread.author_id in blocked and not thread.is_anonymous
    title = " ".join(thread.title.split()) if with_titles and thread.is_published and not is_by_blocked else ""
    if title:
        says = _("%(title)s (%(says)s)") % {"title": title, "says": says}
    return Item(says, group.first.path)


def _says(group: Group) -> str:
    kinds, n = {one.kind for one in group.notifications}, len(group.notifications)
    if UNANSWERED in kinds:
        return _("What may help")
    if ADDRESSED in kinds:
        return _("Somebody mentioned or quoted you")
    if QUESTION in kinds:
        return _("A new question")
    if ANSWER in kinds:
        return ngettext("Somebody answered your question", "%(n)s new answers to your question", n) % {"n": n}
    return ngettext("A new reply to a question you follow", "%(n)s new replies to a question you follow", n) % {"n": n}


def _together(items: list[Item], groups: list[Group]) -> list[Item]:
    """Without titles, many new questions are one line."""
    new = [item for item, group in zip(items, groups, strict=True) if group.first.kind == QUESTION]
    if len(new) < 2:
        return items
    others = [item for item in items if item not in new]
    says = _("%(n)s new questions in forums and fields you follow") % {"n": len(new)}
    return [*others, Item(says, reverse("notifications:notification_list"))]


LETTERS[Mail.NEWS] = news
