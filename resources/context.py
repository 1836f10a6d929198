from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from resources.models import Resource


def popular_resources(request: HttpRequest) -> dict[str, Any]:
    """The site's popular resources for the side of a page; asked for only where a page shows them.

    Pages of a forum put those of the forum under the same name.
    """
    user = getattr(request, "user", None)
    if user is None:  # an error before anybody was known
        return {}
    return {"popular_resources": SimpleLazyObject(lambda: list(Resource.objects.beside(user)))}
