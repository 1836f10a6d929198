"""What people agree to, word for word. A changed text gets a new version; git keeps the old words."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext, gettext_noop

from accounts.models import Consent, User


@dataclass(frozen=True)
class ConsentText:
    version: str  # the day it came into force
    text: str  # {site} and {age} are filled in

    def __str__(self) -> str:
        return gettext(self.text).format(site=settings.SITE_NAME, age=settings.MINIMUM_AGE)


HEALTH_DATA, AGE, VERIFICATION = "health_data", "age", "verification"
TEXTS = {
    HEALTH_DATA: ConsentText(
        "2026-11-22",
        gettext_noop(
            "I agree that {site} stores and shows the health information I choose to write here. Posts are public. I "
            "can take this back at any time by having my account erased."
        ),
    ),
    AGE: ConsentText("2026-11-22", gettext_noop("I am {age} or older.")),
    VERIFICATION: ConsentText(
        "2026-11-22",
        gettext_noop(
            "I agree that reviewers of {site} check these details against the official register and keep the record of "
            "their decision. Everything I entered is true and about me."
        ),
    ),
}


def record(user: User, *kinds: str) -> None:
    """Keep that `user` agrees now to the current texts of `kinds`."""
    for kind in kinds:
        Consent.objects.get_or_create(user=user, kind=kind, version=TEXTS[kind].version)
