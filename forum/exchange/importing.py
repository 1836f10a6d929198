"""Bringing threads in: batches of rows, each batch one transaction, each line at most once."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import F, Model
from django.utils.text import slugify
from psycopg.types.json import Jsonb

from accounts.models import User
from common.markdown import render_markdown
from forum.exchange import ANONYMOUS, ANONYMOUS_ASKER, FORMER_MEMBER, own_source
from forum.exchange.reading import BadLine, IncomingThread, parse_line
from forum.models import Category, Forum, Reply, Thread, ThreadSource

Row = dict[str, Any]  # column name to value
BATCH = 500
CATEGORY = "Imported"
NO_ASKER = {None, ANONYMOUS, FORMER_MEMBER}
NO_AUTHOR = {None, ANONYMOUS, ANONYMOUS_ASKER, FORMER_MEMBER}


@dataclass
class Outcome:
    """What an import did."""

    threads: int = 0
    replies: int = 0
    already_there: int = 0
    bad: list[tuple[int, str]] = field(default_factory=list)


class Importer:
    """Imports lines into the forums that `forum_map` (name to slug) says, or new ones of the same name."""

    def __init__(self, *, now: datetime, forum_map: dict[str, str] | None = None) -> None:
        self.now = now
        self.forum_map = forum_map or {}
        self.forums: dict[str, Forum] = {}
        self.authors: dict[str, int] = {}
        self.outcome = Outcome()

    def run(self, lines: Iterable[bytes]) -> Iterator[Outcome]:
        """Import everything, yielding the outcome so far after each batch."""
        batch: list[IncomingThread] = []
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                batch.append(parse_line(number, line, now=self.now))
            except BadLine as error:
                self.outcome.bad.append((number, str(error)))
            if len(batch) == BATCH:
                self._import(batch)
                batch = []
                yield self.outcome
        self._import(batch)
        yield self.outcome

    def _import(self, batch: list[IncomingThread]) -> None:
        """Store a batch; when the database refuses it, halve it until the line at fault stands alone."""
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:  # two imports at once would race for the same lines
                    cursor.execute("SELECT pg_advisory_xact_lock(hashtext('forum.import'))")
                    cursor.execute("SET LOCAL bedside.bulk = 'on'")  # documents for the search are made at the end
                fresh = self._without_known(batch)
                self._store(fresh)
        except (DataError, IntegrityError, BadLine, ValueError) as error:
            self.forums.clear()
            self.authors.clear()
            if len(batch) == 1:
                reason = (
                    str(error) if isinstance(error, BadLine) else f"the database refused it ({type(error).__name__})"
                )
                self.outcome.bad.append((batch[0].line, reason))
                return
            middle = len(batch) // 2
            self._import(batch[:middle])
            self._import(batch[middle:])
        else:
            self.outcome.already_there += len(batch) - len(fresh)
            self.outcome.threads += len(fresh)
            self.outcome.replies += sum(len(thread.replies) for thread in fresh)

    def _without_known(self, batch: list[IncomingThread]) -> list[IncomingThread]:
        """The threads of a batch that are not on the site yet, each once."""
        ids = [thread.id for thread in batch]
        known = set(ThreadSource.objects.filter(external_id__in=ids).values_list("name", "external_id"))
        own = [int(thread.id) for thread in batch if thread.source == own_source() and _is_key(thread.id)]
        if own:  # a question that was asked here and comes back from an export
            here = dict(Thread.objects.filter(pk__in=own).values_list("pk", "created_at"))
            known |= {
                thread.key
                for thread in batch
                if thread.source == own_source()
                and _is_key(thread.id)
                and here.get(int(thread.id)) == thread.created_at
            }
        fresh = []
        for thread in batch:
            if thread.key not in known:
                known.add(thread.key)
                fresh.append(thread)
        return fresh

    def _store(self, batch: list[IncomingThread]) -> None:
        if not batch:
            return
        self._make_forums({thread.forum for thread in batch})
        self._make_authors(batch)
        pairs = list(zip(new_keys(Thread, len(batch)), batch, strict=True))
        copy_rows(Thread, (self._thread_row(pk, thread) for pk, thread in pairs))
        copy_rows(ThreadSource, (self._source_row(pk, thread) for pk, thread in pairs))
        copy_rows(Reply, (row for pk, thread in pairs for row in self._reply_rows(pk, thread)))
        added = Counter(self.forums[thread.forum].pk for thread in batch)
        answered = Counter(self.forums[thread.forum].pk for thread in batch if thread.replies)
        for forum_id in sorted(added):
            Forum.objects.filter(pk=forum_id).update(
                thread_count=F("thread_count") + added[forum_id],
                answered_count=F("answered_count") + answered[forum_id],
            )

    def _thread_row(self, pk: int, thread: IncomingThread) -> Row:
        created_at = thread.created_at or self.now
        forum = self.forums[thread.forum]
        return {
            "id": pk,
            "forum_id": forum.pk,
            "author_id": None if thread.author in NO_ASKER else self._author(thread.source, thread.author),
            "is_anonymous": thread.author == ANONYMOUS,
            "title": thread.title,
            "body": thread.body,
            "body_html": render_markdown(thread.body),
            "created_at": created_at,
            "last_activity_at": max([created_at, *(reply.created_at for reply in thread.replies if reply.created_at)]),
            "keep_out_of_search": (
                forum.keep_out_of_search if thread.keep_out_of_search is None else thread.keep_out_of_search
            ),
            "facts": Jsonb(thread.facts),
            "reply_count": len(thread.replies),
            "place_count": len(thread.replies),
            "helpful_count": sum(reply.helpful for reply in thread.replies),
        }

    @staticmethod
    def _source_row(pk: int, thread: IncomingThread) -> Row:
        return {
            "thread_id": pk,
            "name": thread.source,
            "external_id": thread.id,
            "licence": thread.licence,
            "url": thread.url,
            "tags": thread.tags,
        }

    def _reply_rows(self, thread_id: int, thread: IncomingThread) -> Iterator[Row]:
        previous = thread.created_at or self.now
        for reply in thread.replies:
            # Without a date a reply keeps its place in the file: not before the one above it.
            previous = reply.created_at or previous
            is_asker = reply.author == thread.author and reply.author not in NO_ASKER
            yield {
                "thread_id": thread_id,
                "author_id": None if reply.author in NO_AUTHOR else self._author(thread.source, reply.author),
                "by_asker": is_asker or reply.author == ANONYMOUS_ASKER,
                "is_anonymous": reply.author == ANONYMOUS,
                "body": reply.body,
                "body_html": render_markdown(reply.body),
                "created_at": previous,
                "helpful_count": reply.helpful,
                "helpful_base_count": reply.helpful,
                "credential_line": "",
                "imported_as_professional": reply.professional,
                "interest": reply.interest,
            }

    def _make_forums(self, names: set[str]) -> None:
        """Find or make the forum of each name: the mapped one, one of that name, one of that slug, a new one."""
        missing = sorted(names - self.forums.keys())
        if not missing:
            return
        forums = list(Forum.objects.order_by("-pk"))  # of two with one name the older one counts
        by_name = {forum.name.casefold(): forum for forum in forums}
        by_slug = {forum.slug: forum for forum in forums}
        for name in missing:
            if name in self.forum_map and self.forum_map[name] not in by_slug:
                raise BadLine(f"the forum map names the forum “{self.forum_map[name]}”, which does not exist")
            if name in self.forum_map:
                forum = by_slug[self.forum_map[name]]
            else:
                forum = (
                    by_name.get(name.casefold()) or by_slug.get(slug_of(name)) or self._new_forum(name, len(by_slug))
                )
            by_slug[forum.slug] = self.forums[name] = forum

    @staticmethod
    def _new_forum(name: str, position: int) -> Forum:
        category, _ = Category.objects.get_or_create(slug="imported", defaults={"name": CATEGORY, "position": 1000})
        return Forum.objects.create(category=category, name=name, slug=slug_of(name), position=position)

    def _make_authors(self, batch: list[IncomingThread]) -> None:
        """Placeholder accounts for everyone named in the batch; the same source and name is one account."""
        names: dict[str, str] = {}
        for thread in batch:
            authors = {thread.author} - NO_ASKER | {reply.author for reply in thread.replies} - NO_AUTHOR
            names |= {placeholder_username(thread.source, author): author for author in authors if author}
        missing = sorted(names.keys() - self.authors.keys())
        with connection.cursor() as cursor:
            cursor.execute(
                """
                INSERT INTO accounts_user
                    (username, display_name, kind, password,
                    email, professional_title, is_superuser, is_staff, is_active)
                SELECT username, display_name, %s, '!imported', '', '', false, false, true
                FROM unnest(%s::text[], %s::text[]) AS new (username, display_name)
                ON CONFLICT DO NOTHING
                """,
                [User.Kind.IMPORTED, missing, [names[username] for username in missing]],
            )
        self.authors |= dict(User.objects.filter(username__in=missing).values_list("username", "pk"))

    def _author(self, source: str, name: str | None) -> int:
        return self.authors[placeholder_username(source, name or "")]


def slug_of(name: str) -> str:
    """The address of an imported forum; a name without Latin letters gets one from its own letters."""
    return slugify(name)[:80].strip("-") or f"imported-{hashlib.sha256(name.encode()).hexdigest()[:12]}"


def new_keys(model: type[Model], count: int) -> list[int]:
    """Primary keys that the model's sequence gives to nobody else."""
    with connection.cursor() as cursor:
        sequence = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
        cursor.execute(sequence, [model._meta.db_table, count])
        return [key for (key,) in cursor.fetchall()]


def copy_rows(model: type[Model], rows: Iterable[Row]) -> None:
    """Store rows of named columns with COPY, several times as fast as inserts; defaults fill the rest."""
    iterator = iter(rows)
    first = next(iterator, None)
    if first is None:
        return
    columns = ", ".join(first)
    statement = f"COPY {model._meta.db_table} ({columns}) FROM STDIN"
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write_row(list(first.values()))
        for row in iterator:
            copy.write_row(list(row.values()))


def placeholder_username(source: str, name: str) -> str:
    """Always the same for one author of one source; cannot be chosen at sign-up, which allows 30 letters."""
    digest = hashlib.sha256(f"{source}\n{name}".encode()).hexdigest()[:24]
    return f"{slugify(name)[:32].strip('-_') or 'author'}-{digest}"


def _is_key(identifier: str) -> bool:
    return identifier.isascii() and identifier.isdigit() and len(identifier) < 19
