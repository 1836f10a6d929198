"""What the first page of the admin tells a moderator: what waits, and how the site is doing. Counts only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property, reduce
from operator import or_
from typing import Any

from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.db.models import (
    Aggregate,
    Count,
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import TruncDate
from django.utils import timezone

from accounts.models import User
from credentials.models import Credential
from forum.models import HelpfulVote, Post, Reply, Thread
from forum.models.forums import moderated_forums
from moderation.mail import reachable_staff
from moderation.models import Case
from moderation.models.cases import DUE, OPEN

WEEK = 7
DAYS = 28
WEEKS = 12
# How long a question may wait, and how many of the latest whole days say nothing yet because that time still runs.
FOR_AN_ANSWER, ANSWERS_OPEN = timedelta(hours=24), 1
FOR_A_PROFESSIONAL, PROFESSIONALS_OPEN = timedelta(hours=72), 3
FRESH = 300  # seconds that figures of whole days are kept; the queue never is
NAMED = 5  # people on call who are named


@dataclass(frozen=True)
class Daily:
    """One count for each day, without gaps."""

    first: date
    counts: tuple[int, ...]

    @cached_property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range(len(self.counts))]

    @property
    def last_week(self) -> int:
        return sum(self.counts[-WEEK:])

    @property
    def week_before(self) -> int:
        return sum(self.counts[-2 * WEEK : -WEEK])


@dataclass(frozen=True)
class Share:
    """How many of each day's questions got something in time; the latest days are not `known` yet."""

    asked: Daily
    reached: tuple[int, ...]  # as long as known
    known: int

    def of_week(self, end: int) -> tuple[int, int]:
        """What was reached, of how many, in the seven days before the day numbered `end`."""
        days = slice(max(0, end - WEEK), end)
        return sum(self.reached[days]), sum(self.asked.counts[days])

    @property
    def by_day(self) -> list[float | None]:
        """From 0 to 1; None for a day without questions."""
        pairs = zip(self.reached, self.asked.counts, strict=False)
        return [reached / asked if asked else None for reached, asked in pairs]

    @property
    def by_week(self) -> list[float | None]:
        """For each known day the share over the seven days that end with it; None until there are seven."""
        found: list[float | None] = []
        for end in range(1, self.known + 1):
            reached, asked = self.of_week(end)
            found.append(reached / asked if asked and end >= WEEK else None)
        return found


@dataclass(frozen=True)
class Waits:
    """For each of the last weeks, how many cases were decided and how long half of them took at most."""

    first: date
    counts: tuple[int, ...]
    medians: tuple[timedelta | None, ...]

    @property
    def weeks(self) -> list[date]:
        """The day on which each week begins."""
        return [self.first + timedelta(days=WEEK * number) for number in range(len(self.counts))]


@dataclass(frozen=True)
class Waiting:
    """The open cases of one kind."""

    kind: Case.Kind
    count: int
    late: int
    oldest: datetime | None
    week_ago: int  # how many were open then

    @property
    def on_time(self) -> int:
        return self.count - self.late


@dataclass(frozen=True)
class Queue:
    """What somebody may decide, by kind in the order of urgency."""

    kinds: list[Waiting]

    @property
    def count(self) -> int:
        return sum(kind.count for kind in self.kinds)

    @property
    def late(self) -> int:
        return sum(kind.late for kind in self.kinds)

    @property
    def week_ago(self) -> int:
        return sum(kind.week_ago for kind in self.kinds)

    @property
    def oldest(self) -> datetime | None:
        return min((kind.oldest for kind in self.kinds if kind.oldest), default=None)


@dataclass(frozen=True)
class Requests:
    """Requests for the badge that wait for a reviewer."""

    count: int
    oldest: datetime | None
    may_review: bool


@dataclass(frozen=True)
class Dashboard:
    now: datetime
    queue: Queue
    on_call: list[str]  # one more than are named where there are more
    requests: Requests
    decisions: Waits
    questions: Daily
    answered: Share
    by_professional: Share
    members: Daily
    votes: Daily


def dashboard_for(user: Any, *, now: datetime | None = None) -> Dashboard | None:
    """What a moderator sees first; None for everybody else. Days are whole ones, the last one is yesterday."""
    if not (user.is_authenticated and user.is_moderator):
        return None
    now = now or timezone.now()
    today = timezone.localdate(now)
    figures = _figures(today)
    first = today - timedelta(days=DAYS)
    asked = Daily(first, figures["asked"])
    on_call = reachable_staff().filter(is_on_call=True).order_by("username")
    return Dashboard(
        now=now,
        queue=queue_of(user, now),
        on_call=list(on_call.values_list("username", flat=True)[: NAMED + 1]),
        requests=_requests(user),
        decisions=Waits(today - timedelta(days=WEEK * WEEKS), figures["decided"], figures["medians"]),
        questions=asked,
        answered=_share(asked, figures["answered"], ANSWERS_OPEN),
        by_professional=_share(asked, figures["by_professional"], PROFESSIONALS_OPEN),
        members=Daily(first, figures["members"]),
        votes=Daily(first, figures["votes"]),
    )


def _share(asked: Daily, reached: tuple[int, ...], still_open: int) -> Share:
    known = len(asked.counts) - still_open
    return Share(asked, reached[:known], known)


