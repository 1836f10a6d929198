"""Taking words out for good: from a post, from what it said before, and from everywhere it was quoted."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from common.text import visible
from forum.actions.tally import locked_thread
from forum.actions.watching import watch
from forum.models import Draft, PeerOpinion, Post, Rearrangement, Reply, Revision, Thread
from forum.screening import SCREENED_FIELDS, note_screening, screen_again
from moderation.actions.opening import NOT_YOURS
from moderation.models import Action, Appeal, Decision, Report, Source
from moderation.policies import can_moderate, require

SHORTEST = 2  # letters that can be seen
QUOTE = re.compile(r"^[ \t]*>.*(?:\n[ \t]*>.*)*", re.MULTILINE)
Change = Callable[[str], str]


@transaction.atomic
def redact(post: Thread | Reply, words: str, *, by: User) -> int:
    """Replace `words` wherever the post, its earlier versions and quotes of it say them; returns in how many texts.

    By the author or a moderator. There is no way back: the record says only that it happened. Refused where the
    words do not stand in the post.
    """
    thread = locked_thread(post.pk if isinstance(post, Thread) else post.thread_id)
    current: Thread | Reply = thread
    if isinstance(post, Reply):
        current = Reply.objects.select_for_update(no_key=True).get(pk=post.pk)
        current.thread = thread
    is_author = current.author_id == by.pk
    require(is_author or can_moderate(by, thread), NOT_YOURS)
    require(len(visible(words)) >= SHORTEST, _("Copy the words to take out: two letters or more."))
    everywhere, in_quotes = _changes(words)
    changed = _change_with_versions(current, everywhere)
    require(changed > 0, _("These words do not stand in this text. Copy them exactly as they are."))
    current.edited_at = timezone.now()
    current.save(update_fields=["edited_at"])
    changed += sum(_change_with_versions(twin, everywhere) for twin in _twins(current))
    changed += _change_quotes(thread, current, in_quotes)
    changed += _change_elsewhere(thread, current, everywhere)
    watch(thread)
    Decision.objects.create(
        thread=None if isinstance(current, Reply) else current,
        reply=current if isinstance(current, Reply) else None,
        about=current.author,
        action=Action.REDACT,
        source=Source.AUTHOR if is_author else Source.OWN,
        decided_by=by,
        is_told=not is_author and current.author is not None,
    )
    return changed


def _changes(words: str) -> tuple[Change, Change]:
    """How the words go: everywhere in a text, and only in its quotations. Lines may break differently there."""
    pattern = re.compile(r"[\s>]+".join(re.escape(word) for word in words.split()), re.IGNORECASE)
    mask = f"[{_('removed')}]"

    def everywhere(text: str) -> str:
        return pattern.sub(mask, text)

    def in_quotes(text: str) -> str:
        return QUOTE.sub(lambda quote: everywhere(quote[0]), text)

    return everywhere, in_quotes


def _of(post: Thread | Reply) -> dict[str, Any]:
    return {"thread": post} if isinstance(post, Thread) else {"reply": post}


TEXTS = ("title", "body", "interest", "text", "explanation", "law")


def _change(row: Any, change: Change) -> int:
    """Change every text of a row, with what is made from it; returns 1 where something changed."""
    fields = []
    for name in TEXTS:
        old = getattr(row, name, "")
        if old and (new := change(old)) != old:
            setattr(row, name, new[: row._meta.get_field(name).max_length])  # the mask may be longer than the words
            fields.append(name)
    if getattr(row, "facts", None):
        facts = {key: change(value) for key, value in row.facts.items()}
        if facts != row.facts:
            row.facts = facts
            fields.append("facts")
    if not fields:
        return 0
    if isinstance(row, Post):
        row.set_body(row.body)
        note_screening(row, screen_again(row))
        fields += ["body_html", *SCREENED_FIELDS]
    row.save(update_fields=fields)
    return 1


def _change_all(rows: Iterable[Any], change: Change) -> int:
    return sum(_change(row, change) for row in rows)


def _change_with_versions(post: Thread | Reply, change: Change) -> int:
    return _change(post, change) + _change_all(Revision.objects.filter(**_of(post)), change)


def _twins(post: Thread | Reply) -> list[Thread | Reply]:
    """What keeps the same text out of sight: a question and the reply it has become, or the other way round."""
    if isinstance(post, Thread):
        return [*Reply.objects.filter(Q(stands_as=post) | Q(merged_threads=post)).order_by("pk")]
    return [*Thread.objects.filter(Q(merged_as=post) | Q(former_replies=post)).order_by("pk")]


def _change_quotes(thread: Thread, post: Thread | Reply, change: Change) -> int:
    """In whatever was written below the same question, and below one that it was put together with or split from."""
    pairs = Rearrangement.objects.filter(Q(source=thread) | Q(target=thread)).values_list("source", "target")
    threads = {thread.pk, *(pk for pair in pairs for pk in pair)}
    replies = Reply.objects.filter(thread__in=threads)
    others = replies.filter(body__contains=">").exclude(pk=post.pk if isinstance(post, Reply) else 0).order_by("pk")
    changed = _change_all(others.select_for_update(no_key=True, of=("self",)), change)
    if isinstance(post, Reply):
        changed += _change(thread, change)
    revisions = Revision.objects.filter(Q(thread__in=threads) | Q(reply__thread__in=threads))
    return changed + _change_all(revisions.filter(body__contains=">"), change)


def _change_elsewhere(thread: Thread, post: Thread | Reply, change: Change) -> int:
    """In what people are still writing about it, in cautions, reports and appeals."""
    places = [f"reply:{thread.pk}", f"{'thread' if isinstance(post, Thread) else 'reply-edit'}:{post.pk}"]
    rows: list[Iterable[Any]] = [
        Draft.objects.filter(place__in=places),
        Report.objects.filter(**{f"case__{name}": one for name, one in _of(post).items()}),
        Appeal.objects.filter(**{f"decision__{name}": one for name, one in _of(post).items()}),
    ]
    if isinstance(post, Reply):
        rows.append(PeerOpinion.objects.filter(reply=post))
    return sum(_change_all(some, change) for some in rows)
