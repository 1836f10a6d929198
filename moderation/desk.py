"""The forms of the desk in the admin, and what a moderator sees beside them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common.text import clean_line
from forum.forms import forum_choices, without_nul
from forum.identifying import render_with_marks
from forum.models import Forum, Post, Reply, Thread
from forum.models.posts import STORED_BODY_LIMIT, TITLE_LIMIT
from forum.screening import screen, screen_again
from forum.trust import Trust, trust_of
from moderation import actions
from moderation.actions.measures import ABOUT_PEOPLE, ABOUT_POSTS, MEASURES, fits, thing_of
from moderation.forms import LongText
from moderation.models import Action, Case, Decision, Ground, MessageTemplate, StaffNote
from moderation.models.decisions import MESSAGE_LIMIT
from moderation.policies import can_restrict
from safety.findings import DISTRESS

# What the buttons say, and the key that presses them.
WORDS: dict[Action, tuple[str | Promise, str]] = {
    Action.DISMISS: (_("Leave it as it is"), "d"),
    Action.APPROVE: (_("Publish it"), "a"),
    Action.SAFE: (_("Looked after: the person is safe or has been answered"), "s"),
    Action.FALSE_ALARM: (_("Not about a crisis or an emergency"), "f"),
    Action.EDIT: (_("Edit details out"), "e"),
    Action.HOLD: (_("Hold back until its author has changed it"), "b"),
    Action.HIDE: (_("Hide it"), "h"),
    Action.REMOVE: (_("Remove it; costs its author trust for 30 days"), "x"),
    Action.LOCK: (_("Close the question"), "l"),
    Action.UNLOCK: (_("Open the question again"), "u"),
    Action.MOVE: (_("Move it to another forum"), "m"),
    Action.MERGE: (_("Put it together with another question"), "g"),
    Action.SPLIT: (_("Make replies a question of their own"), "p"),
    Action.WARN: (_("Warn"), ""),
    Action.READ_ONLY: (_("No posting until …"), ""),
    Action.SUSPEND: (_("Suspend until …"), ""),
    Action.BAN: (_("Ban for good"), ""),
    Action.LIFT: (_("Lift all restrictions"), ""),
}
LONGEST = timedelta(days=3653)
SPLIT_FROM_AT_MOST = 100  # replies offered in the form


def possible_actions(case: Case) -> list[Action]:
    """What can be done about the subject of a case as it is now."""
    thing = thing_of(case)
    post = case.post
    found = []
    for action in ABOUT_POSTS:
        if not isinstance(thing, MEASURES[action].on):
            continue
        if action == Action.SPLIT and (case.in_thread is None or case.in_thread.place_count < 2):
            continue
        if post is not None and not fits(action, post):
            continue
        found.append(action)
    return found


class DecideForm(forms.Form):
    """What happens to the post, what happens to its author, and why."""

    seen = forms.CharField(max_length=60, widget=forms.HiddenInput)
    action = forms.ChoiceField(label=_("What happens to it?"), widget=forms.RadioSelect, required=False)
    person_action = forms.ChoiceField(label=_("What happens to its author?"), required=False)
    until = forms.DateTimeField(
        label=_("Until (UTC)"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text=_("For no posting, suspending, and closing a question for a while."),
    )
    ground = forms.ChoiceField(label=_("Which rule was broken?"), choices=Ground.choices, required=False)
    law = forms.CharField(label=_("Which law"), required=False, max_length=300)
    facts = LongText(
        label=_("What you saw, in your own words"),
        help_text=_("Part of the record and of what the author reads. No quotes: what is redacted must stay away."),
        required=False,
        limit=MESSAGE_LIMIT,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    template = forms.ModelChoiceField(MessageTemplate.objects.none(), label=_("Ready words"), required=False)
    message = LongText(
        label=_("Message to the author"), required=False, limit=MESSAGE_LIMIT, widget=forms.Textarea(attrs={"rows": 4})
    )
    forum = forms.TypedChoiceField(
        label=_("Forum"), choices=forum_choices, coerce=int, empty_value=None, required=False
    )
    into = forms.IntegerField(
        label=_("Number of the other question"), help_text=_("As in its address: /threads/123/"), required=False,
        min_value=1, max_value=2**62,
    )  # fmt: skip
    title = forms.CharField(label=_("Title"), required=False, max_length=TITLE_LIMIT)
    replies = forms.TypedMultipleChoiceField(
        label=_("Replies that move"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    body = LongText(
        label=_("The text as it should be"), required=False, limit=STORED_BODY_LIMIT,
        widget=forms.Textarea(attrs={"rows": 8}),
    )  # fmt: skip
    is_order = forms.BooleanField(label=_("An authority has ordered it"), required=False)
    keeps_open = forms.BooleanField(label=_("I am not done: keep the case open"), required=False)

    def __init__(self, data: Any, *, case: Case, by: User) -> None:
        self.case = case
        post = case.post
        initial = {"seen": actions.what_is_seen(case), "body": post.body if post else ""}
        if isinstance(post, Thread):
            initial["title"] = post.title
        super().__init__(data, initial=initial)
        choose = self.fields
        choose["action"].choices = [(one.value, WORDS[one][0]) for one in possible_actions(case)]  # type: ignore[attr-defined]
        people: tuple[Action, ...] = ABOUT_PEOPLE if case.about and can_restrict(by, case.about) else ()
        if post is not None and post.is_alarming:  # nobody is shut out for having asked for help (DOMAIN 2.1)
            people = tuple(one for one in people if one in (Action.WARN, Action.LIFT))
        choose["person_action"].choices = [("", gettext("Nothing")), *((one.value, WORDS[one][0]) for one in people)]  # type: ignore[attr-defined]
        choose["template"].queryset = MessageTemplate.objects.filter(is_active=True)  # type: ignore[attr-defined]
        choose["replies"].choices = [(one.pk, one) for one in self.replies_to_split]  # type: ignore[attr-defined]

    @property
    def replies_to_split(self) -> list[Reply]:
        thread = self.case.in_thread
        if thread is None:
            return []
        rows = thread.replies.filter(status=Post.Status.PUBLISHED).select_related("author").order_by("created_at", "pk")
        found = list(rows[:SPLIT_FROM_AT_MOST])
        for reply in found:
            reply.thread = thread
        return found

    def clean_title(self) -> str:
        return clean_line(without_nul(self.cleaned_data["title"]))

    def clean_law(self) -> str:
        return clean_line(without_nul(self.cleaned_data["law"]))

    def clean_forum(self) -> Forum | None:
        pk = self.cleaned_data["forum"]
        return Forum.objects.filter(pk=pk).first() if pk else None

    def clean_into(self) -> Thread | None:
        pk = self.cleaned_data["into"]
        if not pk:
            return None
        thread = Thread.objects.filter(pk=pk).first()
        if thread is None:
            raise forms.ValidationError(gettext("There is no question with this number."))
        return thread

    def clean_until(self) -> Any:
        until = self.cleaned_data["until"]
        if until and until <= timezone.now():
            raise forms.ValidationError(gettext("Choose a time in the future."))
        if until and until > timezone.now() + LONGEST:
            raise forms.ValidationError(gettext("Choose a time within ten years, or ban for good."))
        return until

    def verdict(self) -> actions.Verdict:
        """What the form asks for."""
        data = self.cleaned_data
        chosen = [Action(data[name]) for name in ("action", "person_action") if data.get(name)]
        grounds = actions.Grounds(
            **{name: data.get(name, "") for name in ("ground", "law", "facts", "message")},
            is_order=data.get("is_order", False),
        )
        details = actions.Details(
            until=data.get("until"), forum=data.get("forum"), into=data.get("into"), replies=data.get("replies") or [],
            title=data.get("title") or "", body=data.get("body") or "",
        )  # fmt: skip
        return actions.Verdict(chosen, grounds, details, keeps_open=data.get("keeps_open", False))


class AppealDecisionForm(forms.Form):
    """What another moderator decides about a decision, and why."""

    seen = forms.CharField(max_length=60, widget=forms.HiddenInput)
    answer = LongText(
        label=_("Reasons"), help_text=_("Whoever appealed reads them."), limit=MESSAGE_LIMIT,
        error_messages={"required": _("Give the reasons.")},
    )  # fmt: skip

    def __init__(self, data: Any, *, case: Case) -> None:
        super().__init__(data, initial={"seen": actions.what_is_seen(case)})


@dataclass(frozen=True)
class History:
    """What is known of a member: for a moderator who has to decide about one of the posts."""

    person: User
    is_anonymous: bool  # asked anonymously: not even moderators see who it is
    trust: Trust
    published: int
    not_shown: int
    decisions: list[Decision]
    notes: list[StaffNote]

    TRUST = {
        Trust.LOST: _("lost for now"),
        Trust.UNKNOWN: _("none yet: the first posts"),
        Trust.NEW: _("new: the first day"),
        Trust.MEMBER: _("a member"),
        Trust.TRUSTED: _("trusted"),
    }

    @property
    def trust_label(self) -> Any:
        return self.TRUST[self.trust]


COUNTED_TO = 1000


def history_of(case: Case) -> History | None:
    """What moderators know of whoever a case is about, without the name where the post is anonymous."""
    person = case.about
    if person is None:
        return None
    counts = {}
    for status_is_published in (True, False):
        total = 0
        for model in (Thread, Reply):
            rows = model.objects.filter(author=person)
            chosen = rows.filter(status="published") if status_is_published else rows.filter(status="hidden")
            total += chosen[:COUNTED_TO].count()
        counts[status_is_published] = total
    decisions = Decision.objects.filter(about=person).select_related("decided_by", "reversed_by")
    notes = StaffNote.objects.filter(person=person).select_related("by")
    subject = case.appeal.decision.post if case.appeal else case.post
    trust, latest = trust_of(person), list(decisions[:10])
    return History(person, is_anonymous(subject), trust, counts[True], counts[False], latest, list(notes[:10]))


def is_anonymous(post: Thread | Reply | None) -> bool:
    if isinstance(post, Thread):
        return post.is_anonymous
    return post is not None and post.hides_author


DISTRESSING = {"at_risk", "sexual", "child", "harassment"}


def context_of(case: Case) -> dict[str, Any]:
    """What stands beside the form: the text with what was found in it, what came before it, reports, history."""
    post, thread = case.post, case.in_thread
    reports = list(case.reports.select_related("reporter").order_by("created_at", "pk")[:200])
    for report, weight in zip(reports, actions.weights(reports), strict=True):
        report.weighs = weight  # type: ignore[attr-defined]
    screening = screen_again(post) if post else None
    marked = screen(post.body).findings if post else ()  # a question is screened with its title before it
    return {
        "post": post,
        "thread": thread,
        "reports": reports,
        "screening": screening,
        "text": render_with_marks(post.body, marked) if post else "",
        "is_folded": bool(
            (post and (post.is_alarming or post.is_emergency)) or any(one.reason in DISTRESSING for one in reports)
        ),
        "is_crisis": bool(post and post.is_alarming),
        "found": sorted({(one.kind, one.rule) for one in screening.findings}) if screening else [],
        "distress": DISTRESS,
        "before": _before(post) if isinstance(post, Reply) else [],
        "revisions": post.revisions.count() if post else 0,
        "history": history_of(case),
        "past": list(_past(case)),
    }


def _before(reply: Reply) -> list[Reply]:
    """The three replies that stand before one, oldest first."""
    earlier = Reply.objects.filter(thread=reply.thread_id, created_at__lte=reply.created_at).exclude(pk=reply.pk)
    rows = list(earlier.select_related("author").order_by("-created_at", "-pk")[:3])
    for row in rows:
        row.thread = reply.thread
    return rows[::-1]


def _past(case: Case) -> Any:
    """Earlier decisions about the same thing, newest first."""
    rows = Decision.objects.select_related("decided_by", "reversed_by").order_by("-decided_at", "-pk")
    if case.appeal:
        return rows.filter(pk=case.appeal.decision_id)
    if case.reply_id:
        return rows.filter(reply=case.reply_id)[:20]
    if case.thread_id:
        return rows.filter(thread=case.thread_id)[:20]
    return rows.filter(about=case.person_id, thread=None, reply=None)[:20]


def may_undo(decision: Decision) -> bool:
    """Whether the page offers to take a decision back."""
    action = Action(decision.action)
    measure = MEASURES.get(action)
    is_possible = action in (Action.DISMISS, Action.WARN) or bool(measure and measure.undoes)
    return is_possible and not decision.is_reversed
