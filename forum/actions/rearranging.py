"""Making one question of two, and two of one.

Replies keep their ids, times, votes and opinions, and so their addresses and their order. Whoever was shown without a
name stays so, and nobody else becomes so. Both can be undone, the newest change of a reply first.
"""

from collections.abc import Collection, Iterable

from django.conf import settings
from django.db import transaction
from django.db.models import Case, Q, Value, When
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common.markdown import escape_markdown
from common.text import clean_line, visible
from forum import policies
from forum.actions.moderating import MODERATORS_ONLY
from forum.actions.tally import counted_anew, lock_arrangement, locked_threads
from forum.actions.watching import watch
from forum.models import Forum, Post, Rearrangement, Reply, Revision, Thread, ThreadSource
from forum.models.posts import STORED_BODY_LIMIT, TITLE_LIMIT, TITLE_MINIMUM
from forum.screening import SCREENED_FIELDS
from notifications.actions import follow_on

INTO_ITSELF = _("A question cannot be merged into itself. Choose another one.")
MERGED_ALREADY = _("This question is merged into another one already. Undo that first.")
NOT_SHOWN = _("Only a question that readers see can be merged. Publish it first.")
NOT_OPEN = _("Choose a question that readers see and that takes replies: that one is closed, hidden, held or removed.")
NO_REPLIES = _("Choose the replies that become a question of their own.")
OTHER_REPLIES = _("Choose only replies of this question, and none that waits for review, is deleted or has moved on.")
LEAVE_ONE = _("Leave at least one reply that readers see with the old question.")
HIDDEN_QUESTION = _("The oldest reply becomes the question, so choose one that readers see as the oldest.")
HIDDEN_THREAD = _("Only a question that readers see can be split. Publish it first.")
CLOSED_FORUM = _("This forum is closed. Choose another one.")
TITLE_TOO_SHORT = _("Write a title of %(least)s letters or more for the new question.")
TITLE_TOO_LONG = _("Shorten the title to %(limit)s characters or fewer.")
MOVED_ON = _("These replies have been moved again since. Undo that first.")

# What a question and a reply take over from each other as it stands.
SAME_IN_BOTH = ("author", "created_at", "edited_at", *SCREENED_FIELDS)


@transaction.atomic
def merge(source: Thread, into: Thread, *, by: User) -> Reply:
    """Move all replies of `source` into another question, and `source` itself as a reply, which is returned.

    `source` is hidden; its address leads to that reply. Refused says why it cannot be done.
    """
    lock_arrangement()
    policies.require(source.pk != into.pk, INTO_ITSELF)
    source, into = locked_threads(source.pk, into.pk)
    _require_moderator(by, source, into)
    policies.require(source.merged_into_id is None, MERGED_ALREADY)
    policies.require(source.is_published, NOT_SHOWN)
    policies.require(into.is_published and not into.is_locked and into.forum.is_open, NOT_OPEN)
    _lock_replies(Q(thread=source) | Q(thread=into, stands_as=source))
    moved, askers = _keys(Q(thread=source))
    made = Rearrangement(is_split=False, source=source, target=into, moved=moved, askers=askers)
    is_kept_out = source.keep_out_of_search or source.forum.keep_out_of_search
    with counted_anew(source, into):
        made.reply = _reply_from(source, into)
        _move(moved, source, into)
        source.status, source.merged_into, source.merged_as = Post.Status.HIDDEN, into, made.reply
        source.save(update_fields=["status", "merged_into", "merged_as"])
        # Like moving: it never makes a question easier to find than its asker or its forum wants.
        made.hid_target = is_kept_out and not into.keep_out_of_search
        into.keep_out_of_search = is_kept_out or into.keep_out_of_search
        into.save(update_fields=["keep_out_of_search"])
    made.save()
    follow_on(source.pk, to=into.pk)
    watch(source)
    watch(into)
    return made.reply


