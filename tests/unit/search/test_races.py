"""Documents that are written anew while people change what they hold."""

from threading import Event

import pytest
from django.db import connection, transaction

from forum.actions import reply_to
from forum.actions.moderating import hide
from search import actions
from search.models import StaleDocument, ThreadDocument

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_reply_that_is_being_hidden_does_not_come_back(thread, helper, moderator, at_once):
    """Without the thread's lock the document was made from what stood there before, and written after."""
    reply = reply_to(thread, by=helper, body="Secretword")
    hidden, looked = Event(), Event()

    def moderate():
        with transaction.atomic():
            hide(reply, by=moderator)
            hidden.set()
            looked.wait(3)

    def refresh():
        hidden.wait(10)
        StaleDocument.objects.bulk_create([StaleDocument(thread_id=thread.pk)], ignore_conflicts=True)
        list(actions.refresh_stale())
        looked.set()

    at_once([moderate, refresh])
    list(actions.refresh_stale())
    with connection.cursor() as cursor:
        cursor.execute("SELECT vector @@ 'secretword' FROM search_threaddocument")
        assert cursor.fetchone() == (False,)
    assert ThreadDocument.objects.count() == 1


def test_many_at_once_leave_the_documents_true(thread, helper, moderator, at_once):
    replies = [reply_to(thread, by=helper, body=f"Word{number} here") for number in range(8)]

    def refresh():
        for _ in range(5):
            StaleDocument.objects.bulk_create([StaleDocument(thread_id=thread.pk)], ignore_conflicts=True)
            list(actions.refresh_stale())

    at_once(
        [
            refresh,
            refresh,
            *[lambda reply=reply: hide(reply, by=moderator) for reply in replies[:4]],
            *[lambda number=number: reply_to(thread, by=helper, body=f"New{number} here") for number in range(4)],
        ]
    )
    list(actions.refresh_stale())
    words = ThreadDocument.objects.get(pk=thread.pk).vector
    assert not any(f"'word{number}'" in words for number in range(4))
    assert all(f"'word{number}'" in words for number in range(4, 8))
    assert all(f"'new{number}'" in words for number in range(4))
