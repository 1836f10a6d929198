"""The dashboard in words: a heading, a sentence, a chart and a table for each of its figures."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.formats import date_format, number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from moderation import charts
from moderation.dashboard import WEEK, Daily, Dashboard, Queue, Requests, Share, Waits

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Panel:
    name: str
    heading: str
    sentence: str
    chart: SafeString
    note: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]  # newest first


@dataclass(frozen=True)
class KindRow:
    """One kind of case in the queue."""

    key: str
    label: str
    count: int
    late: int
    oldest: str
    bar: SafeString


def panels(dashboard: Dashboard) -> list[Panel]:
    """What is drawn below the queue, in the order in which it matters."""
    return [
        _decisions(dashboard.decisions),
        _share(
            "answered",
            _("Answered within 24 hours"),
            _("%(share)s of the questions of 7 days were answered within 24 hours"),
            dashboard.answered,
        ),
        _share(
            "professional",
            _("Answered by a professional within 72 hours"),
            _("%(share)s of the questions of 7 days were answered by a professional within 72 hours"),
            dashboard.by_professional,
        ),
        _daily("questions", _("Questions a day"), _questions_words(dashboard.questions), dashboard.questions),
        _daily("votes", _("Helpful votes a day"), _votes_words(dashboard.votes), dashboard.votes),
        _daily("members", _("New members a day"), _members_words(dashboard.members), dashboard.members),
    ]


def queue_sentence(queue: Queue, now: datetime) -> str:
    if not queue.count:
        return _("Nothing waits for you.")
    words = ngettext("%(n)s case is open", "%(n)s cases are open", queue.count) % {"n": counted(queue.count)}
    late = ngettext("%(n)s of them late", "%(n)s of them late", queue.late) % {"n": counted(queue.late)}
    late = late if queue.late else _("none of them late")
    more = queue.count - queue.week_ago
    trend = _("as many as a week ago")
    if more:
        text = _("%(n)s more than a week ago") if more > 0 else _("%(n)s fewer than a week ago")
        trend = text % {"n": counted(abs(more))}
    oldest = lasting(now - queue.oldest) if queue.oldest else ""
    return _("%(open)s, %(late)s; %(trend)s. The oldest has waited for %(oldest)s.") % {
        "open": words,
        "late": late,
        "trend": trend,
        "oldest": oldest,
    }


def queue_rows(queue: Queue, now: datetime) -> list[KindRow]:
    longest = max((kind.count for kind in queue.kinds), default=0)
    return [
        KindRow(
            key=kind.kind.value,
            label=str(kind.kind.label),
            count=kind.count,
            late=kind.late,
            oldest=lasting(now - kind.oldest) if kind.oldest else "",
            bar=charts.bar(kind.late, kind.on_time, longest),
        )
        for kind in queue.kinds
    ]


def requests_sentence(requests: Requests, now: datetime) -> str:
    if not requests.oldest:
        return _("No request for the badge waits.")
    words = ngettext(
        "%(n)s request for the badge waits, for %(oldest)s.",
        "%(n)s requests for the badge wait, the oldest for %(oldest)s.",
        requests.count,
    )
    return words % {"n": counted(requests.count), "oldest": lasting(now - requests.oldest)}


def counted(number: int) -> str:
    return str(number_format(number, force_grouping=True))


def lasting(time: timedelta) -> str:
    """A length of time in one unit."""
    if time < HOUR:
        minutes = max(0, int(time.total_seconds())) // 60
        return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}
    if time < 2 * DAY:
        return _hours(round(time / HOUR))
    return _days(round(time / DAY))


def _hours(number: int) -> str:
    return ngettext("%(n)s hour", "%(n)s hours", number) % {"n": number}


def _days(number: int) -> str:
    return ngettext("%(n)s day", "%(n)s days", number) % {"n": counted(number)}


def per_cent(share: float | None) -> str:
    return "–" if share is None else _("%(n)s%%") % {"n": round(100 * share)}


def short(day: date) -> str:
    return date_format(day, "j M")


def long(day: date) -> str:
    return date_format(day, "D j M")


def _and(figure: str, trend: str) -> str:
    return _("%(figure)s, %(trend)s.") % {"figure": figure, "trend": trend}


def _compared(now: int, before: int) -> str:
    if now == before:
        return _("as many as the week before")
    text = _("%(n)s more than the week before") if now > before else _("%(n)s fewer than the week before")
    return text % {"n": counted(abs(now - before))}


def _questions_words(daily: Daily) -> str:
    n = daily.last_week
    return ngettext("%(n)s question in the last 7 days", "%(n)s questions in the last 7 days", n) % {"n": counted(n)}


def _members_words(daily: Daily) -> str:
    n = daily.last_week
    return ngettext("%(n)s new member in the last 7 days", "%(n)s new members in the last 7 days", n) % {
        "n": counted(n)
    }


def _votes_words(daily: Daily) -> str:
    n = daily.last_week
    return ngettext("%(n)s helpful vote in the last 7 days", "%(n)s helpful votes in the last 7 days", n) % {
        "n": counted(n)
    }


def _weeks_of(days: Iterable[date]) -> dict[int, str]:
    """Where weeks begin, as lines of a chart."""
    return {place: short(day) for place, day in enumerate(days) if day.weekday() == 0}


def _daily(name: str, heading: str, figure: str, daily: Daily) -> Panel:
    most = max(daily.counts)
    words = {"first": short(daily.days[0]), "last": short(daily.days[-1])}
    description = _("A column for each day from %(first)s to %(last)s.") % words
    if most:
        words = {"n": counted(most), "day": long(daily.days[daily.counts.index(most)])}
        description += " " + _("The highest is %(n)s on %(day)s.") % words
    rows = [(long(day), counted(count)) for day, count in zip(daily.days, daily.counts, strict=True)]
    end = charts.end_of_axis(most)
    chart = charts.columns(
        charts.Frame(
            f"chart-{name}",
            heading,
            description,
            counted(int(end)),
            _("last 7 days"),
            _hints(rows),
            _weeks_of(daily.days),
        ),
        daily.counts,
        end=end,
        new_from=len(daily.counts) - WEEK,
    )
    sentence = _and(figure, _compared(daily.last_week, daily.week_before))
    return Panel(name, heading, sentence, chart, "", (_("Day"), heading), rows[::-1])


def _hints(rows: Sequence[tuple[str, ...]]) -> list[str]:
    return [_("%(day)s: %(figure)s") % {"day": row[0], "figure": row[-1]} for row in rows]


def _share(name: str, heading: str, figure: str, share: Share) -> Panel:
    days = share.asked.days
    known = zip(days, share.asked.counts, share.reached, share.by_day, strict=False)
    rows = [(long(day), counted(asked), counted(reached), per_cent(part)) for day, asked, reached, part in known]
    later = [(long(day), counted(share.asked.counts[share.known + n]), "–", _("not known yet"))
             for n, day in enumerate(days[share.known :])]  # fmt: skip
    reached, asked = share.of_week(share.known)
    description = _(
        "A dot for each day from %(first)s to %(last)s, a line for the share of seven days. "
        "Newer days are hatched: nothing is known of them yet."
    ) % {"first": short(days[0]), "last": short(days[share.known - 1])}
    by_week = share.by_week
    chart = charts.shares(
        charts.Frame(
            f"chart-{name}",
            heading,
            description,
            per_cent(1),
            _("not known yet"),
            _hints([*rows, *later]),
            _weeks_of(days),
        ),
        share.by_day,
        by_week,
        places=len(days),
        label=per_cent(by_week[-1]) if by_week[-1] is not None else "",
    )
    sentence = _("Nothing was asked in the seven days before %(day)s.") % {"day": short(days[share.known - 1] + DAY)}
    if asked:
        sentence = _and(figure % {"share": per_cent(reached / asked)}, _points(share))
    return Panel(
        name,
        heading,
        sentence,
        chart,
        _("Dots are single days, the line is the share of seven days."),
        (_("Day"), _("Questions"), _("In time"), _("Share")),
        [*rows, *later][::-1],
    )


def _points(share: Share) -> str:
    """How the share of the last known week compares with the one before, in the figures that are shown."""
    now, before = share.by_week[share.known - 1], share.by_week[share.known - 1 - WEEK]
    if now is None or before is None:
        return _("with none the week before to compare")
    points = round(100 * now) - round(100 * before)
    if not points:
        return _("the same as the week before")
    text = ngettext("%(n)s point more than the week before", "%(n)s points more than the week before", points)
    if points < 0:
        text = ngettext("%(n)s point less than the week before", "%(n)s points less than the week before", -points)
    return text % {"n": abs(points)}


def _decisions(waits: Waits) -> Panel:
    heading = _("Time to a decision")
    known = [median for median in waits.medians if median is not None]
    unit = DAY if max(known, default=HOUR) > 3 * DAY else HOUR
    values = [None if median is None else median / unit for median in waits.medians]
    end = charts.end_of_axis(max((value for value in values if value is not None), default=0))
    last, before = waits.medians[-1], waits.medians[-2]
    if last is None:
        sentence = _("No case was decided in the last 7 days.")
    else:
        figure = _("Half of the cases decided in the last 7 days took less than %(time)s") % {"time": lasting(last)}
        trend = _("with none the week before to compare")
        if before is not None:
            trend = _("the week before %(time)s") % {"time": lasting(before)}
        sentence = _and(figure, trend)
    rows = [
        (
            _("%(first)s to %(last)s") % {"first": short(week), "last": short(week + 6 * DAY)},
            counted(count),
            "–" if median is None else lasting(median),
        )
        for week, count, median in zip(waits.weeks, waits.counts, waits.medians, strict=True)
    ]
    description = _("A column for each of the last %(n)s weeks: within what time half of its cases were decided.")
    chart = charts.columns(
        charts.Frame(
            "chart-decisions",
            heading,
            description % {"n": len(rows)},
            _hours(int(end)) if unit == HOUR else _days(int(end)),
            _("last 7 days"),
            _hints(rows),
            {place: short(week) for place, week in enumerate(waits.weeks) if place % 4 == 0},
        ),
        values,
        end=end,
        new_from=len(rows) - 1,
    )
    return Panel("decisions", heading, sentence, chart, "", (_("Week"), _("Cases"), _("Half within")), rows[::-1])
