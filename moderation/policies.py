"""May this moderator do this? Pure functions over what is loaded; actions ask them to refuse."""

from typing import Any

from accounts.models import User
from forum.models import Thread
from forum.models.forums import moderated_forums
from forum.policies import Refused, can_moderate, require
from moderation.models import Case, Decision

__all__ = ["Refused", "can_decide", "can_moderate", "can_moderate_everywhere", "can_restrict", "require"]


def can_decide(by: Any, case: Case) -> bool:
    """A moderator of the forum it is about (persons: of the whole site), never about oneself or the own posts.

    An appeal is decided by somebody else than the decision it is against, and by neither of the two sides.
    """
    if not can_moderate(by) or case.about_id == by.pk or case.person_id == by.pk or case.credential_id:
        return False
    if appeal := case.appeal:
        reporter = appeal.report.reporter_id if appeal.report else None
        sides = {appeal.by_id, appeal.first_decider_id, appeal.decision.about_id, reporter}
        return by.pk not in sides and _in_scope(by, appeal.decision)
    if case.post is not None:
        return case.post.author_id != by.pk and can_moderate(by, case.in_thread)
    return can_moderate_everywhere(by)


def _in_scope(by: Any, decision: Decision) -> bool:
    own = {"replies": decision.reply_id} if decision.reply_id else {"pk": decision.thread_id}
    thread = Thread.objects.filter(**own).first()  # erased since: then it is for those of the whole site
    return can_moderate(by, thread) if thread else can_moderate_everywhere(by)


def can_moderate_everywhere(by: Any) -> bool:
    return can_moderate(by) and moderated_forums(by) is None


def can_restrict(by: Any, person: User) -> bool:
    """A moderator of the whole site may restrict members; only an administrator may restrict another moderator."""
    if person.pk == by.pk or person.is_superuser:
        return False
    return can_moderate_everywhere(by) and (by.is_superuser or not person.is_staff)
