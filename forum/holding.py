"""Which posts wait for a moderator before readers see them, and why."""

from collections import Counter
from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from forum.models import HeldFor, Reply, Thread
from forum.trust import Trust, trust_of
from safety.findings import DOSING, SOURCING, SPAM
from safety.repeats import fingerprint
from safety.screening import Screening
from safety.words import read

FIRST_DAY_LINKS = 2  # more than that, and a post of a newcomer waits
TOO_FAST = 5  # seconds from the empty form to a post
REPEATED_WITHIN = timedelta(days=1)
HELD_KINDS = {SPAM: HeldFor.SPAM, SOURCING: HeldFor.SOURCING, DOSING: HeldFor.DOSING}
MODEL = "model-"  # how the ids of what the model finds begin
LOOKED_AT = 20  # latest posts of a person that a new one is compared with


def reason_to_hold(by: User, screening: Screening, *, body: str, seconds: int | None) -> str:
    """Why a post by `by` has to wait (HeldFor), or nothing.

    `seconds` is how long the form was open, None where nobody knows. Who seems to be in danger is not kept waiting:
    nobody in a crisis may post into silence. Only what a new member plainly sells stays back all the same; moderators
    have it at the top of their queue.
    """
    trust = trust_of(by)
    if screening.is_crisis or screening.is_emergency:
        return _by_rules(by, screening, is_new=False) if trust < Trust.MEMBER else ""
    if reason := _by_rules(by, screening, is_new=trust < Trust.MEMBER):
        return reason
    if trust >= Trust.MEMBER:
        return ""
    if screening.links > (FIRST_DAY_LINKS if trust == Trust.NEW else 0):
        return HeldFor.LINKS
    if is_repeat(by, body, within=REPEATED_WITHIN):
        return HeldFor.REPEATED
    if trust == Trust.LOST:
        return HeldFor.MODERATOR
    if trust == Trust.UNKNOWN:
        return HeldFor.FIRST
    return HeldFor.TOO_FAST if seconds is None or seconds < TOO_FAST else ""


def _by_rules(by: User, screening: Screening, *, is_new: bool) -> str:
    """Why the rules hold a post back, or nothing.

    For members of some standing only rules that a person has written count: what the model alone suspects is
    published, and a moderator looks at it (deserves_a_look).
    """
    if by.is_medical_professional or by.is_staff:
        return ""
    sure = {one.kind for one in screening.findings if is_new or not one.rule.startswith(MODEL)}
    return next((reason for kind, reason in HELD_KINDS.items() if kind in sure), "")


def deserves_a_look(by: User, screening: Screening) -> bool:
    """Whether a moderator should see a post that is published: for medicines or advertising, by nobody who is known."""
    suspicious = screening.is_sourcing or screening.is_dosing or screening.is_spam
    return suspicious and not by.is_medical_professional and not by.is_staff


def reason_to_hold_edit(by: User, post: Thread | Reply, screening: Screening, *, before: str, after: str) -> str:
    """Why an edited post has to wait (again), or nothing: what a moderator has let through must stay what it was.

    `before` and `after` are everything the post says. Rules that were found in it before it was edited were known to
    whoever let it through. A cry for help that is edited away leaves a post that nobody has let through.
    """
    if post.is_held:
        return post.held_for
    if by.is_medical_professional or by.is_staff or screening.is_crisis or screening.is_emergency:
        return ""
    trust = trust_of(by)
    is_new = trust < Trust.MEMBER
    if (post.is_alarming or post.is_emergency) and not post.is_looked_after and is_new:
        return _by_rules(by, screening, is_new=True) or HeldFor.EDITED
    if not set(screening.rules) <= set(post.rules) and (reason := _by_rules(by, screening, is_new=is_new)):
        return reason
    return HeldFor.EDITED if is_new and _adds(before, after) else ""


def _adds(before: str, after: str) -> bool:
    """Whether an edit brings in a word, where one may be taken out, or a comma changed, without anybody looking."""
    return bool(Counter(read(after).words) - Counter(read(before).words))


def is_repeat(by: User, body: str, *, within: timedelta) -> bool:
    """Whether the person has posted the same text lately, however it is spaced or disguised."""
    mark, since = fingerprint(body), timezone.now() - within
    latest = [
        *Thread.objects.filter(author=by, created_at__gt=since).order_by("-created_at", "-pk")[:LOOKED_AT],
        *Reply.objects.filter(author=by, created_at__gt=since).order_by("-created_at", "-pk")[:LOOKED_AT],
    ]
    return any(fingerprint(post.body) == mark for post in latest)
