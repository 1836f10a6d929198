from typing import Any

from django.http import HttpRequest

from notifications.counting import unread_of


def unread_notifications(request: HttpRequest) -> dict[str, Any]:
    """What is new for the member; asked for only where a page shows it."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {"unread_notifications": lambda: unread_of(user.pk)}
