"""How much a phone has to load."""

import gzip
import json
from pathlib import Path

import pytest

import demo
from forum.actions import reply_to

pytestmark = pytest.mark.django_db
AT_MOST = 20_000


def texts():
    """Replies as people write them: those of the demo community."""
    for file in sorted((Path(demo.__file__).parent / "threads").glob("*.json")):
        for thread in json.loads(file.read_text()):
            yield from (reply["body"] for reply in thread["replies"])


@pytest.mark.parametrize("reader", ["visitor", "asker", "clinician"])
def test_a_question_with_twenty_replies_is_a_small_page(client, sign_in, request, thread, helper, clinician, reader):
    for number, text in zip(range(20), texts(), strict=False):
        reply_to(thread, by=clinician if number % 3 == 0 else helper, body=text)
    client = client if reader == "visitor" else sign_in(request.getfixturevalue(reader))
    page = client.get(thread.get_absolute_url())
    assert page.text.count('id="reply-') >= 20
    assert len(gzip.compress(page.content)) <= AT_MOST
