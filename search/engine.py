"""Finding questions. docs/search.md says how results are ranked and what bounds the cost."""

import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from html import escape, unescape
from math import comb, log2
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import OperationalError, connections, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import BooleanField, F, FloatField, Func, QuerySet, Value
from django.utils.safestring import SafeString, mark_safe

from common.replica import read_alias
from forum.models import Thread
from resources.models import Resource
from search.models import ThreadDocument
from search.queries import CONFIG, Query, near_sql, parse, to_sql
from search.rules import fold
from search.spelling import corrections
from search.synonyms import Thesaurus, current

BUDGET = 2.0  # seconds, for everything that a search asks the database
CANDIDATES = 600  # that many matching questions are ranked, the newest
SHOWN = 100  # and that many of them can be paged through
CHOICES = 66  # ways to leave words out that are tried at once
REFUSED = ("57014", "54001")  # what PostgreSQL says of a query that takes too long, or is too deep
FEW = 5  # with fewer results a query is read less strictly
RESOURCES = 3
MARK_ON, MARK_OFF = "\ue000", "\ue001"  # private use: no post can hold them, see common.text
# Weights from D to A: others, professionals, question, title.
TEXT_RANK = "ts_rank('{{0.1, 0.3, 0.4, 1.0}}', c.vector, %({query})s::tsquery, 1)"
# Up: helpful marks and answers by professionals; down: age.
STANDING = """
    (1 + 0.1 * ln(1 + c.helpful_count))
    * CASE WHEN c.professional_reply_count > 0 THEN 1.2 ELSE 1 END
    * (0.75 + 0.25 * exp(-extract(epoch FROM now() - c.created_at) / (3 * 31557600.0)))
"""
# The question and its best replies, with the words marked; nothing under the name of somebody the reader has blocked.
PASSAGES = f"""
    SELECT t.id, ts_headline(
        '{CONFIG}', translate(left(t.body_html || coalesce(r.text, ''), 20000), '~', ' '), %s::tsquery,
        'StartSel={MARK_ON}, StopSel={MARK_OFF}, MaxWords=34, MinWords=18, ShortWord=2')
    FROM forum_thread t
    LEFT JOIN LATERAL (
        SELECT string_agg(best.body_html, ' ') AS text
        FROM (
            SELECT body_html FROM forum_reply
            WHERE thread_id = t.id AND status = 'published' AND ((by_asker AND t.is_anonymous) OR NOT EXISTS (
                SELECT FROM accounts_block b WHERE b.user_id = %s AND b.blocked_id = forum_reply.author_id))
            ORDER BY helpful_count DESC, created_at, id LIMIT 8
        ) best
    ) r ON true
    WHERE t.id = ANY(%s) AND t.status = 'published'
"""
ORDERS = {
    "relevance": "score DESC, c.id DESC",
    "newest": "c.created_at DESC, c.id DESC",
    "helpful": "c.helpful_count DESC, score DESC, c.id DESC",
}


_deadline: ContextVar[float] = ContextVar("deadline")


class Matches(Func):
    """Whether a vector matches a tsquery."""

    template, arg_joiner, output_field = "(%(expressions)s::tsquery)", " @@ ", BooleanField()


@dataclass
class Results:
    """What a search found: ids in order, how many in each forum, and how the query was read."""

    ids: list[int] = field(default_factory=list)
    total: int = 0
    strict: int = 0  # so many of them match every clause
    matched: int = 0  # so many clauses the others match at least
    forums: Counter[int] = field(default_factory=Counter)
    also: list[str] = field(default_factory=list)  # synonyms that were looked for too
    corrected: str = ""  # the query that was answered in place of what was typed
    resources: list[Resource] = field(default_factory=list)
    tsquery: str = ""
    is_relaxed: bool = False  # not every word had to be there
    is_empty: bool = False  # nothing but words that say nothing
    is_too_broad: bool = False
    was_cut: bool = False

    @property
    def is_capped(self) -> bool:
        """Whether there are more than were looked at."""
        return self.total >= CANDIDATES


@dataclass(frozen=True)
class Scope:
    """Among which questions somebody looks, and in which order."""

    threads: QuerySet[Thread]
    user: Any
    sort: str = "relevance"
    is_narrowed: bool = False  # by anything but what everybody may see