@transaction.atomic
def undo_merge(source: Thread, *, by: User) -> bool:
    """Bring a merged question back with the replies it had; False where it was not merged.

    Votes, edits and deletions since then stay. The reply that stood for it leads to the question from now on.
    """
    lock_arrangement()
    made = Rearrangement.objects.filter(source=source.pk, is_split=False).first()
    if made is None:
        return False
    source, into = locked_threads(made.source_id, made.target_id)
    _require_moderator(by, source, into)
    _lock_replies(Q(pk__in=[*made.moved, made.reply_id]))
    reply = Reply.objects.get(pk=made.reply_id)
    is_in_place = reply.thread_id == into.pk and reply.stands_as_id is None
    policies.require(is_in_place and not _moved_on(made), MOVED_ON)
    with counted_anew(source, into):
        _move(made.moved, into, source, askers=made.askers)
        source.status, source.merged_into, source.merged_as = reply.status, None, None
        _take_text_back(source, reply.body, *_frame_of_question(source))
        _take_standing_back(source, reply)
        source.save()
        reply.status, reply.held_for, reply.stands_as = Post.Status.HIDDEN, "", source
        reply.save(update_fields=["status", "held_for", "stands_as"])
        Revision.objects.filter(reply=reply).update(reply=None, thread=source)
        if made.hid_target:
            into.keep_out_of_search = into.forum.keep_out_of_search
            into.save(update_fields=["keep_out_of_search"])
    made.delete()
    watch(source)
    watch(into)
    return True


@transaction.atomic
def split(thread: Thread, replies: Iterable[int], *, title: str, forum: Forum | None, by: User) -> Thread:
    """Make a question of the oldest of these replies, answered by the others; returns it.

    It stands in `forum`, or in that of `thread`. The oldest keeps its place in `thread` as a signpost, which leads to
    the question. Refused says why it cannot be done.
    """
    lock_arrangement()
    title = clean_line(title)
    policies.require(len(visible(title)) >= TITLE_MINIMUM, TITLE_TOO_SHORT % {"least": TITLE_MINIMUM})
    policies.require(len(title) <= TITLE_LIMIT, TITLE_TOO_LONG % {"limit": TITLE_LIMIT})
    [thread] = locked_threads(thread.pk)
    _require_moderator(by, thread)
    policies.require(thread.is_published or thread.is_removed, HIDDEN_THREAD)
    forum = Forum.objects.get(pk=forum.pk if forum else thread.forum_id)
    policies.require(forum.is_open, CLOSED_FORUM)
    reply, made = _chosen(thread, set(replies))
    new = Thread(
        forum=forum,
        title=title,
        is_anonymous=reply.hides_author,
        keep_out_of_search=thread.keep_out_of_search or thread.forum.keep_out_of_search or forum.keep_out_of_search,
        **{name: getattr(reply, name) for name in SAME_IN_BOTH},
    )
    new.set_body(_framed(reply.body, *_frame_of_reply(reply)))
    with counted_anew(thread, new):
        new.save(force_insert=True)
        _move(made.moved, thread, new)
        reply.status, reply.stands_as = Post.Status.HIDDEN, new
        reply.save(update_fields=["status", "stands_as"])
        Revision.objects.filter(reply=reply).update(reply=None, thread=new)
    _keep_source(thread, new, reply)
    made.target = new
    made.save()
    writers = Reply.objects.filter(pk__in=[reply.pk, *made.moved], author__isnull=False)
    follow_on(thread.pk, to=new.pk, user_ids=writers.values_list("author", flat=True))
    watch(thread)
    watch(new)
    return new


