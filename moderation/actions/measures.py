"""What each action does, and how it is taken back. Every measure runs inside the transaction of its decision."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import FOREVER, User
from forum import actions as forum_actions
from forum.models import Forum, Post, Reply, Revision, Thread
from moderation.actions.opening import open_for_post
from moderation.models import Action, Case, Decision
from moderation.policies import can_restrict, require
from safety.repeats import fingerprint

TRUST_LOST_FOR = timedelta(days=30)
Before = dict[str, Any]


@dataclass
class Details:
    """What a measure needs to know beyond what it is about."""

    until: datetime | None = None
    forum: Forum | None = None
    into: Thread | None = None
    replies: list[int] = field(default_factory=list)
    title: str = ""
    body: str = ""


@dataclass(frozen=True)
class Measure:
    """How an action is done. `needs` names the details it cannot do without, each with what to say where it lacks."""

    does: Callable[[Case, User, Details], Before]
    undoes: Callable[[Decision, User], bool] | None = None
    on: tuple[type, ...] = (Thread, Reply)
    needs: dict[str, str | Promise] = field(default_factory=dict)
    upholds: bool = True  # whoever reported it was right
    tells: bool = True  # the author gets a statement of reasons
    needs_ground: bool = False


def fits(action: Action, post: Thread | Reply) -> bool:
    """Whether the action has anything to do about a post as it is now."""
    is_shown = post.status in (Post.Status.PUBLISHED, Post.Status.HELD)
    thread = post if isinstance(post, Thread) else post.thread
    known = {
        Action.DISMISS: not post.is_held,
        Action.APPROVE: post.status in (Post.Status.HELD, Post.Status.HIDDEN),
        Action.SAFE: (post.is_alarming or post.is_emergency) and not post.is_looked_after,
        Action.FALSE_ALARM: post.is_alarming or post.is_emergency,
        Action.HOLD: post.is_published,
        Action.HIDE: is_shown,
        Action.REMOVE: is_shown,
        Action.EDIT: is_shown,
        Action.LOCK: not thread.is_locked,
        Action.UNLOCK: thread.is_locked,
    }
    return known.get(action, post.is_published)


def thing_of(case: Case) -> Any:
    return case.post or case.person


def _post(case: Case) -> Thread | Reply:
    post = case.post
    require(post is not None, _("This is not about a post."))
    assert post is not None
    return post


def _thread(case: Case) -> Thread:
    require(case.thread is not None, _("Only a question can be treated like this."))
    assert case.thread is not None
    return case.thread


def _person(case: Case, by: User) -> User:
    require(case.about is not None, _("There is no account behind this any more."))
    assert case.about is not None
    require(can_restrict(by, case.about), _("You cannot restrict this account: only an administrator can."))
    return User.objects.select_for_update(no_key=True).get(pk=case.about.pk)


def nothing(case: Case, by: User, details: Details) -> Before:
    return {}


def dismiss(case: Case, by: User, details: Details) -> Before:
    post = case.post
    if post is not None and post.is_held:
        return approve(case, by, details)
    return {}


def approve(case: Case, by: User, details: Details) -> Before:
    post = _post(case)
    before = {"status": post.status, "held_for": post.held_for}
    require(forum_actions.restore(post, by=by), _("This is published already, or its author has deleted it."))
    return before


def hold(case: Case, by: User, details: Details) -> Before:
    post = _post(case)
    before = {"status": post.status, "held_for": post.held_for}
    require(forum_actions.hold(post, by=by), _("Readers do not see this any more: somebody was faster."))
    return before


def hide(case: Case, by: User, details: Details) -> Before:
    post = _post(case)
    before = {"status": post.status, "held_for": post.held_for}
    require(forum_actions.hide(post, by=by), _("Readers do not see this any more: somebody was faster."))
    return before


def remove(case: Case, by: User, details: Details) -> Before:
    before = hide(case, by, details)
    if case.about is not None and not case.about.is_staff:
        before |= _lose_trust(case.about)
    return before


def stand_as_before(decision: Decision, by: User) -> bool:
    """Show, hold or hide the post as it was; one that waits again is in the queue again."""
    post, before = decision.post, decision.before
    if "trust_lost_until" in before:
        _give_back(decision)
    if post is None:
        return False
    if before["status"] == Post.Status.HIDDEN:
        return forum_actions.hide(post, by=by)
    if decision.action != Action.APPROVE and not forum_actions.restore(post, by=by):
        return False
    return before["status"] != Post.Status.HELD or _hold_again(post, before, by)


def _hold_again(post: Thread | Reply, before: Before, by: User) -> bool:
    done = forum_actions.hold(post, by=by, held_for=before["held_for"])
    if done:
        post.refresh_from_db(fields=["status", "held_for"])
        open_for_post(post)
    return done


def edit(case: Case, by: User, details: Details) -> Before:
    post = _post(case)
    before = {"status": post.status, "held_for": post.held_for}
    title = details.title if isinstance(post, Thread) else None
    revision = forum_actions.rewrite(post, by=by, body=details.body, title=title or None)
    if post.is_held:
        forum_actions.restore(post, by=by)
    return {**before, "revision": revision.pk, "became": fingerprint(details.body)}


def bring_back_text(decision: Decision, by: User) -> bool:
    revision = Revision.objects.filter(pk=decision.before["revision"]).first()
    if revision is None or decision.post is None or fingerprint(decision.post.body) != decision.before["became"]:
        return False
    forum_actions.rewrite(decision.post, by=by, body=revision.body, title=revision.title or None)
    if decision.before.get("status") == Post.Status.HELD:
        _hold_again(decision.post, decision.before, by)
    return True


def lock(case: Case, by: User, details: Details) -> Before:
    thread = _thread(case)
    require(details.until is None or details.until > timezone.now(), PAST)
    before = {"is_locked": thread.is_locked, "locked_until": _iso(thread.locked_until)}
    require(forum_actions.set_locked(thread, True, by=by, until=details.until), _("This question is closed already."))
    return before


def unlock(case: Case, by: User, details: Details) -> Before:
    thread = _thread(case)
    before = {"is_locked": thread.is_locked, "locked_until": _iso(thread.locked_until)}
    require(forum_actions.set_locked(thread, False, by=by), _("This question is open already."))
    return before


def lock_as_before(decision: Decision, by: User) -> bool:
    before, thread = decision.before, decision.thread
    until = _time(before["locked_until"])
    return thread is not None and forum_actions.set_locked(thread, before["is_locked"], by=by, until=until)


def move(case: Case, by: User, details: Details) -> Before:
    thread = _thread(case)
    before = {"forum": thread.forum_id, "keep_out_of_search": thread.keep_out_of_search}
    assert details.forum is not None
    require(forum_actions.move(thread, details.forum, by=by), _("The question is in that forum already."))
    thread.refresh_from_db(fields=["keep_out_of_search"])
    return {**before, "kept_out": thread.keep_out_of_search}


def move_back(decision: Decision, by: User) -> bool:
    forum = Forum.objects.filter(pk=decision.before["forum"]).first()
    if forum is None or decision.thread is None:
        return False
    moved = forum_actions.move(decision.thread, forum, by=by)
    was, became = decision.before["keep_out_of_search"], decision.before["kept_out"]
    if was != became and decision.thread.keep_out_of_search == became:  # and not what its asker has chosen since
        Thread.objects.filter(pk=decision.thread.pk).update(keep_out_of_search=was)
    return moved


def merge(case: Case, by: User, details: Details) -> Before:
    assert details.into is not None
    reply = forum_actions.merge(_thread(case), details.into, by=by)
    return {"into": details.into.pk, "reply": reply.pk}


def undo_merge(decision: Decision, by: User) -> bool:
    return decision.thread is not None and forum_actions.undo_merge(decision.thread, by=by)


def split(case: Case, by: User, details: Details) -> Before:
    thread = case.in_thread
    require(thread is not None, _("This is not about a post."))
    assert thread is not None
    new = forum_actions.split(thread, details.replies, title=details.title, forum=details.forum, by=by)
    return {"new": new.pk}


def undo_split(decision: Decision, by: User) -> bool:
    new = Thread.objects.filter(pk=decision.before["new"]).first()
    return new is not None and forum_actions.undo_split(new, by=by)


def look_after(case: Case, by: User, details: Details) -> Before:
    post = _post(case)
    if post.is_held:
        forum_actions.restore(post, by=by)
    forum_actions.look_after(post, by=by)
    return {}


def false_alarm(case: Case, by: User, details: Details) -> Before:
    post = _post(case)
    if post.is_held:
        forum_actions.restore(post, by=by)
    before = {"level": post.level, "is_emergency": post.is_emergency}
    forum_actions.look_after(post, by=by, is_false_alarm=True)
    return before


def warn(case: Case, by: User, details: Details) -> Before:
    _person(case, by)
    return {}


PAST = gettext_lazy("Choose a day in the future.")


def restrict(column: str, *, for_good: bool = False) -> Callable[[Case, User, Details], Before]:
    """A measure that sets one of the account's restrictions until a time, or for good."""

    def does(case: Case, by: User, details: Details) -> Before:
        person = _person(case, by)
        until = FOREVER if for_good else details.until
        require(until is not None and until > timezone.now(), PAST)
        before = {column: _iso(getattr(person, column)), **_lose_trust(person)}
        User.objects.filter(pk=person.pk).update(**{column: until})
        return {**before, "set": {**before["set"], column: _iso(until)}}

    return does


