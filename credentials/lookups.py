"""Asking a register whether it knows a number: supporting evidence for a reviewer, never a decision.

Off unless the site switches it on. An answer that does not come is no answer, and holds nobody up.
"""

import json
import unicodedata
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.error import URLError
from urllib.request import Request, urlopen

from django.conf import settings
from django.utils.translation import gettext_noop

from credentials.models import Credential

TIMEOUT = 5  # seconds


@dataclass(frozen=True)
class Finding:
    """`supports`: True, False, or None where the register gave no usable answer. No personal data."""

    supports: bool | None
    summary: str


class RegisterLookup(Protocol):
    def find(self, number: str, name: str) -> Finding: ...


class NpiLookup:
    """The US NPI registry (https://npiregistry.cms.hhs.gov/api-page). Its answer is self-reported by the provider."""

    address = "https://npiregistry.cms.hhs.gov/api/?version=2.1&number={number}"

    def find(self, number: str, name: str) -> Finding:
        try:
            answer = self.ask(number)
        except (OSError, URLError, ValueError):
            return Finding(None, gettext_noop("The register did not answer. Look the number up by hand."))
        try:
            return self.judge(answer, number, name)
        except (KeyError, TypeError, AttributeError, IndexError):
            return Finding(
                None, gettext_noop("The register gave an answer that could not be read. Look the number up by hand.")
            )

    def ask(self, number: str) -> Any:
        request = Request(self.address.format(number=number), headers={"Accept": "application/json"})  # noqa: S310 - https, fixed host
        with urlopen(request, timeout=TIMEOUT) as response:  # noqa: S310
            return json.loads(response.read(1_000_000))

    @staticmethod
    def judge(answer: dict[str, Any], number: str, name: str) -> Finding:
        """One person, active, with this number and a last name that stands in the name given."""
        if answer["result_count"] != 1:
            return Finding(False, gettext_noop("The register does not know this number."))
        result = answer["results"][0]
        if str(result["number"]) != number:
            return Finding(False, gettext_noop("The register answered for another number."))
        if result["enumeration_type"] != "NPI-1":
            return Finding(False, gettext_noop("The number belongs to an organisation."))
        if result["basic"]["status"] != "A":
            return Finding(False, gettext_noop("The number is not active."))
        people = [result["basic"], *result.get("other_names", [])]
        words = _words(name)
        if not any(last and last <= words for person in people if (last := _words(person.get("last_name", "")))):
            return Finding(False, gettext_noop("The last name on the register is another one."))
        return Finding(True, gettext_noop("One active person with this number and last name."))


def _words(name: str) -> set[str]:
    """The words of a name without accents and capitals."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    letters = "".join(letter if letter.isalnum() else " " for letter in plain if not unicodedata.combining(letter))
    return set(letters.split())


def lookup_for(credential: Credential) -> RegisterLookup | None:
    """The register that can be asked about this credential, if the site may ask one."""
    return NpiLookup() if settings.NPI_LOOKUP and credential.scheme == "us_npi" else None
