"""Formatting for templates: these never query."""

from datetime import datetime
from html import unescape

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.html import format_html, json_script, strip_tags
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from common.words import SCRIPT_WORDS

register = template.Library()


@register.simple_tag
def when(moment: datetime) -> SafeString:
    """A <time> a person can read: '3 hours ago' in the last week, the date before that."""
    local = timezone.localtime(moment)
    age = timezone.now() - local
    day = date_format(local, "DATE_FORMAT")
    exact = _("%(day)s, %(time)s UTC") % {"day": day, "time": time_format(local, "H:i")}
    if age.total_seconds() < 60:
        shown = _("just now")
    elif age.days < 7:
        shown = _("%(time)s ago") % {"time": timesince(local, depth=1).replace("\xa0", " ")}
    else:
        shown = day
    return format_html('<time datetime="{}" title="{}">{}</time>', local.isoformat(timespec="seconds"), exact, shown)


@register.simple_tag
def script_words() -> SafeString:
    """The block of data with the words of the scripts."""
    return json_script({name: str(words) for name, words in SCRIPT_WORDS.items()}, "words")


@register.filter
def excerpt(markup: str, length: int) -> str:
    """The beginning of a text, without its markup; to be escaped by the template like any text."""
    return Truncator(unescape(strip_tags(markup))).chars(length)


@register.simple_tag
def icon(name: str) -> SafeString:
    """A decorative icon from the site's own sprite."""
    sprite = static("img/icons.svg")
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>', sprite, name
    )
