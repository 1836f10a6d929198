"""Mails to moderators: an urgent one when somebody may be in danger, and what waits, once a day."""

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from moderation.models import Case, Urgency
from notifications.kinds import QUEUE
from notifications.letters import Letter, in_site_words
from notifications.models import Mail

ALERT = "alert"


def alert(mail: Mail) -> Letter | None:
    """That a case may not wait; nothing once it is decided."""
    case = Case.objects.open().visible_to(mail.user).filter(pk=mail.about or 0).first()
    if case is None:
        return None
    subject = _("Urgent: somebody needs you on %(site)s") % {"site": settings.SITE_NAME}
    return Letter(
        subject, in_site_words("moderation/emails/alert.txt", address=settings.SITE_URL + case.get_absolute_url())
    )


def queue(mail: Mail) -> Letter | None:
    """How much waits for a moderator, how much of it urgently, and for how long already; nothing if nothing does."""
    cases = Case.objects.open().visible_to(mail.user)
    oldest = cases.order_by("opened_at", "pk").first()
    if oldest is None:
        return None
    n, urgent = cases.count(), cases.filter(urgency__lte=Urgency.RISK).count()
    waited = timesince(oldest.opened_at, timezone.now(), depth=1)
    lines = {
        "waiting": ngettext("%(n)s case waits.", "%(n)s cases wait.", n) % {"n": n},
        "urgent": ngettext("%(n)s of them is urgent.", "%(n)s of them are urgent.", urgent) % {"n": urgent},
        "oldest": _("The oldest has waited for %(time)s.") % {"time": waited},
    }
    address = settings.SITE_URL + reverse("admin:moderation_case_changelist")
    text = in_site_words("moderation/emails/queue.txt", address=address, has_urgent=bool(urgent), **lines)
    return Letter(_("What waits on %(site)s") % {"site": settings.SITE_NAME}, text, (QUEUE,))
