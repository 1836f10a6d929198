"""Changes to who people are."""

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.models import User

UNVERIFIED_KEPT = timedelta(days=7)


@transaction.atomic
def grant_badge(user: User, *, title: str) -> None:
    """Show `user` as "Medical professional · title" everywhere."""
    user.is_medical_professional, user.professional_title = True, title
    user.save(update_fields=["is_medical_professional", "professional_title"])


@transaction.atomic
def withdraw_badge(user: User) -> None:
    """Take the badge away, also from what was written before."""
    user.is_medical_professional = False
    user.save(update_fields=["is_medical_professional"])


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
