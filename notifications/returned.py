"""Reading what came back to the mailbox: reports of mail servers, complaints, and requests to stop.

Anybody can write to that mailbox. A report counts only for a mail whose Message-ID it carries, in the part that shows
the mail as it was sent: that key cannot be guessed. A request to stop carries a token of ours.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from typing import Any
from uuid import UUID

from flufl.bounce import all_failures

from notifications.failures import code_in, means_no_mailbox
from notifications.models import Bounce
from notifications.reports import Report, own_key

AT_MOST = 1_000_000  # bytes of a message; what is longer is no report
NESTED = 50  # parts with parts of their own; to read them takes its square
LONGEST_LINE = 2_000  # of what is searched for addresses, which takes the square of that
KEYS = 5  # of our mails in one message
UNSUBSCRIBE = re.compile(r"\bunsubscribe\s+([A-Za-z0-9._-]{1,200})\s*$", re.IGNORECASE)
QUOTED_ID = re.compile(r"^[ \t>]*Message-ID:\s*(<[0-9a-f]{32}@[^\s<>@]{1,255}>)", re.IGNORECASE | re.MULTILINE)
WORDS = 2_000  # characters in which a server says what went wrong, before it quotes the mail
VAGUE = ("5.0.0", "5.5.0")  # no more than that something went wrong


@dataclass(frozen=True)
class Returned:
    """A message that came back: the keys of our mails that it shows, and the token of who wants no more of them."""

    message: Message
    keys: tuple[UUID, ...]
    token: str = ""


def read(content: bytes) -> Returned:
    """What a message is about; whether it says the truth is for the caller to see. ValueError where it is no report."""
    if len(content) > AT_MOST or content.lower().count(b"boundary") > NESTED:
        raise ValueError("too much of it")
    message = message_from_bytes(content)
    keys = tuple(dict.fromkeys(_keys(message)))[:KEYS]
    found = UNSUBSCRIBE.search(_subject(message))
    return Returned(message, keys, found[1] if found else "")


def _subject(message: Message) -> str:
    subject = str(message.get("Subject", ""))[:1000]
    try:
        subject = str(make_header(decode_header(subject)))
    except (LookupError, ValueError, MessageError):  # encoded in a way that Python does not know
        return ""
    return " ".join(subject.split())


def _parts(message: Message) -> Iterator[Message]:
    """The parts of a message, without the message itself where it has any."""
    parts = message.walk()
    if message.is_multipart():
        next(parts)
    return parts


def _keys(message: Message) -> Iterator[UUID]:
    """Of the mail that came back: as an attached message, as its headers, or below the words of an older server."""
    for part in _parts(message):
        shown = [str(part.get("Message-ID", ""))] if part is not message else []
        if not part.is_multipart() and part.get_content_maintype() == "text":
            shown += QUOTED_ID.findall(_text(part))
        for one in shown:
            if key := own_key(one):
                yield key


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode("ascii", "replace") if isinstance(payload, bytes) else ""


def reports_in(returned: Returned) -> Iterator[Report]:
    """What the message says of each address: a complaint, or that a mail could not be delivered. It is used up."""
    complaint = _complaint(returned.message)
    if complaint is not None:
        yield from complaint
        return
    for part in returned.message.walk():
        if not part.is_multipart() and _has_long_lines(part):
            part.set_payload("")  # as in a page; what servers write about addresses has short ones
    soft, hard = all_failures(returned.message)
    for addresses, is_final in ((hard, True), (soft, False)):
        for raw in sorted(addresses):
            address = raw.decode("ascii", "replace")
            answer = _answer(returned.message, address)
            code = code_in(answer)
            gone = is_final and (means_no_mailbox(answer) or not code or code in VAGUE)
            yield Report(Bounce.Kind.HARD if gone else Bounce.Kind.SOFT, address, code=code)


def _has_long_lines(part: Message) -> bool:
    texts = (str(part.get_payload()), _text(part))
    return any(len(line) > LONGEST_LINE for text in texts for line in text.splitlines())


def _complaint(message: Message) -> list[Report] | None:
    """What a feedback report says (RFC 5965); None where the message is none."""
    for part in message.walk():
        if part.get_content_type() == "message/feedback-report" and part.is_multipart():
            fields: Any = part.get_payload(0)
            if str(fields.get("Feedback-Type", "")).strip().lower() not in ("abuse", "fraud"):
                return []
            address = str(fields.get("Original-Rcpt-To", "")).strip().strip("<>")
            return [Report(Bounce.Kind.COMPLAINT, address if "@" in address else "")]
    return None


def _answer(message: Message, address: str) -> str:
    """What was said of an address, with a code if there is one: by a report of RFC 3464, or in words."""
    words = ""
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status" and part.is_multipart():
            blocks: Any = part.get_payload()
            for block in blocks:
                if address.lower() in _recipients(block):
                    status, said = str(block.get("Status", "")), str(block.get("Diagnostic-Code", ""))
                    return said if code_in(status) in VAGUE and code_in(said) else f"{status} {said}"
        elif part.get_content_type() == "text/plain" and not words:
            words = _text(part)[:WORDS]
    return words


def _recipients(block: Message) -> set[str]:
    values = (str(block.get(name, "")) for name in ("Original-Recipient", "Final-Recipient"))
    return {value.rpartition(";")[2].strip(" <>").lower() for value in values}
