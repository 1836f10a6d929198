"""What medical professionals say about each other's replies."""

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.actions import BADGE
from accounts.limits import spend
from accounts.models import User
from forum import policies
from forum.actions.drafts import lock_writing
from forum.actions.tally import locked_thread, still_in
from forum.models import PeerOpinion, Reply

PROFESSIONALS_ONLY = _("Only verified medical professionals can do this, about others’ replies to an open question.")
AGREE_WITH_PROFESSIONALS = _("You can agree with replies that carry the badge, other than your own.")


@transaction.atomic
def agree(reply: Reply, *, by: User) -> bool:
    """Record that the professional `by` agrees; a caution given before goes. Returns whether that is new."""
    return _give(reply, by, PeerOpinion.Kind.AGREE, "")


@transaction.atomic
def caution(reply: Reply, *, by: User, text: str) -> bool:
    """Put a short caution by the professional `by` below the reply, in place of an earlier opinion."""
    return _give(reply, by, PeerOpinion.Kind.CAUTION, text)


def _give(reply: Reply, by: User, kind: PeerOpinion.Kind, text: str) -> bool:
    earlier = _locked(reply, by)
    if earlier and (earlier.kind, earlier.text) == (kind, text):
        return False
    spend(by, "opinion")
    current = _current(reply)
    if kind == PeerOpinion.Kind.AGREE:
        policies.require(policies.can_agree(by, current), AGREE_WITH_PROFESSIONALS)
    else:
        policies.require(policies.can_give_opinion(by, current), PROFESSIONALS_ONLY)
    earlier = PeerOpinion.objects.filter(reply=reply, user=by).first()
    if earlier:
        _count(earlier, -1)
        earlier.delete()
    _count(PeerOpinion.objects.create(reply=reply, user=by, kind=kind, text=text), +1)
    return True


@transaction.atomic
def withdraw_opinion(reply: Reply, *, by: User) -> bool:
    """Take an agreement or a caution back, also in a closed question; returns whether there was one."""
    earlier = _locked(reply, by)
    if earlier is None:
        return False
    locked_thread(reply.thread_id)
    _count(earlier, -1)
    earlier.delete()
    return True


@transaction.atomic
def set_opinion_hidden(opinion: PeerOpinion, hidden: bool, *, by: User) -> bool:
    """Have a moderator take an opinion out of view, or show it again; returns whether that is new."""
    thread = locked_thread(Reply.objects.values_list("thread", flat=True).get(pk=opinion.reply_id))
    policies.require(policies.can_moderate(by, thread), _("Only moderators of this forum can do this."))
    opinion = PeerOpinion.objects.select_for_update(no_key=True).get(pk=opinion.pk)
    if opinion.is_hidden == hidden:
        return False
    _count(opinion, -1)
    opinion.is_hidden = hidden
    opinion.save(update_fields=["is_hidden"])
    _count(opinion, +1)
    return True


def _locked(reply: Reply, by: User) -> PeerOpinion | None:
    """The person's opinion of the reply, with the lock that lets only one change of it happen at a time."""
    lock_writing(by)
    by.refresh_from_db(fields=BADGE)
    return PeerOpinion.objects.filter(reply=reply, user=by).first()


def _current(reply: Reply) -> Reply:
    """The reply as it is now that its thread is locked."""
    thread = locked_thread(reply.thread_id)
    return still_in(thread, Reply.objects.select_related("author").get(pk=reply.pk))


def _count(opinion: PeerOpinion, step: int) -> None:
    """Count what readers see: opinions of badge holders that are not hidden."""
    if opinion.has_badge and not opinion.is_hidden:
        column = f"{opinion.kind}_count"
        Reply.objects.filter(pk=opinion.reply_id).update(**{column: F(column) + step})
