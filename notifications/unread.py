"""The number of unread notifications in the header."""

from typing import cast

from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import User
from notifications.counting import SHOWN_AT_MOST, Unread, unread_of

NOBODYS = "<span data-unread></span>"


def unread_html(unread: Unread) -> SafeString:
    """The place of the number, empty where there is nothing new; the script of an open page writes there too."""
    if words := in_words(unread):
        return format_html('<span data-unread><span class="unread">{}</span></span>', words)
    return SafeString(NOBODYS)


def in_words(unread: Unread) -> str:
    """The number as the header says it, and that mails do not arrive; nothing where there is nothing to say."""
    shown = f"{SHOWN_AT_MOST}+" if unread.number >= SHOWN_AT_MOST else str(unread.number)
    number = _("%(n)s unread") % {"n": shown} if unread.number else ""
    return ", ".join(filter(None, [number, _("e-mails stopped") if unread.no_mail else ""]))


def fill_unread(request: HttpRequest, html: str) -> str:
    """A page made for nobody in particular, with the member's own number."""
    return html.replace(NOBODYS, unread_html(unread_of(cast(User, request.user).pk)), 1)
