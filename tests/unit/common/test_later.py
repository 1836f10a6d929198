"""What is counted in passing."""

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from common.later import AT_MOST, Later
from resources.actions import reads
from resources.models import ResourceRead
from search.actions import record_search, searches
from search.models import SearchTerm
from tests.unit.resources.test_resources import BROWSER, make_resource


class Store:
    def __init__(self):
        self.stored, self.fails = [], False

    def __call__(self, items):
        if self.fails:
            raise DatabaseError
        self.stored.append(items)


def test_items_are_stored_together_and_once():
    store = Store()
    later = Later(store)
    for number in range(3):
        later.add(number)
    later.flush()
    later.flush()
    assert store.stored == [[0, 1, 2]]


def test_what_cannot_be_stored_waits_on_in_bounds():
    store = Store()
    later = Later(store)
    store.fails = True
    for number in range(AT_MOST + 5):
        later.add(number)
    later.flush()
    store.fails = False
    later.add("late")
    later.flush()
    assert [len(items) for items in store.stored] == [AT_MOST]


@pytest.mark.django_db(transaction=True)
def test_reading_and_searching_write_nothing_in_the_request(client):
    resource = make_resource()
    with CaptureQueriesContext(connection) as queries:
        client.get(resource.get_absolute_url(), headers={"User-Agent": BROWSER})
    assert not [query["sql"] for query in queries if not query["sql"].lstrip().startswith("SELECT")]
    record_search("itching", found=1, person="7")
    record_search("itching", found=1, person="8")
    assert not ResourceRead.objects.exists()
    assert not SearchTerm.objects.exists()
    reads.flush()
    searches.flush()
    assert ResourceRead.objects.count() == 1
    assert SearchTerm.objects.get().people == 2


@pytest.mark.django_db(transaction=True)
def test_a_resource_deleted_meanwhile_is_not_missed(client):
    gone, stays = make_resource("Gone"), make_resource("Stays")
    for resource in (gone, stays):
        client.get(resource.get_absolute_url(), headers={"User-Agent": BROWSER})
    gone.delete()
    reads.flush()
    assert ResourceRead.objects.get().resource == stays
