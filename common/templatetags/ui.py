"""Formatting for templates: these never query."""

import json
from datetime import datetime, timedelta
from html import unescape
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.html import format_html, json_script, strip_tags
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from common.shown import changes_at
from common.words import SCRIPT_WORDS

register = template.Library()
ZERO, MINUTE, HOUR, DAY = timedelta(), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@register.simple_tag
def when(moment: datetime) -> SafeString:
    """A <time> a person can read: '3 hours ago' in the last week, the date before that."""
    local = timezone.localtime(moment)
    now = timezone.now()
    age = now - local
    day = date_format(local, "DATE_FORMAT")
    exact = _("%(day)s, %(time)s UTC") % {"day": day, "time": time_format(local, "H:i")}
    if age.days < 7:
        unit = MINUTE if age < HOUR else HOUR if age < DAY else DAY
        changes_at(moment + (max(age, ZERO) // unit + 1) * unit)
    if age < MINUTE:
        shown = _("just now")
    elif age.days < 7:
        shown = _("%(time)s ago") % {"time": timesince(local, now, depth=1).replace("\xa0", " ")}
    else:
        shown = day
    return format_html('<time datetime="{}" title="{}">{}</time>', local.isoformat(timespec="seconds"), exact, shown)


# "</script>" in a text must not end the block; escapes of JSON keep the text as it is.
IN_SCRIPT = str.maketrans({letter: f"\\u{ord(letter):04X}" for letter in "<>&\u2028\u2029"})


@register.simple_tag
def json_ld(data: dict[str, Any]) -> SafeString:
    """A block of structured data. It is data, so the Content-Security-Policy does not stop it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(IN_SCRIPT)
    return SafeString(f'<script type="application/ld+json">{text}</script>')


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
