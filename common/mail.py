"""Mails in the look of the site: written once as plain text, sent with an HTML version made from it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

CODE = re.compile(r"[A-Z0-9]{3,}(-[A-Z0-9]{3,})*")


@dataclass(frozen=True)
class Paragraph:
    html: SafeString
    is_code: bool = False


def add_html(message: EmailMultiAlternatives) -> EmailMultiAlternatives:
    """The message, with its text as a page too: paragraphs, links to this site, codes that are easy to read off.

    The page asks for nothing: no pictures, no fonts, no counting of who opened it.
    """
    context = {"paragraphs": list(paragraphs(str(message.body))), "site_name": settings.SITE_NAME}
    message.attach_alternative(render_to_string("mail/page.html", context), "text/html")
    return message


def send_mail(email: str, subject: str, text: str) -> None:
    """Send one mail of the site to one person."""
    headers = {"Auto-Submitted": "auto-generated"}
    add_html(EmailMultiAlternatives(subject, text, to=[email], headers=headers)).send()


def paragraphs(text: str) -> Iterator[Paragraph]:
    """The parts of a text between empty lines."""
    for part in re.split(r"\n\s*\n", text.strip()):
        lines = [line.strip() for line in part.splitlines()]
        if CODE.fullmatch(part.strip()):
            yield Paragraph(escape(part.strip()), is_code=True)
        else:
            yield Paragraph(mark_safe("<br>".join(linked(line) for line in lines)))  # noqa: S308 -- each line is escaped


def linked(line: str) -> SafeString:
    """The line, escaped; as a link where it is an address of this site and nothing else."""
    if (line == settings.SITE_URL or line.startswith(f"{settings.SITE_URL}/")) and " " not in line:
        return format_html('<a href="{}">{}</a>', line, line)
    return escape(line)
