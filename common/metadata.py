"""What a page says about itself to machines: its address, social tags, its feed, structured data."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings

JsonLd = dict[str, Any]


def absolute(path: str) -> str:
    """The address of a path of this site, the same whatever host asks for it."""
    return f"{settings.SITE_URL}{path}"


@dataclass(frozen=True)
class Metadata:
    """For the head of a page (components/metadata.html). Without a title social networks get the site's name alone."""

    path: str  # the one address of this page, whatever order and filter it was asked for with
    title: str = ""
    description: str = ""
    kind: str = "website"
    feed: str = ""
    data: tuple[JsonLd, ...] = ()

    @property
    def canonical(self) -> str:
        return absolute(self.path)


def breadcrumb(*steps: tuple[str, str]) -> JsonLd:
    """BreadcrumbList of names and paths, from the home page on."""
    return {
        "@context": "https://schema.org",
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "name": name, "item": absolute(path)}
            for position, (name, path) in enumerate(steps, 1)
        ],
    }
