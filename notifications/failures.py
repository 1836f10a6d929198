"""What a failed try to send a mail means: for this mail, for its reader's address, and for the mails after it."""

import re
import smtplib
from dataclasses import dataclass

from anymail.exceptions import AnymailAPIError, AnymailError, AnymailInvalidAddress, AnymailRecipientsRefused
from django.core.exceptions import ImproperlyConfigured

from notifications.models import Bounce

ENHANCED = re.compile(r"(?<![\d.])([45]\.\d{1,3}\.\d{1,3})(?!\.?\d)")  # and no part of an IP address
PLAIN = re.compile(r"(?<![\w.])([45]\d\d)(?![\w.])")
# The mailbox is not there, or is closed (RFC 3463; 550, 551 and 553 of RFC 5321 where no such code is given).
NO_MAILBOX = re.compile(r"5\.1\.[0-36-9]|5\.1\.10|5\.2\.1")
NO_MAILBOX_PLAIN = ("550", "551", "553")
OF_THIS_MAIL = (400, 406, 413, 422)  # a service's answer to what it will not send; the next mail may be another matter


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
        case AnymailRecipientsRefused() | AnymailInvalidAddress():
            return Failure(is_final=True, bounce=Bounce.Kind.HARD)
        case smtplib.SMTPDataError():
            return Failure(str(error.smtp_code), is_final=error.smtp_code >= 500)
        case smtplib.SMTPResponseException():  # before any mail: signing in, the sender's address
            return Failure(str(error.smtp_code), is_of_server=True)
        case AnymailAPIError():
            return Failure(str(error.status_code or ""), is_of_server=error.status_code not in OF_THIS_MAIL)
        case AnymailError() | ImproperlyConfigured():  # a service or a setting that does not fit; no reader's fault
            return Failure(is_of_server=True)
        case smtplib.SMTPException() | OSError():
            return Failure(is_of_server=True)
        case ValueError():  # what the person entered cannot be an address
            return Failure(is_final=True, bounce=Bounce.Kind.HARD)
    return Failure()


def _refused(code: int, answer: bytes | str) -> Failure:
    words = answer.decode("ascii", "replace") if isinstance(answer, bytes) else answer
    if code < 500:
        found = ENHANCED.search(words)
        return Failure(found[1] if found else str(code))
    said = f"{code} {words}"
    kind = Bounce.Kind.HARD if means_no_mailbox(said) else Bounce.Kind.SOFT
    return Failure(code_in(said), is_final=True, bounce=kind)


def code_in(answer: str) -> str:
    """The most exact code in a server's answer: 5.1.1 rather than 550; nothing where there is none."""
    found = ENHANCED.search(answer) or PLAIN.search(answer)
    return found[1] if found else ""


def means_no_mailbox(answer: str) -> bool:
    """Whether a server's answer says that the mailbox is not there or closed, not only that it takes no mail now."""
    code = code_in(answer)
    return bool(NO_MAILBOX.fullmatch(code)) or code in NO_MAILBOX_PLAIN