def search(text: str, scope: Scope, *, spell: bool = True, widen: bool = True, budget: float | None = None) -> Results:
    """The questions that `text` asks for, within a fixed time (`budget`, in seconds).

    `spell` answers a corrected query where the one typed finds little, `widen` looks for synonyms too.
    """
    token = _deadline.set(time.monotonic() + (budget or BUDGET))
    try:
        with transaction.atomic(using=read_alias()):
            results = _search(text, scope, spell, widen)
            with limited() as cursor:
                cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
            return results
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) not in REFUSED:
            raise
        return Results(is_too_broad=True)
    finally:
        _deadline.reset(token)


@contextmanager
def limited() -> Iterator[CursorWrapper]:
    """A cursor whose statements, and those of Django's after it, have what is left of the time."""
    left = max(1, int((_deadline.get() - time.monotonic()) * 1000))
    with connections[read_alias()].cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = {left}")
        yield cursor


def _search(text: str, scope: Scope, spell: bool, widen: bool) -> Results:
    thesaurus = current() if widen else Thesaurus()
    query = meaningful(parse(text, thesaurus))
    results = find(query, scope)
    if spell and results.strict < FEW and not query.is_exact and (changes := corrections(query, thesaurus)):
        better_text = re.sub(r"[^\s\"-]+", lambda word: changes.get(fold(word[0]), word[0]), text)
        better = find(meaningful(parse(better_text, thesaurus)), scope)
        more = (better.matched, better.total) > (results.matched, results.total)
        if better.strict > results.strict or (more and better.total and not results.strict):
            if results.strict:  # what was typed is a word here, if a rare one: it comes first
                both = list(dict.fromkeys([*results.ids[: results.strict], *better.ids]))
                better.total += len(both) - len(better.ids)
                better.ids, better.tsquery = both[:SHOWN], f"({results.tsquery}) | ({better.tsquery})"
            results, results.corrected = better, better_text
    return results


def meaningful(query: Query) -> Query:
    """The query without the clauses that say nothing, like "how" and "the"."""
    if not query.clauses:
        return query
    parts = [to_sql(Query((clause,))) for clause in query.clauses]
    with limited() as cursor:
        values = [value for _, params in parts for value in params]
        cursor.execute("SELECT " + ", ".join(f"numnode({sql})" for sql, _ in parts), values)
        sizes = cursor.fetchone()
    kept = tuple(clause for clause, size in zip(query.clauses, sizes, strict=True) if size)
    return Query(kept, query.was_cut)