RESTRICTIONS = ("trust_lost_until", "read_only_until", "suspended_until")


def lift(case: Case, by: User, details: Details) -> Before:
    person = _person(case, by)
    before: Before = {column: _iso(getattr(person, column)) for column in RESTRICTIONS}
    User.objects.filter(pk=person.pk).update(**dict.fromkeys(RESTRICTIONS))
    return before


def restrict_as_before(decision: Decision, by: User) -> bool:
    require(decision.about is not None, _("There is no account behind this any more."))
    assert decision.about is not None
    require(can_restrict(by, decision.about), _("You cannot restrict this account: only an administrator can."))
    _give_back(decision)
    return True


def _lose_trust(person: User) -> Before:
    until = timezone.now() + TRUST_LOST_FOR
    before = {"trust_lost_until": _iso(person.trust_lost_until), "set": {"trust_lost_until": _iso(until)}}
    User.objects.filter(pk=person.pk).update(trust_lost_until=until)
    return before


def _give_back(decision: Decision) -> None:
    """Leave the person with the restrictions of the decisions that still stand, without this one."""
    others = Decision.objects.filter(about=decision.about_id, reversed_by=None).exclude(pk=decision.pk)
    lifted = others.filter(action=Action.LIFT).order_by("-pk").values_list("pk", flat=True).first() or 0
    standing = [one.before["set"] for one in others.filter(pk__gt=lifted, before__has_key="set")]
    for column in RESTRICTIONS:
        ends = [end for restrictions in standing if (end := _time(restrictions.get(column)))]
        User.objects.filter(pk=decision.about_id).update(**{column: max(ends, default=None)})


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _time(value: str | None) -> datetime | None:
    return parse_datetime(value) if value else None


