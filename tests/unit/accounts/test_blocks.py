"""Who blocks whom: what the action allows, and what the database refuses whoever writes it."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from accounts import actions
from accounts.actions import block, unblock
from accounts.models import Block, User
from tests.conftest import make_user

pytestmark = pytest.mark.django_db


def test_a_block_is_made_once_and_goes_in_one_direction(helper, stranger):
    assert block(stranger, by=helper) is True
    assert block(stranger, by=helper) is False
    assert Block.objects.count() == 1
    assert Block.objects.has_blocked(helper, stranger)
    assert not Block.objects.has_blocked(stranger, helper)


def test_unblocking_may_be_repeated_and_touches_nobody_elses_block(asker, helper, stranger):
    block(stranger, by=helper)
    block(stranger, by=asker)
    block(helper, by=stranger)
    assert unblock(stranger, by=helper) is True
    assert unblock(stranger, by=helper) is False
    assert set(Block.objects.values_list("user", "blocked")) == {(asker.pk, stranger.pk), (stranger.pk, helper.pk)}


def test_nobody_blocks_themselves(helper):
    with pytest.raises(PermissionDenied, match="You cannot block yourself"):
        block(helper, by=helper)
    with pytest.raises(IntegrityError, match="block_of_somebody_else"), transaction.atomic():
        Block.objects.create(user=helper, blocked=helper)
    assert not Block.objects.exists()


def test_the_database_keeps_one_block_of_each(helper, stranger):
    block(stranger, by=helper)
    with pytest.raises(IntegrityError, match="block_once"), transaction.atomic():
        Block.objects.create(user=helper, blocked=stranger)


@pytest.mark.parametrize("role", ["clinician", "moderator", "administrator"])
def test_anybody_can_be_blocked(role, request, helper):
    assert block(request.getfixturevalue(role), by=helper)


def test_there_is_a_most_that_one_person_can_block(monkeypatch, asker, helper, stranger, clinician):
    monkeypatch.setattr(actions, "MOST_BLOCKS", 2)
    block(stranger, by=helper)
    block(clinician, by=helper)
    assert block(clinician, by=helper) is False, "what is blocked already is no more than before"
    with pytest.raises(PermissionDenied, match="You have blocked 2 people"):
        block(asker, by=helper)
    assert block(asker, by=stranger), "the limit is each person's own"
    unblock(stranger, by=helper)
    assert block(asker, by=helper)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_stay_below_the_most(monkeypatch, helper, at_once):
    monkeypatch.setattr(actions, "MOST_BLOCKS", 3)
    people = [make_user(f"person{number}") for number in range(8)]

    def one(person):
        try:
            return block(person, by=helper)
        except PermissionDenied:
            return None

    assert at_once([lambda person=person: one(person) for person in people]).count(True) == 3
    assert Block.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_ten_clicks_at_once_block_once(helper, stranger, at_once):
    assert at_once([lambda: block(stranger, by=helper)] * 10).count(True) == 1
    assert Block.objects.count() == 1


def test_reading_who_is_blocked(asker, helper, stranger, clinician):
    block(stranger, by=helper)
    block(clinician, by=asker)
    assert list(User.objects.blocked_by(helper)) == [stranger]
    assert [user for user in User.objects.with_block_by(helper) if user.is_blocked] == [stranger]
    assert not any(user.is_blocked for user in User.objects.with_block_by(AnonymousUser()))


def test_the_end_of_an_account_ends_its_blocks(helper, stranger, asker):
    block(stranger, by=helper)
    block(helper, by=asker)
    User.objects.get(pk=helper.pk).delete()
    assert not Block.objects.exists()
