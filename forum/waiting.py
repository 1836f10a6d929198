"""What the author of a post that waits for a moderator is told."""

from collections.abc import Callable
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from forum.models import HeldFor, Post

# How long posts waited lately. An app above registers itself when it is ready (moderation knows the decisions).
typical_waits: list[Callable[[], timedelta | None]] = []


def waits_because(post: Post) -> str:
    """Why readers do not see the post yet."""
    reason = str(HeldFor(post.held_for).label) if post.held_for else ""
    return " ".join(filter(None, [_("A moderator reads this before others see it."), reason]))


def expected_wait() -> str:
    """How long it usually takes until a moderator has read a post, from how long it took lately."""
    known = [wait for typical in typical_waits if (wait := typical()) is not None]
    if not known:
        return _("This usually takes less than a day. You do not have to do anything.")
    hours = max(1, -(-int(known[0].total_seconds()) // 3600))
    if hours <= 24:
        words = ngettext(
            "This usually takes less than an hour. You do not have to do anything.",
            "This usually takes less than %(n)s hours. You do not have to do anything.",
            hours,
        )
        return words % {"n": hours}
    days = -(-hours // 24)
    return _("This takes about %(n)s days at the moment. You do not have to do anything.") % {"n": days}
