"""Questions and replies as schema.org describes them, made from what a page has loaded: nothing here asks the database.

It says only what the page shows: names come from bylines, so an anonymous asker stays anonymous here too.
"""

from collections.abc import Sequence
from typing import Any

from common.markdown import plain_text
from common.metadata import JsonLd, absolute
from forum.models import Byline, Reply, Thread
from forum.models.posts import OTHER_SPECIALTY

LEADS_FROM = 3  # helpful votes


def of_thread(thread: Thread, replies: Sequence[Reply]) -> JsonLd:
    """The question with the replies of its first page in the default order, or the discussion with its comments."""
    body = _discussion(thread, replies) if thread.forum.is_discussion else _question_page(thread, replies)
    return {"@context": "https://schema.org", **body}


def _question_page(thread: Thread, replies: Sequence[Reply]) -> JsonLd:
    question = {
        "@type": "Question",
        "name": thread.title,
        **_post(thread),
        "answerCount": thread.reply_count,
        "commentCount": thread.reply_count,
        **_answers(replies),
    }
    return {"@type": "QAPage", "mainEntity": question}


def _answers(replies: Sequence[Reply]) -> dict[str, Any]:
    """The one that leads as accepted, the others as suggested. `replies` come most helpful first."""
    accepted, others = list(replies[:1]), list(replies[1:])
    if not leads(replies):
        accepted, others = [], list(replies)
    answers: dict[str, Any] = {}
    if accepted:
        answers["acceptedAnswer"] = _reply(accepted[0], "Answer")
    if others:
        answers["suggestedAnswer"] = [_reply(reply, "Answer") for reply in others]
    return answers


def leads(replies: Sequence[Reply]) -> bool:
    """Whether enough readers found the first reply helpful, and more than any other; not with a caution on it."""
    if replies and replies[0].caution_count:
        return False
    votes = [reply.helpful_count for reply in replies[:2]]
    return bool(votes) and votes[0] >= LEADS_FROM and (len(votes) == 1 or votes[0] > votes[1])


def _discussion(thread: Thread, replies: Sequence[Reply]) -> JsonLd:
    discussion = {
        "@type": "DiscussionForumPosting",
        "headline": thread.title,
        **_post(thread),
        "url": absolute(thread.get_absolute_url()),
        "isPartOf": absolute(thread.forum.get_absolute_url()),
        "commentCount": thread.reply_count,
    }
    if replies:
        discussion["comment"] = [_reply(reply, "Comment") for reply in replies]
    return discussion


def _reply(reply: Reply, kind: str) -> JsonLd:
    return {
        "@type": kind,
        **_post(reply),
        "upvoteCount": reply.helpful_count,
        "url": absolute(reply.get_absolute_url()),
    }


def _post(post: Thread | Reply) -> dict[str, Any]:
    """What questions and replies have in common."""
    facts = {
        "text": plain_text(post.body_html),
        "author": _person(post.byline),
        "datePublished": post.created_at.isoformat(timespec="seconds"),
    }
    if post.edited_at:
        facts["dateModified"] = post.edited_at.isoformat(timespec="seconds")
    return facts


def _person(byline: Byline) -> JsonLd:
    """Who is shown as the author. Always a Person: schema.org's Physician is a practice."""
    person: JsonLd = {"@type": "Person", "name": str(byline.name)}
    if byline.url:
        person["url"] = absolute(byline.url)
    if byline.badge and byline.badge != OTHER_SPECIALTY:
        person["jobTitle"] = str(byline.badge)
    return person
