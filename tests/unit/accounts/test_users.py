from datetime import date, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import authenticate
from django.db import Error, IntegrityError, transaction
from django.utils import timezone

from accounts.actions import forget_unverified, grant_badge, withdraw_badge
from accounts.forms import ProfileForm
from accounts.limits import DAILY, LimitReached, spend
from accounts.models import ActivityLimit, User, initials
from tests.conftest import PASSWORD, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("field", ["username", "email"])
def test_letter_case_does_not_make_another_person(asker, field):
    fields = {"username": "other", "email": "other@example.org"} | {field: getattr(asker, field).upper()}
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(**fields)


def test_many_accounts_may_have_no_address():
    User.objects.create(username="one")
    User.objects.create(username="two")
    assert User.objects.count() == 2


@pytest.mark.parametrize("username", ["", "with space", "-dash", "a/b", "ünï", "new\nline", "a" * 65])
def test_the_database_refuses_usernames_that_break_addresses(username):
    with pytest.raises(Error, match=r"user_username_form|too long"), transaction.atomic():
        User.objects.create(username=username)


@pytest.mark.parametrize("login", ["asker", "ASKER"])
def test_members_sign_in_in_any_case(asker, login):
    assert authenticate(username=login, password=PASSWORD) == asker


@pytest.mark.parametrize(
    ("kind", "demo_mode", "works"),
    [("member", False, True), ("demo", True, True), ("demo", False, False), ("imported", True, False)],
)
def test_who_can_sign_in(asker, settings, client, kind, demo_mode, works):
    client.force_login(asker, backend="accounts.backends.MemberBackend")
    User.objects.update(kind=kind)
    settings.DEMO = demo_mode
    assert (authenticate(username="asker", password=PASSWORD) is not None) == works
    assert client.get("/account/").status_code == (200 if works else 302)  # a session ends too


def test_a_badge_has_a_title_and_can_be_withdrawn(asker):
    grant_badge(asker, specialty="midwife", verified_on=date(2026, 3, 1))
    assert User.objects.get().is_medical_professional
    withdraw_badge(asker, ran_out=False)
    assert not User.objects.get().is_medical_professional
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.update(is_medical_professional=True, professional_title="")


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Dr Hannah Okafor", "HO"), ("northstairs", "N"), ("demo_patient", "DP"), ("The Old Biker", "OB"), ("...", "?")],
)
def test_initials(name, letters):
    assert initials(name) == letters


@pytest.mark.parametrize(
    "name",
    [
        "me@example.org",
        "asker@example.org",
        "\u200b\u200b",
        "Dr X Medical-Professional",
        "ＡＮＯＮＹＭＯＵＳ",
        "Former  member",
        "HELPER",
    ],
)
def test_names_that_mislead_or_give_people_away_are_refused(asker, helper, name):
    assert not ProfileForm({"display_name": name}, instance=asker).is_valid()


def test_the_daily_limit_is_exact(asker):
    for _ in range(DAILY["edit"]):
        spend(asker, "edit")
    with pytest.raises(LimitReached, match="30 edits in a day"):
        spend(asker, "edit")
    spend(asker, "reply")


def test_a_new_day_starts_from_nothing(asker):
    spend(asker, "edit")
    ActivityLimit.objects.update(day=timezone.now().date() - timedelta(days=1), count=999)
    spend(asker, "edit")
    assert ActivityLimit.objects.get().count == 1


@pytest.mark.django_db(transaction=True)
def test_the_daily_limit_holds_for_many_tabs(asker, at_once):
    def once():
        try:
            spend(asker, "edit")
        except LimitReached:
            return False
        return True

    assert at_once([once] * 40).count(True) == DAILY["edit"]


def test_accounts_that_never_confirmed_are_forgotten_after_a_week(asker):
    old = timezone.now() - timedelta(days=8)
    for username, verified, joined in [("late", False, old), ("fine", True, old), ("new", False, timezone.now())]:
        user = make_user(username)
        EmailAddress.objects.filter(user=user).update(verified=verified)
        User.objects.filter(pk=user.pk).update(date_joined=joined)
    assert forget_unverified() == 1
    assert set(User.objects.values_list("username", flat=True)) == {"asker", "fine", "new"}
