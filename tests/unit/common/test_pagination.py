import pytest
from django.http import Http404

from common.pagination import Page, page_number, page_of, paginate
from forum.models import Thread


@pytest.mark.parametrize("raw", ["0", "-1", "abc", "", "1.5", "9" * 20, "٣", " 1", "1e3", "\0"])
def test_what_is_not_a_page_number_does_not_exist(raw):
    with pytest.raises(Http404):
        page_number(raw)


def test_without_a_number_the_first_page_is_meant():
    assert page_number(None) == 1


@pytest.mark.django_db
def test_an_empty_list_has_one_page_and_no_second():
    threads = Thread.objects.order_by("pk")
    assert paginate(threads, None, total=0).last == 1
    with pytest.raises(Http404):
        paginate(threads, "2", total=0)


@pytest.mark.django_db
def test_an_order_with_ties_is_refused():
    with pytest.raises(AssertionError):
        paginate(Thread.objects.order_by("title"), None, total=0)


@pytest.mark.parametrize(
    ("number", "last", "offered"),
    [
        (1, 1, [1]),
        (1, 3, [1, 2, 3]),
        (1, 9, [1, 2, None, 9]),
        (5, 9, [1, None, 4, 5, 6, None, 9]),
        (3, 9, [1, 2, 3, 4, None, 9]),
        (4, 9, [1, 2, 3, 4, 5, None, 9]),
        (9, 9, [1, None, 8, 9]),
    ],
)
def test_the_navigation_offers_neighbours_and_ends(number, last, offered):
    assert Page([], number, last, 0).numbers == offered


def test_positions_fall_on_pages():
    assert [page_of(position) for position in (0, 19, 20, 41)] == [1, 1, 2, 3]
