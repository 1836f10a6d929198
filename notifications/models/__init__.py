"""Who follows what, what each member is told, and the mails about it. No row says a word of what was written."""

from notifications.models.choices import Choice, Preferences
from notifications.models.mails import Bounce, Mail
from notifications.models.notifications import NewQuestion, News, Notification
from notifications.models.subscriptions import Subscription

__all__ = ["Bounce", "Choice", "Mail", "NewQuestion", "News", "Notification", "Preferences", "Subscription"]
