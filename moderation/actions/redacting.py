"""Taking words out for good: from a post, from what it said before, and from everywhere it was quoted."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.limits import spend
from accounts.models import User
from common.text import visible
from forum.actions.tally import locked_thread, still_in
from forum.actions.watching import watch
from forum.models import Draft, PeerOpinion, Post, Rearrangement, Reply, Revision, Thread
from forum.screening import SCREENED_FIELDS, note_screening, screen_again
from moderation.actions.opening import NOT_YOURS
from moderation.models import Action, Appeal, Case, Decision, Report, Source
from moderation.policies import can_moderate, require

SHORTEST = 2  # letters that can be seen
QUOTE = re.compile(r"^[ \t]*>.*(?:\n[ \t]*>.*)*", re.MULTILINE)
PARAGRAPH = re.compile(r"^[ \t]*>[ \t>]*[^\s>].*(?:\n[ \t]*>[ \t>]*[^\s>].*)*", re.MULTILINE)
Change = Callable[[str], str]


@transaction.atomic
def redact(post: Thread | Reply, words: str, *, by: User) -> int:
    """Replace `words` wherever the post, its earlier versions and quotes of it say them; returns in how many texts.

    By the author or a moderator. There is no way back: the record says only that it happened. Refused where the
    words do not stand in the post.
    """
    if post.author_id == by.pk:
        spend(by, "redact")  # the limit comes before every other lock, see accounts.limits
    thread = locked_thread(post.pk if isinstance(post, Thread) else post.thread_id)
    current: Thread | Reply = thread
    if isinstance(post, Reply):
        current = still_in(thread, Reply.objects.select_for_update(no_key=True).get(pk=post.pk))
    is_author = current.author_id == by.pk
    require(is_author or can_moderate(by, thread), NOT_YOURS)
    require(len(visible(words)) >= SHORTEST, _("Copy the words to take out: two letters or more."))
    everywhere, in_quotes = _changes(words, None if not is_author else _texts_of(current))
    changed = _change_with_versions(current, everywhere)
    require(changed > 0, _("These words do not stand in this text. Copy them exactly as they are."))
    current.edited_at = timezone.now()
    current.save(update_fields=["edited_at"])
    changed += sum(_change_with_versions(twin, everywhere) for twin in _twins(current))
    changed += _change_quotes(thread, current, in_quotes)
    changed += _change_elsewhere(thread, current, everywhere, by_moderator=not is_author)
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


def _changes(words: str, own_texts: list[str] | None) -> tuple[Change, Change]:
    """How the words go: everywhere in a text, and only in its quotations. Lines may break differently there.

    Of quotations only the paragraphs that stand in `own_texts`: an author takes out the own words, not those of
    others. A moderator (None) takes them out of every quotation.
    """
    escaped = r"[\s>]+".join(re.escape(word) for word in words.split())
    start = r"(?<!\w)" if re.match(r"\w", words.strip()) else ""
    end = r"(?!\w)" if re.search(r"\w$", words.strip()) else ""
    pattern = re.compile(start + escaped + end, re.IGNORECASE)
    mask = f"[{_('removed')}]"
    own = None if own_texts is None else [_plain(text) for text in own_texts]

    def everywhere(text: str) -> str:
        return pattern.sub(mask, text)

    def paragraph(match: re.Match[str]) -> str:
        is_own = own is None or any(_plain(match[0]) in text for text in own)
        return everywhere(match[0]) if is_own else match[0]

    def in_quotes(text: str) -> str:
        return QUOTE.sub(lambda quote: PARAGRAPH.sub(paragraph, quote[0]), text)

    return everywhere, in_quotes


def _plain(text: str) -> str:
    """A text without the marks of a quotation and however its lines break."""
    return " ".join(re.sub(r"^[ \t]*(?:>[ \t]?)+", "", text, flags=re.MULTILINE).split()).lower()


def _texts_of(post: Thread | Reply) -> list[str]:
    """What the post says and has said."""
    return [post.body, *Revision.objects.filter(**_of(post)).values_list("body", flat=True)]


def _of(post: Thread | Reply) -> dict[str, Any]:
    return {"thread": post} if isinstance(post, Thread) else {"reply": post}


TEXTS = ("title", "body", "interest", "text", "explanation", "law", "answer", "handover")


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
    """In whatever was written below the same question, and below those it was put together with or split from."""
    threads = _arranged_with(thread)
    replies = Reply.objects.filter(thread__in=threads, body__contains=">")
    others = replies.exclude(pk=post.pk if isinstance(post, Reply) else 0).order_by("pk")
    changed = _change_all(others.select_for_update(no_key=True, of=("self",)), change)
    questions = Thread.objects.filter(pk__in=threads).exclude(pk=post.pk if isinstance(post, Thread) else 0)
    changed += _change_all(questions.order_by("pk").select_for_update(no_key=True), change)
    revisions = Revision.objects.filter(Q(thread__in=threads) | Q(reply__thread__in=threads), body__contains=">")
    changed += _change_all(revisions, change)
    places = [f"reply:{key}" for key in threads]
    places += [f"reply-edit:{key}" for key in Reply.objects.filter(thread__in=threads).values_list("pk", flat=True)]
    changed += _change_all(Draft.objects.filter(place__in=places), change)
    for other in Thread.objects.filter(pk__in=threads - {thread.pk}):
        watch(other)
    return changed


def _arranged_with(thread: Thread) -> set[int]:
    """The question and all that share replies with it by merging or splitting, however often."""
    found, added = set[int](), {thread.pk}
    while added:
        found |= added
        pairs = Rearrangement.objects.filter(Q(source__in=added) | Q(target__in=added))
        added = {pk for pair in pairs.values_list("source", "target") for pk in pair} - found
    return found


def _change_elsewhere(thread: Thread, post: Thread | Reply, change: Change, *, by_moderator: bool) -> int:
    """In the author's own drafts, in appeals and in cautions; by a moderator also in what was reported about it."""
    place = f"{'thread' if isinstance(post, Thread) else 'reply-edit'}:{post.pk}"
    about = _of(post).items()
    rows: list[Iterable[Any]] = [
        Draft.objects.filter(place=place, user=post.author_id),
        Appeal.objects.filter(**{f"decision__{name}": one for name, one in about}),
    ]
    if isinstance(post, Reply):
        rows.append(PeerOpinion.objects.filter(reply=post))
    if by_moderator:
        rows += [
            Report.objects.filter(**{f"case__{name}": one for name, one in about}),
            Case.objects.filter(**dict(about)),
        ]
    return sum(_change_all(some, change) for some in rows)
