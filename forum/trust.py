"""How far the site trusts a member's next post. Computed when somebody posts, so nothing can drift."""

from datetime import timedelta
from enum import IntEnum

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from forum.models import Level, Post, Reply, Thread

FIRST_DAY = timedelta(days=1)
TRUSTED_POSTS = 20  # published ones
UNSEEN = Q(is_looked_after=False) & (Q(level__in=[Level.RED, Level.CRISIS]) | Q(is_emergency=True))
TRUSTED_AFTER = timedelta(days=30)


class Trust(IntEnum):
    """Grows with posts that readers may see, and with time. It is lost for a while when posts are taken down."""

    LOST = 0
    UNKNOWN = 1  # the first posts
    NEW = 2  # the first day
    MEMBER = 3
    TRUSTED = 4


def trust_of(user: User) -> Trust:
    """The trust in a member, from at most two short look-ups. Verified professionals and staff are known people."""
    now = timezone.now()
    if user.trust_lost_until and user.trust_lost_until > now:
        return Trust.LOST
    if is_known(user):
        return Trust.TRUSTED
    accepted = accepted_posts(user, at_most=TRUSTED_POSTS)
    if accepted < settings.HELD_FIRST_POSTS:
        return Trust.UNKNOWN
    if is_first_day(user):
        return Trust.NEW
    if accepted >= TRUSTED_POSTS and now - user.date_joined >= TRUSTED_AFTER:
        return Trust.TRUSTED
    return Trust.MEMBER


def is_known(user: User) -> bool:
    """Whether somebody has made sure who this is; the sign-ins of a demo are there to be tried out."""
    return user.is_staff or user.is_medical_professional or user.kind == User.Kind.DEMO


def is_first_day(user: User) -> bool:
    return timezone.now() - user.date_joined < FIRST_DAY


def accepted_posts(user: User, *, at_most: int) -> int:
    """How many posts of a member readers can see, counted no further than `at_most`.

    Not those that were published only because somebody seemed to be in danger, until a moderator has looked.
    """
    count = 0
    posts: QuerySet[Thread] | QuerySet[Reply]
    for posts in (Reply.objects.all(), Thread.objects.all()):
        if count < at_most:
            shown = posts.filter(author=user, status=Post.Status.PUBLISHED).exclude(UNSEEN)
            count += shown[: at_most - count].count()
    return count
