"""What others say became of a mail, in one form: mail services (anymail's events) and messages that came back."""

import re
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Any
from uuid import UUID

from anymail.signals import EventType, RejectReason

from notifications.failures import code_in, means_no_mailbox
from notifications.models import Bounce

MESSAGE_ID = re.compile(r"\s*<?([0-9a-f]{32})@[^\s<>@]+>?\s*")  # as notifications.actions.mailing makes it


@dataclass(frozen=True)
class Report:
    """One mail to `address` and what became of it; `kind` is None where the person wants no more such mails.

    `mail_id` is our own key, which nobody can guess; `service_id` is what the mail service calls it.
    """

    kind: Bounce.Kind | None
    address: str = ""
    mail_id: UUID | None = None
    service_id: str = ""
    code: str = ""


# Where each service says whether a failure is for good, in the event as it sent it, and by which words it is. A service
# that is not here says it through anymail's reason: "bounced" is a mailbox that takes no mail.
FOR_GOOD: dict[str, tuple[tuple[str, ...], set[object]]] = {
    "Amazon SES": (("bounce", "bounceType"), {"Permanent"}),
    "Brevo": (("event",), {"hard_bounce", "invalid_email"}),
    "MailerSend": (("data", "type"), {"hard_bounced", "activity.hard_bounced"}),
    "Mailjet": (("hard_bounce",), {True}),
    "Mandrill": (("event",), {"hard_bounce"}),
    "Postmark": (("Type",), {"HardBounce", "BadEmailAddress"}),
    "Resend": (("data", "bounce", "type"), {"Permanent"}),
    "SendGrid": (("type",), {"bounce"}),
    "SparkPost": (("msys", "message_event", "bounce_class"), {"10", "30"}),
}
REJECTED: dict[str | None, Bounce.Kind | None] = {  # by the service, before any try
    RejectReason.INVALID: Bounce.Kind.HARD,
    RejectReason.BOUNCED: Bounce.Kind.HARD,
    RejectReason.SPAM: Bounce.Kind.COMPLAINT,
    RejectReason.UNSUBSCRIBED: None,
}


def own_key(message_id: str) -> UUID | None:
    """The key of the mail with this Message-ID, if it is one of ours by its looks."""
    found = MESSAGE_ID.fullmatch(message_id)
    return UUID(found[1]) if found else None


def report_of(event: Any, service: str) -> Report | None:
    """What an event of anymail says, or None where it changes nothing: sent, delayed, delivered, opened."""
    answer = _text(event.mta_response)
    match event.event_type:
        case EventType.BOUNCED:
            kind: Bounce.Kind | None = Bounce.Kind.HARD if _is_for_good(event, service) else Bounce.Kind.SOFT
        case EventType.REJECTED:
            kind = REJECTED.get(event.reject_reason, Bounce.Kind.SOFT)
        case EventType.COMPLAINED:
            kind = Bounce.Kind.COMPLAINT
        case EventType.UNSUBSCRIBED:
            kind = None
        case EventType.FAILED if means_no_mailbox(answer):  # Postal's word for any answer that is final
            kind = Bounce.Kind.HARD
        case _:
            return None
    message_id = _text(event.message_id)
    return Report(
        kind=kind,
        address=parseaddr(_text(event.recipient))[1],
        mail_id=own_key(message_id),
        service_id=message_id,
        code=code_in(answer),
    )


def _text(value: object) -> str:
    return value.replace("\0", "") if isinstance(value, str) else ""  # PostgreSQL stores no NUL


def _is_for_good(event: Any, service: str) -> bool:
    path, words = FOR_GOOD.get(service, ((), set()))
    said = event.esp_event
    for name in path:
        said = said.get(name) if isinstance(said, dict) else None
    if isinstance(said, str | bool | int):
        return said in words
    if event.reject_reason in (RejectReason.BOUNCED, RejectReason.INVALID):
        return True
    return means_no_mailbox(_text(event.mta_response))
