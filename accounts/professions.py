"""Professions and their specialties: the words that may stand in a badge. A controlled list, never free text."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Specialty:
    """`title` stands in the badge; a general specialty is at home in every forum."""

    key: str
    title: str
    profession: str
    is_general: bool = False


PROFESSIONS = {
    "doctor": "Doctor",
    "nurse": "Nurse",
    "midwife": "Midwife",
    "pharmacist": "Pharmacist",
    "dentist": "Dentist",
    "psychologist": "Psychologist",
    "physiotherapist": "Physiotherapist",
    "dietitian": "Dietitian",
    "occupational-therapist": "Occupational therapist",
    "speech-therapist": "Speech and language therapist",
    "paramedic": "Paramedic",
    "optometrist": "Optometrist",
    "podiatrist": "Podiatrist",
    "audiologist": "Audiologist",
    "radiographer": "Radiographer",
}

_TITLES: dict[str, list[str]] = {
    "doctor": [
        "Family doctor*", "Emergency doctor*", "Hospital doctor (internal medicine)*", "Geriatrician*",
        "Allergist", "Anaesthetist", "Cardiologist", "Dermatologist", "Ear, nose and throat doctor", "Endocrinologist",
        "Eye doctor", "Gastroenterologist", "General surgeon", "Gynaecologist and obstetrician", "Haematologist",
        "Infection doctor", "Kidney doctor", "Neurologist", "Neurosurgeon", "Oncologist", "Orthopaedic surgeon",
        "Paediatrician", "Pain doctor", "Palliative care doctor*", "Psychiatrist", "Public health doctor*",
        "Radiologist", "Rehabilitation doctor", "Respiratory doctor", "Rheumatologist", "Sexual health doctor",
        "Sleep doctor", "Stroke doctor", "Urologist",
    ],
    "nurse": [
        "Nurse*", "Nurse practitioner*", "Breast care nurse", "Cancer nurse", "Children's nurse",
        "Diabetes specialist nurse", "Heart failure nurse", "Mental health nurse", "Respiratory nurse",
        "School nurse", "Stoma and bowel nurse", "Wound care nurse",
    ],
    "midwife": ["Midwife"],
    "pharmacist": ["Pharmacist*"],
    "dentist": ["Dentist"],
    "psychologist": ["Clinical psychologist", "Health psychologist"],
    "physiotherapist": ["Physiotherapist"],
    "dietitian": ["Dietitian"],
    "occupational-therapist": ["Occupational therapist"],
    "speech-therapist": ["Speech and language therapist"],
    "paramedic": ["Paramedic*"],
    "optometrist": ["Optometrist"],
    "podiatrist": ["Podiatrist"],
    "audiologist": ["Audiologist"],
    "radiographer": ["Diagnostic radiographer", "Therapeutic radiographer"],
}  # fmt: skip


def _key(title: str) -> str:
    kept = "".join(letter if letter.isalnum() else " " for letter in title.lower().replace("'", ""))
    return "-".join(kept.split())


SPECIALTIES = {
    _key(title): Specialty(_key(title), title.rstrip("*"), profession, title.endswith("*"))
    for profession, titles in _TITLES.items()
    for title in titles
}
SPECIALTY_CHOICES = [(specialty.key, specialty.title) for specialty in SPECIALTIES.values()]


def specialties_of(profession: str) -> list[Specialty]:
    """Those a member of the profession may choose, in the order of the list."""
    return [specialty for specialty in SPECIALTIES.values() if specialty.profession == profession]


def is_at_home(specialty: str, homes: list[str]) -> bool:
    """Whether a forum that lists `homes` is in the field of `specialty`. A forum that lists none is in everybody's."""
    known = SPECIALTIES.get(specialty)
    return not homes or specialty in homes or bool(known and known.is_general)
