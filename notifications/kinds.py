"""What members are told about, as data: one more kind is one more line here."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Kind:
    """One kind of news, as the list of a member's notifications says it. None says what was asked or written."""

    label: str | Promise


ANSWER, ADDRESSED, FOLLOWED = "answer", "addressed", "followed"
KINDS = {
    ANSWER: Kind(_("answered your question")),
    ADDRESSED: Kind(_("wrote to you")),
    FOLLOWED: Kind(_("replied")),
}
