"""Notifications as the page shows them: one entry for each question, the one with the latest news first."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from notifications.kinds import ADDRESSED, KINDS
from notifications.models import Notification


@dataclass
class Group:
    """What is new in one question, newest first."""

    thread: Any
    notifications: list[Notification] = field(default_factory=list)

    @property
    def unread(self) -> list[Notification]:
        return [one for one in self.notifications if not one.is_read]

    @property
    def first(self) -> Notification:
        """The one to go to: the oldest unread, or the newest where all are read."""
        return self.unread[-1] if self.unread else self.notifications[0]

    @property
    def says(self) -> Any:
        """What the one it leads to says, or that somebody wrote to the member."""
        kinds = {one.kind for one in self.notifications}
        return KINDS[ADDRESSED if ADDRESSED in kinds else self.first.kind].says

    @property
    def replies(self) -> int:
        """How many of them are of replies."""
        return sum(1 for one in self.notifications if one.reply_id)

    @property
    def new_replies(self) -> int:
        """How many of those are unread."""
        return sum(1 for one in self.unread if one.reply_id)


def grouped(notifications: Iterable[Notification]) -> list[Group]:
    """By question, in the order in which each appears first."""
    groups: dict[int, Group] = {}
    for one in notifications:
        thread = one.question
        groups.setdefault(thread.pk, Group(thread)).notifications.append(one)
    return list(groups.values())