@transaction.atomic
def undo_split(new_thread: Thread, *, by: User) -> bool:
    """Bring all replies of a question that was split off back to the old one; False where it was not split off.

    Votes, edits, deletions and new replies stay. The question's address leads to the reply it was made from.
    """
    lock_arrangement()
    made = Rearrangement.objects.filter(target=new_thread.pk, is_split=True).first()
    if made is None:
        return False
    thread, new = locked_threads(made.source_id, made.target_id)
    _require_moderator(by, thread, new)
    _lock_replies(Q(thread=new) | Q(pk=made.reply_id))
    moved, _askers = _keys(Q(thread=new))
    reply = Reply.objects.get(pk=made.reply_id)
    has_later_ones = Rearrangement.objects.filter(Q(source=new) | Q(target=new)).exclude(pk=made.pk).exists()
    is_in_place = reply.thread_id == thread.pk and reply.stands_as_id == new.pk
    policies.require(is_in_place and not has_later_ones, MOVED_ON)
    with counted_anew(thread, new):
        _move(moved, new, thread, askers=made.askers)
        reply.status, reply.stands_as = new.status, None
        _take_text_back(reply, new.body, *_frame_of_reply(reply))
        _take_standing_back(reply, new)
        reply.save()
        new.status, new.held_for, new.merged_into, new.merged_as = Post.Status.HIDDEN, "", thread, reply
        new.save(update_fields=["status", "held_for", "merged_into", "merged_as"])
        Revision.objects.filter(thread=new).update(thread=None, reply=reply)
    made.delete()
    watch(thread)
    watch(new)
    return True


def _require_moderator(by: User, *threads: Thread) -> None:
    policies.require(all(policies.can_moderate(by, thread) for thread in threads), MODERATORS_ONLY)


def _chosen(thread: Thread, keys: Collection[int]) -> tuple[Reply, Rearrangement]:
    """The reply that becomes the question, and the unsaved note about the others, if these may be split off."""
    policies.require(bool(keys), NO_REPLIES)
    may_go = Q(status__in=[Post.Status.PUBLISHED, Post.Status.HIDDEN], stands_as=None)
    _lock_replies(Q(pk__in=keys))
    chosen = Reply.objects.filter(may_go, pk__in=keys, thread=thread).order_by("created_at", "pk")
    policies.require(chosen.count() == len(keys), OTHER_REPLIES)
    left = Reply.objects.filter(thread=thread, status=Post.Status.PUBLISHED).exclude(pk__in=keys)
    policies.require(left.exists(), LEAVE_ONE)
    oldest = chosen.select_related("author")[0]
    policies.require(oldest.is_published, HIDDEN_QUESTION)
    oldest.thread = thread
    moved, askers = _keys(Q(pk__in=keys) & ~Q(pk=oldest.pk))
    return oldest, Rearrangement(is_split=True, source=thread, reply=oldest, moved=moved, askers=askers)


def _lock_replies(which: Q) -> None:
    """Lock the replies in the order of their keys, until the transaction ends."""
    list(Reply.objects.filter(which).order_by("pk").select_for_update(no_key=True).values_list("pk"))


def _keys(which: Q) -> tuple[list[int], list[int]]:
    """The keys of replies, and those of them that are by the person who asked."""
    found = list(Reply.objects.filter(which).order_by("pk").values_list("pk", "by_asker"))
    return [pk for pk, _asker in found], [pk for pk, by_asker in found if by_asker]


def _moved_on(made: Rearrangement) -> bool:
    """Whether a later change has taken one of its replies elsewhere, or made a question of it."""
    elsewhere = Reply.objects.filter(pk__in=made.moved).exclude(thread=made.target_id)
    later = Rearrangement.objects.filter(pk__gt=made.pk, reply__in=[*made.moved, made.reply_id])
    return elsewhere.exists() or later.exists()


