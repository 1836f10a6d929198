"""Changes to who people are."""

from datetime import date, timedelta
from functools import partial

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Block, User
from accounts.professions import SPECIALTIES

UNVERIFIED_KEPT = timedelta(days=7)
MOST_BLOCKS = 1000


BADGE = [
    "is_medical_professional",
    "was_medical_professional",
    "professional_title",
    "professional_specialty",
    "verified_on",
]


RESTRICTIONS = ["trust_lost_until", "read_only_until", "suspended_until"]


@transaction.atomic
def grant_badge(user: User, *, specialty: str, verified_on: date) -> None:
    """Make `user` a medical professional of this specialty, checked on that day."""
    user.is_medical_professional, user.was_medical_professional = True, False
    user.professional_specialty, user.professional_title = specialty, SPECIALTIES[specialty].title
    user.verified_on = verified_on
    user.save(update_fields=BADGE)


@transaction.atomic
def withdraw_badge(user: User, *, ran_out: bool) -> None:
    """Take the badge away. Only where it `ran_out` do earlier answers keep "verified when answered"."""
    user.is_medical_professional, user.was_medical_professional = False, ran_out
    user.save(update_fields=BADGE)


@transaction.atomic
def update_profile(
    user: User, *, display_name: str, bio: str, new_avatar: "File[bytes] | None" = None, remove_avatar: bool = False
) -> None:
    """Save what the person shows to others. The file of an earlier picture is deleted once that is certain."""
    user.display_name, user.bio = display_name, bio
    if new_avatar or remove_avatar:
        earlier = user.avatar.name
        if new_avatar:
            user.avatar.save("", new_avatar, save=False)
        else:
            user.avatar = ""
        if earlier:
            transaction.on_commit(partial(default_storage.delete, earlier))
    user.save(update_fields=["display_name", "bio", "avatar"])


@transaction.atomic
def forget_unverified() -> int:
    """Delete accounts that never confirmed an e-mail address within a week; returns how many."""
    verified = EmailAddress.objects.filter(user=OuterRef("pk"), verified=True)
    started = EmailAddress.objects.filter(user=OuterRef("pk"))
    stale = User.objects.filter(
        Exists(started),
        ~Exists(verified),
        kind=User.Kind.MEMBER,
        is_staff=False,
        last_login=None,
        date_joined__lt=timezone.now() - UNVERIFIED_KEPT,
    )
    _, deleted = stale.delete()
    return deleted.get("accounts.User", 0)


def keep_reading_settings(user: User, *, text_size: str, theme: str) -> None:
    """Have every device on which `user` signs in show pages the same way."""
    User.objects.filter(pk=user.pk).update(text_size=text_size, theme=theme)


@transaction.atomic
def block(person: User, *, by: User) -> bool:
    """Hide what `person` writes from `by`; returns whether that is new. PermissionDenied says why it cannot be done."""
    if person.pk == by.pk:
        raise PermissionDenied(_("You cannot block yourself."))
    User.objects.select_for_update(no_key=True).get(pk=by.pk)  # two at once must not both take the last place
    if Block.objects.has_blocked(by, person):
        return False
    if Block.objects.filter(user=by).count() >= MOST_BLOCKS:
        reached = _("You have blocked %(limit)s people, which is the most there can be. Unblock somebody first.")
        raise PermissionDenied(reached % {"limit": MOST_BLOCKS})
    Block.objects.create(user=by, blocked=person)
    return True


def unblock(person: User, *, by: User) -> bool:
    """Show `by` again what `person` writes; returns whether there was a block."""
    return bool(Block.objects.of(person, by=by).delete()[0])


def end_session(user: User, session: int) -> bool:
    """Sign one of the person's other devices out; False if there is no such session."""
    found = UserSession.objects.filter(user=user, pk=session).first()
    if found:
        found.end()
    return found is not None


def forget_ended_sessions() -> int:
    """Drop the notes (address, browser) about sessions that no longer exist; returns how many."""
    alive = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=timezone.now())
    return int(UserSession.objects.filter(~Exists(alive)).delete()[0])
