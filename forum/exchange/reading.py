"""Checking one line of an import file; nothing here touches the database."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from common.text import clean_line, clean_text, is_blank
from forum.facts import clean_facts
from forum.models.posts import INTEREST_LIMIT, STORED_BODY_LIMIT, TITLE_LIMIT

NAME_LIMIT = 100


class BadLine(ValueError):
    """A line that cannot be imported; `str()` says why."""


@dataclass(frozen=True)
class IncomingReply:
    author: str | None
    body: str
    created_at: datetime | None
    helpful: int
    professional: bool
    interest: str = ""


@dataclass(frozen=True)
class IncomingThread:
    line: int
    id: str
    source: str
    licence: str
    url: str
    tags: list[str]
    forum: str
    title: str
    body: str
    author: str | None
    created_at: datetime | None
    keep_out_of_search: bool | None = None
    facts: dict[str, str] = field(default_factory=dict)
    replies: list[IncomingReply] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, str]:
        return (self.source, self.id)


def parse_line(number: int, raw: bytes, *, now: datetime) -> IncomingThread:
    """The thread that a line describes. BadLine says what is wrong with it."""
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise BadLine("not valid JSON in UTF-8") from error
    if not isinstance(data, dict):
        raise BadLine("not a JSON object")
    replies = data.get("replies")
    if not isinstance(replies, list | None):
        raise BadLine("replies is not a list")
    tags = data.get("tags") or []
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise BadLine("tags is not a list of texts")
    url = optional(data, "url", 1000)
    if url and not url.lower().startswith(("https://", "http://")):
        raise BadLine("url does not start with http:// or https://")
    keep_out = data.get("keep_out_of_search")
    if not isinstance(keep_out, bool | None):
        raise BadLine("keep_out_of_search is not true or false")
    facts = data.get("facts") or {}
    if not isinstance(facts, dict):
        raise BadLine("facts is not a JSON object")
    identifier = data.get("id")
    if isinstance(identifier, int) and not isinstance(identifier, bool):
        data["id"] = str(identifier)
    return IncomingThread(
        line=number,
        id=required(data, "id", 200),
        source=required(data, "source", 200),
        licence=optional(data, "licence", 300),
        url=url,
        tags=[shown for tag in tags if (shown := clean_line(tag)[:100])],
        forum=required(data, "forum", 80),
        title=required(data, "title", TITLE_LIMIT),
        body=text(data),
        author=optional(data, "author", NAME_LIMIT) or None,
        created_at=moment(data, now),
        keep_out_of_search=keep_out,
        facts=clean_facts(facts),
        replies=[parse_reply(index, reply, now) for index, reply in enumerate(replies or [], start=1)],
    )


def parse_reply(index: int, data: Any, now: datetime) -> IncomingReply:
    try:
        if not isinstance(data, dict):
            raise BadLine("not a JSON object")
        helpful, professional = data.get("helpful"), data.get("professional")
        if isinstance(helpful, bool) or not isinstance(helpful, int | None) or not 0 <= (helpful or 0) <= 1_000_000:
            raise BadLine("helpful is not a number from 0 to 1,000,000")
        if not isinstance(professional, bool | None):
            raise BadLine("professional is not true or false")
        author = optional(data, "author", NAME_LIMIT) or None
        interest = optional(data, "interest", INTEREST_LIMIT)
        return IncomingReply(author, text(data), moment(data, now), helpful or 0, bool(professional), interest)
    except BadLine as error:
        raise BadLine(f"reply {index}: {error}") from None


def optional(data: dict[str, Any], name: str, limit: int) -> str:
    """A cleaned line of text, empty when missing or null."""
    value = data.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadLine(f"{name} is not a text")
    value = clean_line(value)
    if len(value) > limit:
        raise BadLine(f"{name} is longer than {limit} characters")
    return "" if is_blank(value) else value


def required(data: dict[str, Any], name: str, limit: int) -> str:
    value = optional(data, name, limit)
    if not value:
        raise BadLine(f"{name} is missing or empty")
    return value


def text(data: dict[str, Any]) -> str:
    body = data.get("body")
    if not isinstance(body, str) or is_blank(cleaned := clean_text(body)):
        raise BadLine("body is missing or empty")
    if len(cleaned) > STORED_BODY_LIMIT:
        raise BadLine(f"body is longer than {STORED_BODY_LIMIT:,} characters")
    return cleaned


def moment(data: dict[str, Any], now: datetime) -> datetime | None:
    value = data.get("created_at")
    if value is None:
        return None
    try:
        when = datetime.fromisoformat(value)
        when = when.replace(tzinfo=when.tzinfo or UTC).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise BadLine("created_at is not a date and time in ISO 8601") from None
    if not when.year >= 1970 or when > now:
        raise BadLine("created_at is before 1970 or in the future")
    return when