def _move(keys: Collection[int], source: Thread, into: Thread, *, askers: Collection[int] = ()) -> None:
    """Put replies of `source` into another thread, all shown with or without a name as before.

    They are the asker's where the asker of `into` wrote them and shows as much of the name as there. So are `askers`,
    which were so when they stood there before: the account that would tell may have ended since.
    """
    nameless = Q(is_anonymous=True)
    if source.is_anonymous:
        nameless |= Q(by_asker=True)
    by_asker = Q(pk__in=askers)
    if into.author_id:
        same = nameless if into.is_anonymous else ~nameless
        by_asker |= Q(author=into.author_id) & same
    Reply.objects.filter(pk__in=keys).update(
        thread=into,
        by_asker=Case(When(by_asker, then=True), default=Value(False)),
        is_anonymous=Case(When(by_asker, then=False), When(nameless, then=True), default=Value(False)),
    )


def _reply_from(source: Thread, into: Thread) -> Reply:
    """The reply of `into` that says what the question says: the one it stood as before, or a new one."""
    former = Reply.objects.filter(stands_as=source, thread=into).order_by("pk")
    reply = former.select_for_update(no_key=True).first() or Reply(thread=into)
    for name in SAME_IN_BOTH:
        setattr(reply, name, getattr(source, name))
    is_same_asker = source.author_id is not None and source.author_id == into.author_id
    reply.by_asker = is_same_asker and source.is_anonymous == into.is_anonymous
    reply.is_anonymous = source.is_anonymous and not reply.by_asker
    reply.has_badge = bool(source.author and source.author.is_medical_professional and not source.is_anonymous)
    reply.set_body(_framed(source.body, *_frame_of_question(source)))
    reply.status, reply.stands_as = Post.Status.PUBLISHED, None
    reply.save()
    Revision.objects.filter(thread=source).update(thread=None, reply=reply)
    return reply


def _frame_of_question(thread: Thread) -> tuple[str, str]:
    """What a question says besides its text, as Markdown before and after it: title, facts, and where it comes from."""
    with translation.override(settings.LANGUAGE_CODE):
        lines = [f"{escape_markdown(label)}: {escape_markdown(text)}" for label, text in thread.shown_facts]
        source = ThreadSource.objects.filter(thread=thread).first()
        if source:
            name = gettext("Imported from %(name)s") % {"name": escape_markdown(source.name)}
            lines.append(f"[{name}](<{source.url}>)" if source.url else name)
        if source and source.licence:
            lines.append(gettext("licence: %(licence)s") % {"licence": escape_markdown(source.licence)})
    return f"**{escape_markdown(thread.title)}**\n\n", "\n\n" + "\n".join(lines) if lines else ""


def _frame_of_reply(reply: Reply) -> tuple[str, str]:
    """The same of a reply: the interest that a professional declared with it."""
    if not reply.interest:
        return "", ""
    with translation.override(settings.LANGUAGE_CODE):
        label = gettext("Declared interest")
    return "", f"\n\n{escape_markdown(label)}: {escape_markdown(reply.interest)}"


def _framed(text: str, before: str, after: str) -> str:
    """The text in its frame; an imported one may be too long for that."""
    framed = f"{before}{text}{after}"
    return framed if len(framed) <= STORED_BODY_LIMIT else text


def _take_text_back(post: Thread | Reply, framed: str, before: str, after: str) -> None:
    """Give the post the text that stood elsewhere in a frame, if its author has changed it there."""
    if framed != _framed(post.body, before, after):
        post.set_body(framed.removeprefix(before).removesuffix(after).strip() or framed)


def _take_standing_back(post: Thread | Reply, stood: Thread | Reply) -> None:
    """Give the post what was found about its text, and decided about it, while it stood elsewhere."""
    post.edited_at, post.held_for = stood.edited_at, stood.held_for
    for name in SCREENED_FIELDS:
        setattr(post, name, getattr(stood, name))


def _keep_source(thread: Thread, new: Thread, reply: Reply) -> None:
    """Have a question made of an imported reply say where it was imported from."""
    source = ThreadSource.objects.filter(thread=thread).first()
    if source and (reply.author is None or reply.author.kind == User.Kind.IMPORTED):
        ThreadSource.objects.create(
            thread=new, name=source.name, external_id=f"split off as {new.pk}", licence=source.licence, url=source.url
        )
