"""Professions and their specialties: the words that may stand in a badge. A controlled list, never free text."""

from dataclasses import dataclass

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


def gettext_noop(title: str) -> str:
    """Marks a title for translation, which happens when it is shown. Django's own needs settings; tools have none."""
    return title


@dataclass(frozen=True)
class Specialty:
    """`title`, in English, is stored with the badge; a general specialty is at home in every forum."""

    key: str
    title: str
    profession: str
    is_general: bool = False

    @property
    def label(self) -> str:
        return gettext(self.title)


PROFESSIONS = {
    "doctor": _("Doctor"),
    "nurse": _("Nurse"),
    "midwife": _("Midwife"),
    "pharmacist": _("Pharmacist"),
    "dentist": _("Dentist"),
    "psychologist": _("Psychologist"),
    "physiotherapist": _("Physiotherapist"),
    "dietitian": _("Dietitian"),
    "occupational-therapist": _("Occupational therapist"),
    "speech-therapist": _("Speech and language therapist"),
    "paramedic": _("Paramedic"),
    "optometrist": _("Optometrist"),
    "podiatrist": _("Podiatrist"),
    "audiologist": _("Audiologist"),
    "radiographer": _("Radiographer"),
}

_TITLES: dict[str, list[str]] = {
    "doctor": [
        gettext_noop("Family doctor"), gettext_noop("Emergency doctor"),
        gettext_noop("Hospital doctor (internal medicine)"), gettext_noop("Geriatrician"), gettext_noop("Allergist"),
        gettext_noop("Anaesthetist"), gettext_noop("Cardiologist"), gettext_noop("Dermatologist"),
        gettext_noop("Ear, nose and throat doctor"), gettext_noop("Endocrinologist"), gettext_noop("Eye doctor"),
        gettext_noop("Gastroenterologist"), gettext_noop("General surgeon"),
        gettext_noop("Gynaecologist and obstetrician"), gettext_noop("Haematologist"), gettext_noop("Infection doctor"),
        gettext_noop("Kidney doctor"), gettext_noop("Neurologist"), gettext_noop("Neurosurgeon"),
        gettext_noop("Oncologist"), gettext_noop("Orthopaedic surgeon"), gettext_noop("Paediatrician"),
        gettext_noop("Pain doctor"), gettext_noop("Palliative care doctor"), gettext_noop("Psychiatrist"),
        gettext_noop("Public health doctor"), gettext_noop("Radiologist"), gettext_noop("Rehabilitation doctor"),
        gettext_noop("Respiratory doctor"), gettext_noop("Rheumatologist"), gettext_noop("Sexual health doctor"),
        gettext_noop("Sleep doctor"), gettext_noop("Stroke doctor"), gettext_noop("Urologist"),
    ],
    "nurse": [
        gettext_noop("Nurse"), gettext_noop("Nurse practitioner"), gettext_noop("Breast care nurse"),
        gettext_noop("Cancer nurse"), gettext_noop("Children's nurse"), gettext_noop("Diabetes specialist nurse"),
        gettext_noop("Heart failure nurse"), gettext_noop("Mental health nurse"), gettext_noop("Respiratory nurse"),
        gettext_noop("School nurse"), gettext_noop("Stoma and bowel nurse"), gettext_noop("Wound care nurse"),
    ],
    "midwife": [gettext_noop("Midwife")],
    "pharmacist": [gettext_noop("Pharmacist")],
    "dentist": [gettext_noop("Dentist")],
    "psychologist": [gettext_noop("Clinical psychologist"), gettext_noop("Health psychologist")],
    "physiotherapist": [gettext_noop("Physiotherapist")],
    "dietitian": [gettext_noop("Dietitian")],
    "occupational-therapist": [gettext_noop("Occupational therapist")],
    "speech-therapist": [gettext_noop("Speech and language therapist")],
    "paramedic": [gettext_noop("Paramedic")],
    "optometrist": [gettext_noop("Optometrist")],
    "podiatrist": [gettext_noop("Podiatrist")],
    "audiologist": [gettext_noop("Audiologist")],
    "radiographer": [gettext_noop("Diagnostic radiographer"), gettext_noop("Therapeutic radiographer")],
}  # fmt: skip

_GENERAL = (
    "family-doctor", "emergency-doctor", "hospital-doctor-internal-medicine", "geriatrician",
    "palliative-care-doctor", "public-health-doctor", "nurse", "nurse-practitioner", "pharmacist", "paramedic",
)  # fmt: skip


def _key(title: str) -> str:
    kept = "".join(letter if letter.isalnum() else " " for letter in title.lower().replace("'", ""))
    return "-".join(kept.split())


SPECIALTIES = {
    _key(title): Specialty(_key(title), title, profession, _key(title) in _GENERAL)
    for profession, titles in _TITLES.items()
    for title in titles
}
SPECIALTY_CHOICES = [(specialty.key, _(specialty.title)) for specialty in SPECIALTIES.values()]


def specialties_of(profession: str) -> list[Specialty]:
    """Those a member of the profession may choose, in the order of the list."""
    return [specialty for specialty in SPECIALTIES.values() if specialty.profession == profession]


def is_at_home(specialty: str, homes: list[str]) -> bool:
    """Whether a forum that lists `homes` is in the field of `specialty`. A forum that lists none is in everybody's."""
    known = SPECIALTIES.get(specialty)
    return not homes or specialty in homes or bool(known and known.is_general)