def queue_of(user: Any, now: datetime) -> Queue:
    """What waits for this moderator now; kinds of which nobody could give them one are left out."""
    late = reduce(or_, (Q(urgency=urgency, opened_at__lt=now - due) for urgency, due in DUE.items()))
    then = now - timedelta(days=WEEK)
    rows = (
        Case.objects.visible_to(user)
        .filter(OPEN | Q(closed_at__gt=then))
        .order_by()
        .values("kind")
        .annotate(
            count=Count("pk", filter=OPEN),
            late=Count("pk", filter=OPEN & late),
            oldest=Min("opened_at", filter=OPEN),
            week_ago=Count("pk", filter=Q(opened_at__lte=then)),
        )
    )
    found = {row.pop("kind"): row for row in map(dict[str, Any], rows)}
    has_requests = user.has_perm("credentials.review_credential") and moderated_forums(user) is None
    none: dict[str, Any] = {"count": 0, "late": 0, "oldest": None, "week_ago": 0}
    kinds = [kind for kind in Case.Kind if kind != Case.Kind.CREDENTIAL or has_requests]
    return Queue([Waiting(kind, **found.get(kind.value, none)) for kind in kinds])


def _requests(user: Any) -> Requests:
    waiting = Credential.objects.waiting().aggregate(count=Count("pk"), oldest=Min("submitted_at"))
    return Requests(**waiting, may_review=user.has_perm("credentials.review_credential"))


def _figures(today: date) -> dict[str, Any]:
    """The counts of whole days before today, kept for some minutes as plain numbers."""
    key = f"dashboard:{today}"
    figures: dict[str, Any] | None = cache.get(key)
    if figures is None:
        first = today - timedelta(days=DAYS)
        figures = {
            **_questions(first, today),
            **_decisions(today),
            "members": _per_day(_new_members(), "date_joined", first, today),
            "votes": _per_day(HelpfulVote.objects.all(), "created_at", first, today),
        }
        cache.set(key, figures, FRESH)
    return figures


def _start(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _between(field: str, first: date, end: date) -> Q:
    return Q(**{f"{field}__gte": _start(first), f"{field}__lt": _start(end)})


def _spread(first: date, end: date, rows: Iterable[Mapping[str, Any]], name: str) -> tuple[int, ...]:
    """A count for every day, also for those without a row."""
    found = {row["day"]: row[name] for row in rows}
    return tuple(found.get(first + timedelta(days=number), 0) for number in range((end - first).days))


def _per_day(rows: QuerySet[Any], field: str, first: date, end: date) -> tuple[int, ...]:
    counted = rows.filter(_between(field, first, end)).order_by().annotate(day=TruncDate(field)).values("day")
    return _spread(first, end, counted.annotate(count=Count("pk")), "count")


def _new_members() -> QuerySet[User]:
    """Who has signed up and confirmed the address; others are forgotten after some days.

    Not an EXISTS: PostgreSQL would make a join of it that reads the addresses of all members.
    """
    confirmed = EmailAddress.objects.filter(user=OuterRef("pk"), verified=True).values("verified")[:1]
    members: QuerySet[User] = User.objects.filter(kind=User.Kind.MEMBER)
    return members.alias(confirmed=Subquery(confirmed)).filter(confirmed=True)


def _questions(first: date, end: date) -> dict[str, tuple[int, ...]]:
    """Published questions by day, and how many of them somebody else answered in time.

    The counters of a question come first: one without replies costs no look at the replies.
    """
    replies = Reply.objects.filter(thread=OuterRef("pk"), status=Post.Status.PUBLISHED, by_asker=False)
    soon = Exists(replies.filter(created_at__lte=OuterRef("created_at") + FOR_AN_ANSWER))
    checked = Exists(replies.filter(created_at__lte=OuterRef("created_at") + FOR_A_PROFESSIONAL, has_badge=True))
    threads = Thread.objects.listed().filter(_between("created_at", first, end)).order_by()
    rows = list(
        threads.annotate(day=TruncDate("created_at"))
        .values("day")
        .annotate(
            asked=Count("pk"),
            answered=Count("pk", filter=Q(reply_count__gt=0) & Q(soon)),
            by_professional=Count("pk", filter=Q(professional_reply_count__gt=0) & Q(checked)),
        )
    )
    return {name: _spread(first, end, rows, name) for name in ("asked", "answered", "by_professional")}


class Median(Aggregate):
    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


def _decisions(today: date) -> dict[str, tuple[Any, ...]]:
    """By week how many cases were decided and their median time, without those that moderators opened themselves."""
    first = today - timedelta(days=WEEK * WEEKS)
    week = Func(
        Value(timedelta(days=WEEK)), F("closed_at"), Value(_start(first)), function="DATE_BIN",
        output_field=DateTimeField(),
    )  # fmt: skip
    waited = ExpressionWrapper(F("closed_at") - F("opened_at"), output_field=DurationField())
    rows = (
        Case.objects.filter(_between("closed_at", first, today))
        .exclude(kind=Case.Kind.OWN)
        .order_by()
        .annotate(week=week)
        .values("week")
        .annotate(count=Count("pk"), median=Median(waited))
    )
    found: dict[int, Any] = {(timezone.localdate(row["week"]) - first).days // WEEK: row for row in rows}
    none: Mapping[str, Any] = {"count": 0, "median": None}
    weeks: list[Mapping[str, Any]] = [found.get(number, none) for number in range(WEEKS)]
    return {"decided": tuple(row["count"] for row in weeks), "medians": tuple(row["median"] for row in weeks)}
