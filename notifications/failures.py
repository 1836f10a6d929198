"""What a failed try to send a mail means: for this mail, for its reader's address, and for the mails after it."""

import re
import smtplib
from dataclasses import dataclass

from anymail.exceptions import AnymailAPIError, AnymailRecipientsRefused

from notifications.models import Bounce

ENHANCED = re.compile(r"\b([45]\.\d{1,3}\.\d{1,3})\b")
# The mailbox is not there, or is closed (RFC 3463; 550, 551 and 553 of RFC 5321 where no such code is given).
NO_MAILBOX = re.compile(r"5\.1\.[0-36-9]|5\.1\.10|5\.2\.1")
NO_MAILBOX_PLAIN = (550, 551, 553)


@dataclass(frozen=True)
class Failure:
    """`is_final`: never to be tried again. `is_of_server`: the next mail would fail too."""

    code: str = ""
    is_final: bool = False
    is_of_server: bool = False
    bounce: Bounce.Kind | None = None


def failure_of(error: Exception) -> Failure:
    """What an exception of the mail backends means. Anything unknown is tried again."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            code, answer = next(iter(error.recipients.values()))
            return _refused(code, answer)
        case AnymailRecipientsRefused():
            return Failure(is_final=True, bounce=Bounce.Kind.HARD)
        case smtplib.SMTPDataError():
            return Failure(str(error.smtp_code), is_final=error.smtp_code >= 500)
        case smtplib.SMTPResponseException():  # before any mail: signing in, the sender's address
            return Failure(str(error.smtp_code), is_of_server=True)
        case AnymailAPIError():
            return Failure(str(error.status_code or ""), is_of_server=True)
        case smtplib.SMTPException() | OSError():
            return Failure(is_of_server=True)
        case ValueError():  # what the person entered cannot be an address
            return Failure(is_final=True, bounce=Bounce.Kind.HARD)
    return Failure()


def _refused(code: int, answer: bytes | str) -> Failure:
    words = answer.decode("ascii", "replace") if isinstance(answer, bytes) else answer
    found = ENHANCED.search(words)
    if code < 500:
        return Failure(found[1] if found else str(code))
    no_mailbox = NO_MAILBOX.fullmatch(found[1]) if found else code in NO_MAILBOX_PLAIN
    kind = Bounce.Kind.HARD if no_mailbox else Bounce.Kind.SOFT
    return Failure(found[1] if found else str(code), is_final=True, bounce=kind)
