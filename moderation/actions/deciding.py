"""Deciding a case: what happens, the record of it, and who is told, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from common.encryption import fingerprint
from forum import actions as forum_actions
from forum.actions.tally import locked_thread
from moderation import tasks
from moderation.actions.measures import ABOUT_POSTS, MEASURES, Details, fits, thing_of
from moderation.actions.opening import CLOSED, NOT_YOURS, TAKEN, Kind, Outdated, close, locked_case, open_case
from moderation.models import Action, Appeal, Case, Decision, Ground, Outcome, Report, Source, Urgency
from moderation.policies import Refused, can_decide, can_moderate, can_moderate_everywhere, require


@dataclass
class Grounds:
    """Why something is decided: the rule, what was seen, and what the author is told."""

    ground: str = Ground.NONE
    law: str = ""
    facts: str = ""
    message: str = ""
    is_order: bool = False  # an authority has ordered it


@dataclass
class Verdict:
    """What a moderator decides about a case: one action on the post, one on its author, or both."""

    actions: Sequence[Action]
    grounds: Grounds = field(default_factory=Grounds)
    details: Details = field(default_factory=Details)
    keeps_open: bool = False


def what_is_seen(case: Case) -> str:
    """Stands for what a moderator has looked at: the text, its state, and the reports."""
    post = case.post
    parts: list[object] = [case.pk, case.closed_at, case.reports.count()]
    if post is not None:
        parts += [post.status, post.edited_at, post.level]
    return fingerprint("case", "|".join(map(str, parts)))[:16]


@transaction.atomic
def decide(case: Case, verdict: Verdict, *, by: User, seen: str | None = None) -> list[Decision]:
    """Do what the verdict says, write it down, answer the reports and close the case; returns what was written.

    Of two moderators at once one wins, the other gets Outdated; so does who looked at something else than what is
    there now (`seen`). Refused says what is missing or not allowed.
    """
    case = _taken(case, by, seen)
    require(bool(verdict.actions), _("Choose what to do."))
    is_mild = Action.DISMISS in verdict.actions and len(verdict.actions) > 1
    require(not is_mild, _("Nothing was wrong with it, so nothing can happen to its author either."))
    decisions = [_carry_out(case, action, verdict, by) for action in verdict.actions]
    _answer_reports(case, decisions)
    _look_after(case, by)
    if not verdict.keeps_open and not _still_waits(case, verdict):
        close(Case.objects.filter(pk=case.pk))
    for decision in decisions:
        if decision.is_told:
            tasks.tell_author.enqueue(decision.pk)
    return decisions


def _look_after(case: Case, by: User) -> None:
    """Whoever decides about an urgent post has looked after it, whatever the decision is."""
    post = case.post
    if post is not None and (post.is_alarming or post.is_emergency) and not post.is_looked_after:
        forum_actions.look_after(post, by=by)


def _still_waits(case: Case, verdict: Verdict) -> bool:
    """Whether the post is still held back although nobody has asked its author to change it."""
    post = case.post
    if post is None or Action.HOLD in verdict.actions:
        return False
    post.refresh_from_db(fields=["status"])
    return post.is_held


def _taken(case: Case, by: User, seen: str | None) -> Case:
    """The case, locked after its thread (the order of all actions), where `by` may decide it now."""
    if (thread := case.in_thread) is not None:
        locked_thread(thread.pk)
    case = locked_case(case.pk)
    if not case.is_open:
        raise Outdated(str(CLOSED))
    if case.holder not in (None, by):
        raise Outdated(str(TAKEN) % {"name": case.holder.username})
    require(can_decide(by, case), NOT_YOURS)
    if seen is not None and seen != what_is_seen(case):
        raise Outdated(_("This was changed since you opened it. Look at it again as it is now."))
    return case


def _carry_out(case: Case, action: Action, verdict: Verdict, by: User) -> Decision:
    measure = MEASURES.get(action)
    thing = thing_of(case)
    require(measure is not None and isinstance(thing, measure.on), _("This cannot be done here."))
    assert measure is not None
    if case.post is not None and action in ABOUT_POSTS and action not in (Action.DISMISS, Action.SAFE):
        require(fits(action, case.post), _("This cannot be done to it as it is now."))
    for name, words in measure.needs.items():
        require(bool(getattr(verdict.details, name)), words)
    grounds = verdict.grounds
    if measure.needs_ground:
        require(bool(grounds.ground), _("Choose the rule that was broken: the author has a right to know."))
    has_reason = bool(grounds.ground or grounds.facts.strip() or grounds.message.strip())
    require(has_reason or not measure.tells or action == Action.APPROVE, _("Say why: the author reads it."))
    require(grounds.ground != Ground.LAW or bool(grounds.law.strip()), _("Say which law it is against."))
    before = measure.does(case, by, verdict.details)
    return Decision.objects.create(
        case=case,
        thread=case.thread,
        reply=case.reply,
        about=case.about,
        action=action,
        ground=grounds.ground,
        law=grounds.law,
        facts=grounds.facts,
        message=grounds.message,
        source=_source(case, grounds),
        until=verdict.details.until if "until" in measure.needs or action == Action.LOCK else None,
        decided_by=by,
        is_told=measure.tells and case.about is not None,
        before=before,
    )


FOUND = (Kind.CRISIS, Kind.HELD, Kind.FOUND)


def _source(case: Case, grounds: Grounds) -> Source:
    if grounds.is_order:
        return Source.AUTHORITY
    if case.reports.exists():
        return Source.NOTICE
    return Source.AUTOMATIC if case.kind in FOUND else Source.OWN


def _answer_reports(case: Case, decisions: list[Decision]) -> None:
    """Tell everybody who reported it what came of it. The first action is what the reports were about."""
    upheld = any(MEASURES[Action(decision.action)].upholds for decision in decisions)
    outcome = Report.Outcome.UPHELD if upheld else Report.Outcome.DISMISSED
    for report in case.reports.filter(outcome=Report.Outcome.OPEN).order_by("pk"):
        report.outcome, report.decision = outcome, decisions[0]
        report.save(update_fields=["outcome", "decision"])
        tasks.tell_reporter.enqueue(report.pk)


@transaction.atomic
def undo(decision: Decision, *, by: User, message: str = "") -> Decision:
    """Take a decision back and restore what was there before it; returns the record of that.

    Refused where it has been taken back already or there is nothing to restore.
    """
    decision = Decision.objects.select_related("thread", "reply__thread", "about").get(pk=decision.pk)
    thread = decision.reply.thread if decision.reply else decision.thread
    if thread is not None:
        thread = locked_thread(thread.pk)
    in_scope = can_moderate(by, thread) if thread else can_moderate_everywhere(by)
    require(in_scope and decision.about_id != by.pk, NOT_YOURS)
    require(not decision.is_reversed, _("This has been taken back already."))
    action = Action(decision.action)
    if action == Action.DISMISS:
        thing = decision.post or decision.about
        require(thing is not None, _("What this was about is no longer there."))
        again = open_case(thing, Kind.REPORT, Urgency.HARM)
        decision.reports.update(case=again, outcome=Report.Outcome.OPEN, decision=None)
    elif action != Action.WARN:
        undoes = MEASURES[action].undoes if action in MEASURES else None
        require(undoes is not None, _("This cannot be taken back."))
        assert undoes is not None
        done = undoes(decision, by)
        require(done, _("There is nothing to restore: it was changed, or its author has deleted it."))
    made = Decision.objects.create(
        case=decision.case,
        thread=decision.thread,
        reply=decision.reply,
        about=decision.about,
        action=Action.REVERSE,
        message=message or _("The moderators have looked at it again and taken it back."),
        source=Source.OWN,
        decided_by=by,
        is_told=decision.is_told,
        reverses=decision,
    )
    _grant_open_appeals(decision)
    if made.is_told:
        tasks.tell_author.enqueue(made.pk)
    return made


def _grant_open_appeals(decision: Decision) -> None:
    """Who has appealed against a decision that is taken back meanwhile has got what was asked for."""
    waiting = Appeal.objects.filter(decision=decision, outcome=Outcome.OPEN)
    close(Case.objects.open().filter(appeal__in=waiting))
    waiting.update(outcome=Outcome.REVERSED, decided_at=timezone.now())


@transaction.atomic
def decide_appeal(case: Case, *, by: User, reverse: bool, answer: str, seen: str | None = None) -> Decision:
    """Take the decision back that an appeal is against, or keep it, with reasons; returns the record of it."""
    case = _taken(case, by, seen)
    appeal = case.appeal
    require(appeal is not None, _("This is not an appeal."))
    assert appeal is not None
    require(bool(answer.strip()), _("Give the reasons: whoever appeals has a right to them."))
    decision = appeal.decision
    if reverse and not decision.is_reversed and _can_undo(decision):
        try:
            with transaction.atomic():
                made = undo(decision, by=by, message=answer)
        except Refused:  # nothing is left to restore: its author has deleted it, or somebody has shown it again
            made = _granted(case, decision, by, answer)
    elif reverse:
        made = _granted(case, decision, by, answer)
    else:
        made = Decision.objects.create(
            case=case,
            thread_id=decision.thread_id,
            reply_id=decision.reply_id,
            about_id=decision.about_id,
            action=Action.UPHOLD,
            ground=decision.ground,
            law=decision.law,
            message=answer,
            source=Source.NOTICE,
            decided_by=by,
            is_told=appeal.report_id is None,
        )
        if made.is_told:
            tasks.tell_author.enqueue(made.pk)
    appeal.outcome = Outcome.REVERSED if reverse else Outcome.UPHELD
    appeal.answer, appeal.decided_by, appeal.decided_at = answer, by, timezone.now()
    appeal.save(update_fields=["outcome", "answer", "decided_by", "decided_at"])
    close(Case.objects.filter(pk=case.pk))
    if appeal.report_id is not None:
        tasks.tell_reporter.enqueue(appeal.report_id)
    return made


def _can_undo(decision: Decision) -> bool:
    measure = MEASURES.get(Action(decision.action))
    return decision.action in (Action.DISMISS, Action.WARN) or bool(measure and measure.undoes)


def _granted(case: Case, decision: Decision, by: User, answer: str) -> Decision:
    """The record of an appeal that is right although there is nothing left to restore."""
    return Decision.objects.create(
        case=case,
        thread_id=decision.thread_id,
        reply_id=decision.reply_id,
        about_id=decision.about_id,
        action=Action.REVERSE,
        message=answer,
        source=Source.NOTICE,
        decided_by=by,
        is_told=decision.is_told,
    )


def automatic(post: Any, action: Action, *, before: dict[str, Any], case: Case) -> Decision:
    """The record of something the site did by itself; its author is told that no person has decided it."""
    is_thread = case.thread_id is not None
    made = Decision.objects.create(
        case=case,
        thread=post if is_thread else None,
        reply=None if is_thread else post,
        about=post.author,
        action=action,
        source=Source.NOTICE,
        is_automated=True,
        is_told=post.author is not None,
        before=before,
    )
    if made.is_told:
        tasks.tell_author.enqueue(made.pk)
    return made