NO_DAY = gettext_lazy("Say until when.")
ANY = (Thread, Reply, User)
PEOPLE: dict[str, Any] = {"on": ANY, "needs_ground": True, "undoes": restrict_as_before}
MEASURES: dict[Action, Measure] = {
    Action.DISMISS: Measure(dismiss, on=ANY, upholds=False, tells=False),
    Action.APPROVE: Measure(approve, stand_as_before, upholds=False),
    Action.SAFE: Measure(look_after, tells=False),
    Action.FALSE_ALARM: Measure(false_alarm, upholds=False, tells=False),
    Action.EDIT: Measure(
        edit, bring_back_text, needs={"body": gettext_lazy("Write the text as it should be.")}, needs_ground=True
    ),
    Action.HOLD: Measure(hold, stand_as_before, needs_ground=True),
    Action.HIDE: Measure(hide, stand_as_before, needs_ground=True),
    Action.REMOVE: Measure(remove, stand_as_before, needs_ground=True),
    Action.LOCK: Measure(lock, lock_as_before, on=(Thread,)),
    Action.UNLOCK: Measure(unlock, lock_as_before, on=(Thread,), upholds=False),
    Action.MOVE: Measure(move, move_back, on=(Thread,), needs={"forum": gettext_lazy("Choose the forum to move to.")}),
    Action.MERGE: Measure(
        merge, undo_merge, on=(Thread,), needs={"into": gettext_lazy("Say which question it belongs to.")}
    ),
    Action.SPLIT: Measure(split, undo_split, needs={"title": gettext_lazy("Write the new question in one sentence.")}),
    Action.WARN: Measure(warn, on=ANY, needs_ground=True),
    Action.READ_ONLY: Measure(restrict("read_only_until"), needs={"until": NO_DAY}, **PEOPLE),
    Action.SUSPEND: Measure(restrict("suspended_until"), needs={"until": NO_DAY}, **PEOPLE),
    Action.BAN: Measure(restrict("suspended_until", for_good=True), **PEOPLE),
    Action.LIFT: Measure(lift, restrict_as_before, on=ANY, upholds=False),
}
ABOUT_PEOPLE = (Action.WARN, Action.READ_ONLY, Action.SUSPEND, Action.BAN, Action.LIFT)
ABOUT_POSTS = tuple(action for action in MEASURES if action not in ABOUT_PEOPLE)
