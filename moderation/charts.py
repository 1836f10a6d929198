"""Small charts as SVG: numbers and words in, markup out. No colours here, static/backoffice/dashboard.css has them.

Places are given in per cent and nothing is scaled as a picture, so that a chart fits any width and its words keep the
size of the text around it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from math import floor, log10

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

# Per cent of the height: what the numbers are drawn in; words stand above and below.
TOP, HEIGHT = 16.0, 64.0
BASE = TOP + HEIGHT
ROOM = 12.0  # per cent of the width that the words of a tick need
GAP = 0.14  # of a column's place, on either side
# Ends of an axis, of which the half is a whole number too: up to ten, and in tens and above.
UP_TO_TEN = (2, 4, 6, 8, 10)
ROUND = (1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.4, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


@dataclass(frozen=True)
class Frame:
    """What every chart has: its name in the page, what is read out, and what stands below it."""

    name: str
    title: str
    description: str
    end_label: str  # what the top of the axis stands for
    newest: str = ""  # what sets the newest places apart
    hints: Sequence[str] = ()  # one for each place, shown under the pointer
    ticks: Mapping[int, str] = field(default_factory=dict)  # lines between places, with words


def end_of_axis(highest: float) -> float:
    """A round number that is not below the highest value, and of which the half is a whole number."""
    if highest <= UP_TO_TEN[-1]:
        return float(next(end for end in UP_TO_TEN if end >= highest))
    unit = 10.0 ** floor(log10(highest))
    return next(round(unit * step) for step in ROUND if round(unit * step) >= highest)


def columns(frame: Frame, values: Sequence[float | None], *, end: float, new_from: int = 0) -> SafeString:
    """A column for each value on an axis from zero to `end`; those from `new_from` on stand out."""
    step = 100 / max(1, len(values))
    drawn = format_html_join(
        "",
        '<rect class="chart__column{}" x="{}%" y="{}%" width="{}%" height="{}%"/>',
        (
            (
                " chart__column--new" if place >= new_from else "",
                _number(step * (place + GAP)),
                _number(_height(value, end)),
                _number(step * (1 - 2 * GAP)),
                _number(BASE - _height(value, end)),
            )
            for place, value in enumerate(values)
            if value
        ),
    )
    return _chart(frame, len(values), drawn)


def shares(
    frame: Frame, dots: Sequence[float | None], line: Sequence[float | None], *, places: int, label: str
) -> SafeString:
    """Shares from 0 to 1: a dot for each value, a line for the course, its last point with a label.

    Places beyond the last value are hatched: nothing is known of them yet.
    """
    step = 100 / max(1, places)
    hatch = f"{frame.name}-hatch"
    drawn = SafeString()
    if len(dots) < places:
        drawn += format_html(
            '<defs><pattern id="{}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
            '<line class="chart__hatch" x1="0" y1="0" x2="0" y2="6"/></pattern></defs>'
            '<rect class="chart__unknown" x="{}%" y="{}%" width="{}%" height="{}%" fill="url(#{})"/>',
            hatch, _number(step * len(dots)), _number(TOP), _number(100 - step * len(dots)), _number(HEIGHT), hatch,
        )  # fmt: skip
    drawn += format_html_join(
        "",
        '<circle class="chart__dot" cx="{}%" cy="{}%" r="2.5"/>',
        (
            (_number(step * (place + 0.5)), _number(_height(value, 1)))
            for place, value in enumerate(dots)
            if value is not None
        ),
    )
    drawn += format_html(
        '<svg y="{}%" width="100%" height="{}%" viewBox="0 0 100 100" preserveAspectRatio="none"'
        ' class="chart__course" aria-hidden="true">{}</svg>',
        _number(TOP), _number(HEIGHT), _course(line, step),
    )  # fmt: skip
    reached = [(place, value) for place, value in enumerate(line) if value is not None]
    if reached:
        place, value = reached[-1]
        x, y = step * (place + 0.5), _height(value, 1)
        drawn += format_html('<circle class="chart__end" cx="{}%" cy="{}%" r="3.5"/>', _number(x), _number(y))
        drawn += _label(x, y, label)
    return _chart(frame, places, drawn)


def bar(filled: int, hollow: int, longest: int) -> SafeString:
    """A bar beside the numbers that it shows, which are read out instead of it."""
    whole = max(1, longest)
    first, second = (_number(100 * count / whole) for count in (filled, hollow))
    parts = SafeString()
    if filled:
        parts += format_html('<rect class="bar__late" x="0" y="0" width="{}%" height="100%"/>', first)
    if hollow:
        parts += format_html('<rect class="bar__rest" x="{}%" y="0" width="{}%" height="100%"/>', first, second)
    return format_html('<svg class="bar" aria-hidden="true" focusable="false">{}</svg>', parts)


def _number(value: float) -> str:
    """As short as it can be, with a point in every language."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _height(value: float | None, end: float) -> float:
    """Where a value stands; from zero at the base to the end of the axis at the top."""
    return BASE - HEIGHT * min(1.0, (value or 0) / end)


