"""The number of unread notifications in the header."""

from typing import cast

from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import User
from notifications.counting import SHOWN_AT_MOST, unread_count

NOBODYS = "<span data-unread></span>"


def unread_html(unread: int) -> SafeString:
    """The place of the number, empty where there is nothing new; the script of an open page writes there too."""
    if not unread:
        return SafeString(NOBODYS)
    return format_html('<span data-unread><span class="unread">{}</span></span>', in_words(unread))


def in_words(unread: int) -> str:
    """The number as the header says it; nothing for none."""
    shown = f"{SHOWN_AT_MOST}+" if unread >= SHOWN_AT_MOST else str(unread)
    return _("%(n)s unread") % {"n": shown} if unread else ""


def fill_unread(request: HttpRequest, html: str) -> str:
    """A page made for nobody in particular, with the member's own number."""
    return html.replace(NOBODYS, unread_html(unread_count(cast(User, request.user).pk)), 1)