def find(query: Query, scope: Scope) -> Results:
    """Every wanted clause has to match; where that finds few, most of them, then half; where nothing, any of them."""
    if not query.clauses:
        return Results(is_empty=True, was_cut=query.was_cut)
    count = len(query.wanted)
    results = rank(query, scope)
    results.strict, results.matched = results.total, count
    resources = find_resources(results.tsquery, scope.user)
    half = next((size for size in range(-(-count // 2), count) if comb(count, size) <= CHOICES), count)
    for at_least in sorted({count - 1, half, 1}, reverse=True):
        if at_least < half and results.total:
            break
        if results.total >= FEW or query.is_exact or not 0 < at_least < count:
            break
        if comb(count, at_least) <= CHOICES:
            wider = rank(query, scope, at_least=at_least)
            wider.matched = at_least
            results, results.is_relaxed = _appended(results, wider), True
    results.also, results.was_cut, results.resources = query.also, query.was_cut, resources
    return results


def _appended(strict: Results, wider: Results) -> Results:
    """The wider results with the strict ones first."""
    known = set(strict.ids)
    wider.strict = strict.strict
    wider.ids = [*strict.ids, *(pk for pk in wider.ids if pk not in known)]
    return wider


def rank(query: Query, scope: Scope, *, at_least: int | None = None) -> Results:
    """The best of the candidates, in order."""
    tsquery, exact, near = _prepared(query, at_least)
    if not tsquery:
        return Results()
    # The newest by key, which follows the time: PostgreSQL walks the documents where a word is common, and takes the
    # index of words where it is rare.
    if scope.is_narrowed or scope.sort == "newest":
        order = ("-created_at", "-pk") if scope.sort == "newest" else ("-pk",)
        matching = scope.threads.filter(Matches(F("document__vector"), Value(tsquery)))
        candidates = matching.order_by(*order)[:CANDIDATES]
    else:
        documents = ThreadDocument.objects.filter(Matches(F("vector"), Value(tsquery)))
        candidates = scope.threads.filter(pk__in=documents.order_by("-pk").values("pk")[:CANDIDATES]).order_by()
    columns = ("id", "forum_id", "created_at", "helpful_count", "professional_reply_count")
    try:
        sql, params = candidates.values(*columns, vector=F("document__vector")).query.sql_with_params()
    except EmptyResultSet:  # a filter that nothing can pass
        return Results()
    named = {f"p{number}": value for number, value in enumerate(params)}
    inner = sql % tuple(f"%({name})s" for name in named)
    coverage, shares = ("1", {}) if at_least is None else _coverage(query)
    # The exact wording counts three times as much again as synonyms, words side by side as typed twice.
    parts = {"query": (1, tsquery), "exact": (3, exact), "near": (2, near)}
    if exact == tsquery:
        parts = {"query": (4, tsquery), "near": (2, near)}
    text = " + ".join(f"{share} * {TEXT_RANK.format(query=name)}" for name, (share, words) in parts.items() if words)
    score = f"({text}) * {STANDING} * power({coverage}, 2)"
    with limited() as cursor:
        cursor.execute(
            f"SELECT c.id, c.forum_id, {score} AS score FROM ({inner}) c ORDER BY {ORDERS[scope.sort]}",
            {**named, **shares, **{name: words for name, (_, words) in parts.items()}},
        )
        rows = cursor.fetchall()
    ids = [pk for pk, _, _ in rows]
    forums = Counter(forum for _, forum, _ in rows)
    return Results(ids[:SHOWN], len(ids), forums=forums, tsquery=tsquery)


def _coverage(query: Query) -> tuple[str, dict[str, Any]]:
    """The SQL for how much of what was asked a document has, from 0 to 1: a rare word is more than a common one."""
    pieces: list[str] = []
    weights: list[float] = []
    params: dict[str, Any] = {}
    for number, clause in enumerate(query.wanted):
        tsquery = _prepared(Query((clause,)), None)[0]
        weights.append(1 / log2(2 + _estimate(tsquery)))
        pieces.append(f"CASE WHEN c.vector @@ %(clause{number})s::tsquery THEN %(weight{number})s ELSE 0 END")
        params |= {f"clause{number}": tsquery, f"weight{number}": weights[-1]}
    return f"(({' + '.join(pieces)}) / {sum(weights)})", params


def _prepared(query: Query, at_least: int | None) -> tuple[str, str, str]:
    """The tsquery with synonyms, the one without, and that of neighbours."""
    wide, wide_params = to_sql(query, at_least=at_least)
    exact, exact_params = to_sql(query.without_synonyms(), at_least=at_least)
    with limited() as cursor:
        near, near_params = near_sql(query)
        cursor.execute(
            f"SELECT ({wide})::text, ({exact})::text, ({near})::text", [*wide_params, *exact_params, *near_params]
        )
        tsquery, exact_query, near_query = cursor.fetchone()
    return tsquery, exact_query or tsquery, near_query


def _estimate(tsquery: str) -> int:
    """How many documents the planner expects to match."""
    with limited() as cursor:
        cursor.execute("EXPLAIN (FORMAT JSON) SELECT FROM search_threaddocument WHERE vector @@ %s::tsquery", [tsquery])
        return int(cursor.fetchone()[0][0]["Plan"]["Plan Rows"])


def find_resources(tsquery: str, user: Any) -> list[Resource]:
    """The few resources that match best."""
    if not tsquery:
        return []
    rank_of = Func(
        F("document__vector"), Value(tsquery), template="ts_rank(%(expressions)s::tsquery)", output_field=FloatField()
    )
    shown = Resource.objects.visible_to(user).filter(Matches(F("document__vector"), Value(tsquery)))
    return list(shown.annotate(score=rank_of).order_by("-score", "-popularity", "pk")[:RESOURCES])


def passages(ids: list[int], tsquery: str, user: Any) -> dict[int, SafeString]:
    """For each question the passage that fits best, with marks; from the question and its best replies, for `user`."""
    if not ids or not tsquery:
        return {}
    try:
        with transaction.atomic(using=read_alias()), connections[read_alias()].cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {int(BUDGET * 500)}")
            cursor.execute(PASSAGES, [tsquery, user.pk, ids])
            return {pk: marked(text) for pk, text in cursor.fetchall()}
    except OperationalError as error:  # results without a passage are better than none
        if getattr(error.__cause__, "sqlstate", None) not in REFUSED:
            raise
        return {}


def marked(headline: str) -> SafeString:
    """The headline as HTML: text only, with <mark> where the words are."""
    text = " ".join(unescape(re.sub(r"<[^>]*>?", " ", headline)).split())
    safe = escape(text).replace(MARK_ON, "<mark>").replace(MARK_OFF, "</mark>")
    return mark_safe(safe)  # noqa: S308 -- escaped above; the marks are ours
