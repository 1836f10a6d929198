"""Which crisis line to show to somebody whose country nobody asks for."""

import re

from django.http import HttpRequest

from resources.models import CrisisLine

REGION = re.compile(r"^[a-z]{2,3}-([A-Z]{2})\b", re.IGNORECASE)


def line_near(request: HttpRequest) -> CrisisLine | None:
    """The line of the region of the browser's first language (en-GB: Britain), or None where it names no region."""
    region = REGION.match(request.headers.get("Accept-Language", ""))
    return CrisisLine.objects.shown().filter(country=region[1].upper()).first() if region else None
