"""How often one visitor may search, and everybody together: a search costs more than a page."""

import hashlib
import hmac
import time
from ipaddress import ip_address

from django.conf import settings
from django.db import connection
from django.http import HttpRequest

from common.http import client_address

A_SECOND, A_MINUTE, A_MINUTE_SIGNED_IN, ALL_A_SECOND = 2, 15, 30, 8


def may_search(request: HttpRequest, what: str = "search") -> bool:
    """Count this search; False when it is one too many. A visitor from the machine itself is not limited."""
    address = client_address(request)
    if request.user.is_authenticated:
        windows = [(f"member {request.user.pk}", 60, A_MINUTE_SIGNED_IN)]
    elif _is_loopback(address):
        return True
    else:
        windows = [(address, 1, A_SECOND), (address, 60, A_MINUTE), ("visitors", 1, ALL_A_SECOND)]
    now = int(time.time())
    keys = [_hidden(f"{what} {who} {length}") for who, length, _ in windows]
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
    return hmac.digest(settings.SECRET_KEY.encode(), f"search rate {text}".encode(), hashlib.sha256)[:16]


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
