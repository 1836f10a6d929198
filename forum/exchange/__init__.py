"""Threads in and out of the site, as one JSON object a line.

{"id", "source", "licence", "forum", "title", "body", "author", "created_at", "tags", "url",
 "replies": [{"author", "body", "created_at", "helpful", "professional"}]}
"""

from urllib.parse import urlsplit

from django.conf import settings

ANONYMOUS = "Anonymous"
ANONYMOUS_ASKER = "Anonymous (asked this question)"
FORMER_MEMBER = "Former member"


def own_source() -> str:
    """The name under which this site's own questions travel."""
    return f"{settings.SITE_NAME} ({urlsplit(settings.SITE_URL).netloc})"
