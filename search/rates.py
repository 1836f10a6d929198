"""How often one visitor may search, and everybody together: a search costs more than a page."""

import hashlib
import hmac
import time
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone

from common.http import client_address

A_SECOND, A_MINUTE, A_MINUTE_SIGNED_IN, ALL_A_SECOND = 2, 15, 30, 8


def may_search(request: HttpRequest, what: str = "search") -> bool:
    """Count this search; False when it is one too many. Who is at the machine itself is not limited."""
    address = client_address(request)
    if _is_loopback(address):
        return True
    if request.user.is_authenticated:
        return _count([(f"{what} member {request.user.pk}", 60, A_MINUTE_SIGNED_IN)])
    visitor = f"{what} {_network(address)}"
    # What one visitor may not do does not count against the others.
    return _count([(visitor, 1, A_SECOND), (visitor, 60, A_MINUTE)]) and _count([(what, 1, ALL_A_SECOND)])


def _count(windows: list[tuple[str, int, int]]) -> bool:
    """Count one more for each (who, seconds, at most); whether none of them is over its limit."""
    now = int(time.time())
    keys = [_hidden(f"{who} {length}") for who, length, _ in windows]
    slots = [now // length for _, length, _ in windows]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO search_searchrate AS r (key, slot, count) SELECT *, 1 FROM unnest(%s::bytea[], %s::bigint[]) "
            "ON CONFLICT (key) DO UPDATE SET count = CASE WHEN r.slot = EXCLUDED.slot THEN r.count + 1 ELSE 1 END, "
            "slot = EXCLUDED.slot RETURNING key, count",
            [keys, slots],
        )
        counts = {bytes(key): count for key, count in cursor.fetchall()}
    return all(counts[key] <= most for key, (_, _, most) in zip(keys, windows, strict=True))


def _hidden(text: str) -> bytes:
    """A key that says nothing of who it is, and is another one tomorrow."""
    return hmac.digest(settings.SECRET_KEY.encode(), f"{timezone.localdate()} {text}".encode(), hashlib.sha256)[:16]


def _network(address: str) -> str:
    """The address; of IPv6 the part that a subscriber cannot choose."""
    try:
        is_long = ip_address(address).version == 6
    except ValueError:
        return address
    return str(ip_network(f"{address}/64", strict=False)) if is_long else address


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