def _course(line: Sequence[float | None], step: float) -> SafeString:
    """A line for each stretch without gaps."""
    stretches: list[list[tuple[int, float]]] = []
    for is_known, points in groupby(enumerate(line), key=lambda point: point[1] is not None):
        if is_known:
            stretches.append([(place, value) for place, value in points if value is not None])
    return format_html_join(
        "",
        '<polyline class="chart__line" points="{}"/>',
        (
            (" ".join(f"{_number(step * (place + 0.5))},{_number(100 * (1 - value))}" for place, value in stretch),)
            for stretch in stretches
        ),
    )


def _label(x: float, y: float, label: str) -> SafeString:
    """Words that end at a point; above it, or below where there is no room above."""
    has_room = y > TOP + 10
    return format_html(
        '<text class="chart__value" x="{}%" y="{}%" dy="{}" text-anchor="end">{}</text>',
        _number(x), _number(y), "-0.5em" if has_room else "1.3em", label,
    )  # fmt: skip


def _chart(frame: Frame, places: int, drawn: SafeString) -> SafeString:
    step = 100 / max(1, places)
    return format_html(
        '<svg class="chart" role="img" aria-labelledby="{name}-title {name}-description">'
        '<title id="{name}-title">{title}</title><desc id="{name}-description">{description}</desc>'
        "{grid}{drawn}{base}{words}{hints}</svg>",
        name=frame.name,
        title=frame.title,
        description=frame.description,
        grid=_lines((TOP, TOP + HEIGHT / 2)) + _ticks(frame.ticks, step),
        drawn=drawn,
        base=_lines([BASE], "chart__base"),
        words=_heads(frame) + _words(frame.ticks, step),
        hints=_hints(frame.hints, step),
    )


def _lines(heights: Iterable[float], name: str = "chart__grid") -> SafeString:
    return format_html_join(
        "",
        '<line class="{}" x1="0" y1="{}%" x2="100%" y2="{}%"/>',
        ((name, _number(height), _number(height)) for height in heights),
    )


def _ticks(ticks: Mapping[int, str], step: float) -> SafeString:
    return format_html_join(
        "",
        '<line class="chart__grid" x1="{}%" y1="{}%" x2="{}%" y2="{}%"/>',
        (
            (_number(step * place), _number(TOP), _number(step * place), _number(BASE + 4))
            for place in ticks
            if place > 0
        ),
    )


def _heads(frame: Frame) -> SafeString:
    """What stands above the chart: on the left the end of the axis, on the right what the newest places are."""
    heads = format_html('<text class="chart__word" x="0" y="{}%" dy="-0.4em">{}</text>', _number(TOP), frame.end_label)
    if frame.newest:
        heads += format_html(
            '<text class="chart__word" x="100%" y="{}%" dy="-0.4em" text-anchor="end">{}</text>',
            _number(TOP), frame.newest,
        )  # fmt: skip
    return heads


def _words(ticks: Mapping[int, str], step: float) -> SafeString:
    """What stands below the lines; every second one is left out by the style sheet where large words need its room."""
    return format_html_join(
        "",
        '<text class="chart__word{}" x="{}%" y="{}%" dy="1.25em">{}</text>',
        (
            (" chart__word--second" if number % 2 else "", _number(step * place), _number(BASE + 2), words)
            for number, (place, words) in enumerate(ticks.items())
            if step * place <= 100 - ROOM
        ),
    )


def _hints(hints: Sequence[str], step: float) -> SafeString:
    return format_html_join(
        "",
        '<rect class="chart__hint" x="{}%" y="{}%" width="{}%" height="{}%"><title>{}</title></rect>',
        (
            (_number(step * place), _number(TOP), _number(step), _number(HEIGHT), hint)
            for place, hint in enumerate(hints)
        ),
    )
