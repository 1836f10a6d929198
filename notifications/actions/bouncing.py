"""Mails that did not arrive, and those who do not want them."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from notifications.actions.choosing import plan_again
from notifications.models import Bounce, Mail, Preferences

STOPPING = {Bounce.Kind.HARD: Preferences.Stopped.BOUNCED, Bounce.Kind.COMPLAINT: Preferences.Stopped.COMPLAINED}


@transaction.atomic
def note_bounce(
    mail: Mail, address: str, kind: Bounce.Kind, source: Bounce.Source, *, code: str = "", at: datetime | None = None
) -> bool:
    """Note that a mail to `address` came back or was not welcome; returns whether mails to the person stop.

    They do after a hard bounce or a complaint, unless the address is not the person's any more, or they have asked to
    try again since the mail was made.
    """
    user = User.objects.select_for_update(no_key=True).filter(pk=mail.user_id).first()
    if user is None:
        return False
    Bounce.objects.create(user=user, mail=mail, kind=kind, source=source, code=code[:20])
    stopped = STOPPING.get(kind)
    if stopped is None or user.email.casefold() != address.strip().casefold():
        return False
    preferences = Preferences.objects.get_or_create(user=user)[0]
    if preferences.resumed_at and preferences.resumed_at > mail.made_at:
        return False
    preferences.stopped, preferences.stopped_address = stopped, user.email
    preferences.stopped_at = at or timezone.now()
    preferences.save(update_fields=["stopped", "stopped_address", "stopped_at"])
    plan_again(user)
    return True


def resume_mail(user: User) -> None:
    """Send mails to the person's address again."""
    Preferences.objects.filter(user=user).update(
        stopped="", stopped_address="", stopped_at=None, resumed_at=timezone.now()
    )
