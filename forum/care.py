"""When reading here is not enough: the boxes above the replies and above the form, by subject of a forum.

The signs follow what public health services tell everybody (NHS: 999 and 111; CDC: call 911).
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

EMERGENCY, URGENT, ADVICE = "emergency", "urgent", "advice"
PREFIXES = {EMERGENCY: _("Emergency:"), URGENT: _("Urgent:"), ADVICE: _("Advice:")}


@dataclass(frozen=True)
class CareCard:
    """One box: how urgent, what to do, and the signs."""

    level: str
    title: str | Promise
    signs: tuple[str | Promise, ...]

    @property
    def prefix(self) -> str | Promise:
        return PREFIXES[self.level]


CALL_NOW = _("Call 999, 112 or 911 now if:")
CARDS = {
    "": (),
    "general": (
        CareCard(
            EMERGENCY,
            CALL_NOW,
            (
                _("someone has chest pain, a drooping face, a weak arm or slurred speech"),
                _("someone struggles to breathe, or the tongue or throat is swelling"),
                _("someone cannot be woken, has a first fit, or bleeds and it does not stop"),
            ),
        ),
    ),
    "heart": (
        CareCard(
            EMERGENCY,
            CALL_NOW,
            (
                _("there is pain, pressure or tightness in the chest that does not go away within minutes"),
                _("the pain spreads to an arm, the neck, the jaw, the back or the stomach"),
                _("it comes with sweating, sickness, short breath or light-headedness"),
            ),
        ),
        CareCard(
            URGENT,
            _("Get medical advice today if:"),
            (
                _("chest pain comes and goes, or came with effort and went away with rest"),
                _("your heart races or stumbles and does not settle, or your legs or feet have swollen suddenly"),
            ),
        ),
    ),
    "babies": (
        CareCard(
            EMERGENCY,
            CALL_NOW,
            (
                _("a child struggles to breathe, or lips, tongue or skin look blue, grey or very pale"),
                _("a child cannot be woken, is floppy, or has a fit"),
                _("a child has a rash that does not fade when you press a glass against it"),
            ),
        ),
        CareCard(
            URGENT,
            _("Get medical advice today if:"),
            (
                _("a baby under 3 months has a temperature of 38 °C (100.4 °F) or more"),
                _("a baby drinks much less than usual, or has half as many wet nappies as usual"),
                _("a child gets worse, or you feel that something is wrong"),
            ),
        ),
    ),
    "pregnancy": (
        CareCard(
            EMERGENCY,
            CALL_NOW,
            (
                _("there is heavy bleeding, or severe pain in the stomach that does not stop"),
                _("you have a fit, faint, or struggle to breathe"),
            ),
        ),
        CareCard(
            URGENT,
            _("Call your midwife or maternity unit now if:"),
            (
                _("the baby moves less than usual, or in another way"),
                _("you bleed, your waters break, or you have regular pains before 37 weeks"),
                _("you have a bad headache, see spots or flashes, or your face or hands swell suddenly"),
            ),
        ),
    ),
    "medicines": (
        CareCard(
            EMERGENCY,
            CALL_NOW,
            (
                _("someone has taken too much of a medicine and is sleepy, confused or short of breath"),
                _("the face, tongue or throat swells after a medicine"),
            ),
        ),
        CareCard(
            ADVICE,
            _("Ask a pharmacist or your doctor, and change nothing yourself, if:"),
            (
                _("you think about another dose, about stopping, or about taking something else with it"),
                _("you missed a dose, or took one too many and feel well"),
                _("you are pregnant or breastfeeding, or the medicine is for a child"),
            ),
        ),
    ),
}
TOPICS = [
    ("", _("none")),
    ("general", _("general signs of an emergency")),
    ("heart", _("chest pain")),
    ("babies", _("babies and children")),
    ("pregnancy", _("pregnancy")),
    ("medicines", _("medicines and doses")),
]
