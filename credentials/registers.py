"""Registers of health professionals: what their numbers look like and where to look them up.

A number of the right form proves nothing about a person, since all of them are public. It saves a
reviewer from typing errors. Formats and check digits: DOMAIN 1.1 and 1.2, from each register's own
description. `refuse` stops the form; a warning lets the person go on and is shown to the reviewer.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext, gettext_noop


class Malformed(ValueError):
    """The number cannot be one of this register; `str()` is a sentence that says how to fix it."""


def normalise(number: str) -> str:
    """Without spaces, dots and dashes, in capitals and plain digits: how numbers are stored and compared."""
    plain = unicodedata.normalize("NFKC", number).upper()
    return "".join(letter for letter in plain if not letter.isspace() and letter not in ".-‐‑‒–—")


def luhn(digits: str) -> bool:
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + position % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def lanr_check_digit(digits: str) -> int:
    weights = (4, 9, 4, 9, 4, 9)
    return (10 - sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False)) % 10) % 10


def big_check_digit(digits: str) -> int:
    weights = (6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = 9 + sum(int(digit) * weight for digit, weight in zip(digits[2:], weights, strict=True))
    return {11: 0, 10: 1}.get(11 - total % 11, 11 - total % 11)


def orcid_check_digit(digits: str) -> str:
    """ISO 7064 MOD 11-2."""
    total = 0
    for digit in digits[:15]:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    return "X" if check == 10 else str(check)


def _wrong_digit(is_right: bool) -> None:
    if not is_right:
        raise Malformed(gettext("Check the number: one digit seems to be wrong or in the wrong place."))


def _check_npi(number: str) -> list[str]:
    _wrong_digit(luhn(f"80840{number}"))
    return []


def _check_rpps(number: str) -> list[str]:
    _wrong_digit(luhn(number))
    return []


def _check_lanr(number: str) -> list[str]:
    if len(set(number[:6])) == 1:
        raise Malformed(gettext("Enter your own number: this one is a placeholder."))
    _wrong_digit(int(number[6]) == lanr_check_digit(number))
    return []


def _check_big(number: str) -> list[str]:
    if int(number[0]) != big_check_digit(number):
        return [gettext("The check digit does not fit. Look again whether every digit is right.")]
    return []


def _check_orcid(number: str) -> list[str]:
    _wrong_digit(number[15] == orcid_check_digit(number))
    return []


def _nothing_more(_number: str) -> list[str]:
    return []


@dataclass(frozen=True)
class Register:
    """One register. `region` is what has to be named besides the number, if anything."""

    key: str
    name: str
    country: str  # ISO 3166-1 alpha-2, empty for any
    pattern: str
    example: str
    look_up: str = ""  # the register's own page; {number} is filled in
    professions: tuple[str, ...] = ()  # empty: all
    region: str = ""
    regions: tuple[str, ...] = ()
    needs_year: bool = False
    prefix: str = ""  # may be typed before the number and is dropped
    check: Callable[[str], list[str]] = field(default=_nothing_more)

    @property
    def label(self) -> str:
        return gettext(self.name)

    def clean(self, number: str) -> tuple[str, list[str]]:
        """The normalised number and warnings about it; Malformed if it cannot be right."""
        number = normalise(number)
        if self.prefix:
            number = number.removeprefix(self.prefix)
        if not re.fullmatch(self.pattern, number, re.ASCII):
            raise Malformed(
                gettext("Enter the number as the register writes it, for example %(example)s.")
                % {"example": self.example}
            )
        return number, self.check(number)

    def look_up_address(self, number: str) -> str:
        return self.look_up.replace("{number}", number)


PROVINCES = (
    "Alberta", "British Columbia", "Manitoba", "New Brunswick", "Newfoundland and Labrador", "Northwest Territories",
    "Nova Scotia", "Nunavut", "Ontario", "Prince Edward Island", "Quebec", "Saskatchewan", "Yukon",
)  # fmt: skip
HCPC = (
    "physiotherapist", "dietitian", "occupational-therapist", "speech-therapist", "paramedic", "podiatrist",
    "radiographer", "psychologist", "audiologist",
)  # fmt: skip
AHPRA = (
    "doctor", "nurse", "midwife", "pharmacist", "dentist", "psychologist", "physiotherapist", "occupational-therapist",
    "paramedic", "optometrist", "podiatrist", "radiographer",
)  # fmt: skip
BIG = ("doctor", "nurse", "midwife", "pharmacist", "dentist", "psychologist", "physiotherapist")
RPPS = (*BIG, "occupational-therapist", "podiatrist", "speech-therapist", "optometrist", "dietitian", "radiographer")

REGISTERS = {
    register.key: register
    for register in [
        Register(
            "us_npi", "National Provider Identifier (NPI)", "US", r"[12]\d{9}", "1234567893",
            "https://npiregistry.cms.hhs.gov/provider-view/{number}", check=_check_npi,
        ),
        Register(
            "fr_rpps", "RPPS", "FR", r"\d{11}", "10123456781", "https://annuaire.sante.fr/", RPPS, check=_check_rpps,
        ),
        Register(
            "de_lanr", "Lebenslange Arztnummer (LANR)", "DE", r"\d{9}", "123456601", "https://arztsuche.116117.de/",
            ("doctor",), check=_check_lanr,
        ),
        Register(
            "nl_big", "BIG-register", "NL", r"\d9\d{9}", "19012345678", "https://zoeken.bigregister.nl/", BIG,
            check=_check_big,
        ),
        Register(
            "gb_gmc", "General Medical Council (GMC)", "GB", r"\d{7}", "1234567",
            "https://www.gmc-uk.org/registrants/{number}", ("doctor",), prefix="C",
        ),
        Register(
            "gb_nmc", "Nursing and Midwifery Council (NMC)", "GB", r"\d{2}[A-Z]\d{4}[A-Z]", "01A2345N",
            "https://www.nmc.org.uk/registration/search-the-register/", ("nurse", "midwife"),
        ),
        Register(
            "gb_hcpc", "Health and Care Professions Council (HCPC)", "GB", r"[A-Z]{2,3}\d{1,6}", "PH123456",
            "https://www.hcpc-uk.org/check-the-register/", HCPC,
        ),
        Register(
            "gb_gphc", "General Pharmaceutical Council (GPhC)", "GB", r"\d{7}", "2012345",
            "https://www.pharmacyregulation.org/registers", ("pharmacist",),
        ),
        Register(
            "au_ahpra", "Ahpra", "AU", r"[A-Z]{3}\d{10}", "MED0000932846",
            "https://www.ahpra.gov.au/Registration/Registers-of-Practitioners.aspx", AHPRA,
        ),
        Register(
            "ca_minc", "Medical Identification Number for Canada (MINC)", "CA", r"CAMD\d{8}", "CAMD-1234-5679",
            "https://minc-nimc.ca/", ("doctor",),
        ),
        Register(
            "ca_prov", gettext_noop("Provincial college"), "CA", r"[A-Z0-9]{3,10}", "12345", "https://www.fmrac.ca/",
            region=gettext_noop("Province or territory"), regions=PROVINCES,
        ),
        Register(
            "in_council", gettext_noop("State medical council"), "IN", r"[A-Z0-9/]{1,15}", "12345",
            "https://www.nmc.org.in/information-desk/indian-medical-register/", ("doctor",),
            region=gettext_noop("Medical council"), needs_year=True,
        ),
        Register(
            "other", gettext_noop("Another register"), "", r".{1,40}", "12345",
            region=gettext_noop("Name of the register or regulator"),
        ),
    ]
}  # fmt: skip

# Shows published work, never a licence: supporting evidence only.
ORCID = Register("orcid", "ORCID iD", "", r"\d{15}[\dX]", "0000-0002-1825-0097", "https://orcid.org/{number}",
                 check=_check_orcid)  # fmt: skip

FIRST_YEAR = 1930


def registers_for(country: str, profession: str) -> list[Register]:
    """The registers somebody may name, the most likely first; "other" is always the last."""
    return [
        register
        for register in REGISTERS.values()
        if register.country in ("", country) and (not register.professions or profession in register.professions)
    ]


def clean_registration(
    scheme: str, number: str, *, region: str = "", year: int | None = None, profession: str = ""
) -> tuple[str, dict[str, str], list[str]]:
    """The normalised number, problems by field, and warnings. What has problems must not be stored."""
    register = REGISTERS[scheme]
    problems: dict[str, str] = {}
    warnings: list[str] = []
    cleaned = ""
    try:
        cleaned, warnings = register.clean(number)
    except Malformed as error:
        problems["number"] = str(error)
    if register.region and not region.strip():
        problems["region"] = gettext("Enter this as well: %(what)s.") % {"what": gettext(register.region).lower()}
    elif register.regions and region not in register.regions:
        problems["region"] = gettext("Choose one of these: %(regions)s.") % {"regions": ", ".join(register.regions)}
    if register.needs_year and not (year and FIRST_YEAR <= year <= date.today().year):
        problems["registration_year"] = gettext("Enter the year of registration, from %(first)s to this year.") % {
            "first": FIRST_YEAR
        }
    if scheme == "gb_gphc" and profession == "pharmacist" and cleaned and not cleaned.startswith("2"):
        warnings.append(gettext("Numbers of pharmacists start with 2. Look again whether it is right."))
    return cleaned, problems, warnings
