"""What every template may use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from common.reading import ReadingSettings


def site(request: HttpRequest) -> dict[str, Any]:
    """The site's name and the reader's text size and theme."""
    return {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "contact_email": settings.CONTACT_EMAIL,
        "leave_url": settings.LEAVE_URL,
        "reading": ReadingSettings.of(request),
    }
