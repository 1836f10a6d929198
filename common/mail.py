"""Mails in the look of the site: written once as plain text, sent with an HTML version made from it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.policy import EmailPolicy, default
from smtplib import SMTPException
from typing import Any, ClassVar

from anymail.exceptions import AnymailError
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

CODE = re.compile(r"[A-Z0-9]{3,}(-[A-Z0-9]{3,})*")
FOOTER = "-- "  # the line above what is small in the HTML version, as signatures are marked in plain mails


@dataclass(frozen=True)
class Paragraph:
    html: SafeString
    is_code: bool = False
    is_link: bool = False
    is_small: bool = False


class WholeAddresses(EmailPolicy):
    """Headers as other programs read them: Python would break a long address in two and encode its parts."""

    WHOLE: ClassVar[tuple[str, ...]] = ("list-unsubscribe", "message-id", "list-id")

    def fold(self, name: str, value: Any) -> str:
        """One address a line; a line may have 998 characters (RFC 5322, 2.1.1)."""
        if name.lower() not in self.WHOLE:
            return str(super().fold(name, value))
        return f"{name}: {str(value).replace(', ', f',{self.linesep} ')}{self.linesep}"

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name.lower() not in self.WHOLE:
            return super().fold_binary(name, value)
        return self.fold(name, value).encode("ascii")


class SiteMail(EmailMultiAlternatives):
    """A mail whose long headers arrive as they are."""

    def message(self, *, policy: Any = default) -> Any:
        return super().message(policy=WholeAddresses(linesep=policy.linesep, utf8=policy.utf8))


def add_html(message: EmailMultiAlternatives) -> EmailMultiAlternatives:
    """The message, with its text as a page too: paragraphs, links to this site, codes that are easy to read off.

    The page asks for nothing: no pictures, no fonts, no counting of who opened it.
    """
    parts = list(paragraphs(str(message.body)))
    links = [part for part in parts if part.is_link and not part.is_small]
    context = {"paragraphs": parts, "button": links[0] if len(links) == 1 else None, "site_name": settings.SITE_NAME}
    message.attach_alternative(render_to_string("mail/page.html", context), "text/html")
    return message


def site_mail(email: str, subject: str, text: str, headers: Mapping[str, str] | None = None) -> EmailMultiAlternatives:
    """A mail of the site to one person, to be sent."""
    headers = {"Auto-Submitted": "auto-generated", **(headers or {})}
    return add_html(SiteMail(subject, text, to=[email], headers=headers))


class NotSent(Exception):
    """A mail was refused. It does not say to whom: tasks keep the errors of their tries."""


def send_mail(email: str, subject: str, text: str) -> None:
    """Send one mail of the site to one person; NotSent or OSError if the server or service does not take it now."""
    try:
        site_mail(email, subject, text).send()
    except (SMTPException, AnymailError) as error:
        raise NotSent(type(error).__name__) from None


def paragraphs(text: str) -> Iterator[Paragraph]:
    """The parts of a text between empty lines; small below the line that begins a footer."""
    body, _line, footer = text.strip().partition(f"\n{FOOTER}\n")
    for is_small, half in ((False, body), (True, footer)):
        for part in filter(None, re.split(r"\n\s*\n", half.strip())):
            lines = [line.strip() for line in part.splitlines()]
            if CODE.fullmatch(part.strip()):
                yield Paragraph(escape(part.strip()), is_code=True)
            elif len(lines) == 2 and lines[0].endswith(":") and is_own_address(lines[1]):
                link = format_html('<a href="{}">{}</a>', lines[1], lines[0][:-1])
                yield Paragraph(link, is_link=True, is_small=is_small)
            else:
                html = mark_safe("<br>".join(linked(line) for line in lines))  # noqa: S308 -- each line is escaped
                yield Paragraph(html, is_small=is_small)


def is_own_address(line: str) -> bool:
    """Whether the line is an address of this site and nothing else."""
    return (line == settings.SITE_URL or line.startswith(f"{settings.SITE_URL}/")) and " " not in line


def linked(line: str) -> SafeString:
    """The line, escaped; as a link where it is an address of this site."""
    return format_html('<a href="{}">{}</a>', line, line) if is_own_address(line) else escape(line)
