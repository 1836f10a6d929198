"""Comparing pages that were there already with pages made anew."""

import re

from django.test import override_settings

EVERY_TIME = re.compile(r'(name="(?:csrfmiddlewaretoken|key|started)" value=")[^"]*')


def as_seen(client, address: str) -> tuple[int, str, str]:
    """Status, address and words of a page, without what is different every time."""
    response = client.get(address)
    return response.status_code, response.get("Location", ""), EVERY_TIME.sub(r"\1", response.content.decode())


def made_anew(client, address: str) -> tuple[int, str, str]:
    with override_settings(SHARED_PAGES_MB=0):
        return as_seen(client, address)


def assert_true(client, *addresses: str) -> None:
    """What is given out is what would be made now; looked at twice where a minute may have ended between the two."""
    for address in addresses:
        if as_seen(client, address) != made_anew(client, address):
            assert as_seen(client, address) == made_anew(client, address), address
