"""What somebody signs in with, as roughly as serves: a mail goes out when it is new to the account.

Kept is a keyed hash of the account, the family of the browser and the system, no address and nothing readable.
Versions are left out, so that an update makes no new device.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext

from accounts import tasks
from accounts.models import KnownDevice, User
from common.encryption import fingerprints

FORGOTTEN_AFTER = timedelta(days=365)
BATCH = 5000

# The first mark found in what a browser calls itself; the order matters, as each claims to be several.
BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "Chrom": "Chrome",
    "CriOS": "Chrome",
    "Safari": "Safari",
}
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "CrOS": "ChromeOS",
    "Macintosh": "Mac",
    "Linux": "Linux",
}


@dataclass(frozen=True)
class Device:
    """A browser and a system, each from our own lists or empty."""

    browser: str
    system: str

    @property
    def words(self) -> str:
        """'Firefox on Android'. Never what the browser says of itself: anybody can have it say anything."""
        if not self.system:
            return self.browser or gettext("an unknown browser")
        browser = self.browser or gettext("an unknown browser")
        return gettext("%(browser)s on %(system)s") % {"browser": browser, "system": self.system}


def recognise(user_agent: str) -> Device:
    """The device that calls itself this."""
    browser = next((name for mark, name in BROWSERS.items() if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS.items() if mark in user_agent), "")
    return Device(browser, system)


@transaction.atomic
def note_sign_in(user: User, user_agent: str) -> bool:
    """Remember what `user` has just signed in with; returns whether a mail says that it is new to the account.

    The first device of an account makes no mail. One that comes after all the others were forgotten does.
    """
    device, now = recognise(user_agent), timezone.now()
    current, *earlier = fingerprints("device", f"{user.pk}:{device.browser}:{device.system}")
    own = KnownDevice.objects.filter(user=user)
    known = set(own.values_list("fingerprint", flat=True))
    with connection.cursor() as cursor:  # of two at once, one inserts
        cursor.execute(
            "INSERT INTO accounts_knowndevice (user_id, fingerprint) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            [user.pk, current],
        )
        is_new = cursor.rowcount == 1 and known.isdisjoint(earlier)
    own.filter(fingerprint=current).update(last_seen_at=Now())
    was_away = user.previous_login is not None and user.previous_login < now - FORGOTTEN_AFTER
    if not (is_new and (known or was_away)):
        return False
    tasks.tell_of_sign_in.enqueue(user.pk, now.isoformat(), device.words)  # a row of the same transaction
    return True


def forget_old() -> int:
    """Delete what nobody has signed in with for 12 months, some thousands at a time; returns how many."""
    old = KnownDevice.objects.filter(last_seen_at__lt=timezone.now() - FORGOTTEN_AFTER)
    forgotten = 0
    while deleted := old.filter(pk__in=old.order_by("last_seen_at", "pk").values("pk")[:BATCH]).delete()[0]:
        forgotten += deleted
    return forgotten
