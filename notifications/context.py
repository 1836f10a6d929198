from typing import Any

from django.http import HttpRequest

from notifications.counting import unread_count


def unread_notifications(request: HttpRequest) -> dict[str, Any]:
    """How many notifications the member has not read; asked for only where a page shows it."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {"unread_notifications": lambda: unread_count(user.pk)}
