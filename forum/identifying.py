"""What in a text tells who somebody is: shown to its writer in the preview, and masked there with one press."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.markdown import render_markdown
from forum.facts import LABELS as FACTS
from forum.screening import rules
from safety.findings import Finding
from safety.identifiers import mask

FIELDS = ("title", "body", "interest", *(f"fact_{key}" for key in FACTS))
KIND_LABELS: dict[str, str | Promise] = {
    "name": _("a name"),
    "address": _("an address"),
    "postcode": _("a postcode"),
    "date": _("a full date"),
    "age": _("an age over 89"),
    "phone": _("a phone number"),
    "email": _("an e-mail address"),
    "national_id": _("a national identity number"),
    "record_number": _("a hospital or record number"),
    "insurance": _("an insurance number"),
    "card": _("a card or account number"),
    "licence": _("a licence number"),
    "plate": _("a vehicle plate"),
    "device": _("a serial number"),
    "profile_link": _("a personal page"),
    "ip": _("an internet address"),
    "other_code": _("a personal code"),
}
# Two letters that nobody types (of ancient Lycia): they pass through Markdown and say where a mark begins and ends.
BEGIN, END = "\U00010280", "\U00010281"
MARKED = re.compile(f"{BEGIN}([^{BEGIN}{END}<>]*){END}")
TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Identifier:
    """One thing in one field that tells who somebody is. `key` is what the button sends."""

    key: str
    label: str | Promise
    text: str


def identifiers_in(data: Any) -> list[Identifier]:
    """All identifiers in the text fields of a posted form, in order."""
    found = []
    for name, text, findings in _each(data):
        for number, finding in enumerate(findings):
            label = KIND_LABELS.get(finding.kind, _("a personal detail"))
            found.append(Identifier(f"{name}-{number}", label, text[finding.start : finding.end]))
    return found


def masked(data: Any, key: str) -> Any:
    """A copy of posted data with the identifier `key`, or "all" of them, replaced by what kind of thing it was."""
    copy = data.copy()
    for name, text, findings in _each(data):
        chosen = [one for number, one in enumerate(findings) if key in ("all", f"{name}-{number}")]
        if chosen:
            copy[name] = mask(text, chosen)
    return copy


def _each(data: Any) -> Iterable[tuple[str, str, tuple[Finding, ...]]]:
    reader = rules()
    for name in FIELDS:
        if text := data.get(name, ""):
            yield name, text, reader.screen(text).identifiers


def render_with_marks(text: str, findings: Iterable[Finding] | None = None) -> str:
    """The HTML of a text with its identifiers (or other findings) in <mark>, for its author or a moderator."""
    if BEGIN in text or END in text:
        return render_markdown(text)
    end = len(text)
    chosen = rules().screen(text).identifiers if findings is None else findings
    for finding in sorted(chosen, key=lambda one: (one.start, one.end), reverse=True):
        if finding.end > end:  # one inside another is marked with it
            continue
        end = finding.start
        text = f"{text[: finding.start]}{BEGIN}{text[finding.start : finding.end]}{END}{text[finding.end :]}"
    html = TAG.sub(lambda tag: re.sub(f"[{BEGIN}{END}]|%F0%90%8A%8[01]", "", tag[0]), render_markdown(text))
    html = MARKED.sub(r'<mark class="identifier">\1</mark>', html)
    return html.replace(BEGIN, "").replace(END, "")
