from accounts.models import User
from moderation.actions.opening import NOT_YOURS
from moderation.models import StaffNote
from moderation.policies import can_moderate, require


def add_note(person: User, *, by: User, text: str) -> StaffNote:
    """Leave a note about a member for other moderators."""
    require(can_moderate(by), NOT_YOURS)
    return StaffNote.objects.create(person=person, by=by, text=text[:1000])
