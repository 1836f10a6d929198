"""Agreement and cautions between professionals, and the badge that knows its forum."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from accounts.actions import grant_badge, withdraw_badge
from accounts.limits import DAILY, LimitReached
from forum import actions, policies
from forum.actions import follow_badge, recount
from forum.models import PeerOpinion, Reply, Thread
from forum.models.posts import OTHER_SPECIALTY
from forum.policies import Refused
from tests.conftest import make_user

pytestmark = pytest.mark.django_db


def make_professional(username, specialty="nurse"):
    user = make_user(username)
    grant_badge(user, specialty=specialty, verified_on=date(2026, 3, 1))
    return user


@pytest.fixture
def colleague(db):
    return make_professional("colleague", "cardiologist")


@pytest.fixture
def answer(make_reply, clinician):
    return make_reply(by=clinician)


def counts(reply):
    reply = Reply.objects.get(pk=reply.pk)
    return reply.agree_count, reply.caution_count, reply.helpful_count


def test_agreement_counts_once_and_apart_from_helpful(answer, colleague):
    assert actions.agree(answer, by=colleague) is True
    assert actions.agree(answer, by=colleague) is False
    assert counts(answer) == (1, 0, 0)
    actions.vote_helpful(answer, by=colleague)
    assert counts(answer) == (1, 0, 1)
    assert actions.withdraw_opinion(answer, by=colleague) is True
    assert actions.withdraw_opinion(answer, by=colleague) is False
    assert counts(answer) == (0, 0, 1)
    assert recount(repair=False) == []


def test_a_caution_takes_the_place_of_an_agreement(answer, colleague):
    actions.agree(answer, by=colleague)
    actions.caution(answer, by=colleague, text="Not with kidney disease.")
    assert counts(answer) == (0, 1, 0)
    actions.caution(answer, by=colleague, text="Not with kidney disease, ask first.")
    assert counts(answer) == (0, 1, 0)
    assert PeerOpinion.objects.get().text == "Not with kidney disease, ask first."
    actions.agree(answer, by=colleague)
    assert counts(answer) == (1, 0, 0)


def test_who_may_not(answer, make_reply, clinician, helper, colleague, moderator):
    for person in (helper, moderator, clinician):  # members, and its own writer
        for act in (
            lambda person=person: actions.agree(answer, by=person),
            lambda person=person: actions.caution(answer, by=person, text="x"),
        ):
            with pytest.raises(Refused):
                act()
    with pytest.raises(Refused, match="carry the badge"):  # agreement would lend a member the badge's weight
        actions.agree(make_reply(by=helper), by=colleague)
    assert actions.caution(make_reply(by=helper), by=colleague, text="This can harm.") is True


def test_a_professional_whose_badge_has_just_ended_is_refused(answer, colleague):
    withdraw_badge(type(colleague).objects.get(pk=colleague.pk), ran_out=True)
    assert colleague.is_medical_professional  # what this request still believes
    with pytest.raises(Refused):
        actions.agree(answer, by=colleague)


@pytest.mark.parametrize("change", ["hide the reply", "close", "hide the question"])
def test_only_about_what_readers_see_in_an_open_question(answer, colleague, moderator, thread, change):
    actions.agree(answer, by=colleague)
    if change == "hide the reply":
        actions.hide(answer, by=moderator)
    elif change == "close":
        actions.set_locked(thread, True, by=moderator)
    else:
        actions.hide(thread, by=moderator)
    with pytest.raises(Refused):
        actions.caution(answer, by=colleague, text="x")
    assert actions.withdraw_opinion(answer, by=colleague)


def test_there_is_a_limit_for_a_day(answer, colleague):
    for number in range(DAILY["opinion"]):
        actions.caution(answer, by=colleague, text=f"Number {number}")
    with pytest.raises(LimitReached):
        actions.agree(answer, by=colleague)


def test_opinions_go_and_come_back_with_the_badge_of_their_giver(answer, make_reply, clinician, colleague, helper):
    lay = make_reply(by=helper)
    actions.agree(answer, by=colleague)
    actions.caution(lay, by=colleague, text="Careful.")
    withdraw_badge(colleague, ran_out=True)
    follow_badge(colleague)
    assert (counts(answer), counts(lay)) == ((0, 0, 0), (0, 0, 0))
    assert not PeerOpinion.objects.shown().exists()
    assert recount(repair=False) == []
    grant_badge(colleague, specialty="nurse", verified_on=date(2026, 6, 1))
    follow_badge(colleague)
    assert (counts(answer), counts(lay)) == ((1, 0, 0), (0, 1, 0))
    assert recount(repair=False) == []


def test_a_hidden_caution_is_not_counted_and_can_be_shown_again(answer, colleague, moderator, helper):
    actions.caution(answer, by=colleague, text="Buy my book.")
    opinion = PeerOpinion.objects.get()
    with pytest.raises(Refused):
        actions.set_opinion_hidden(opinion, True, by=helper)
    assert actions.set_opinion_hidden(opinion, True, by=moderator) is True
    assert actions.set_opinion_hidden(opinion, True, by=moderator) is False
    assert counts(answer) == (0, 0, 0)
    withdraw_badge(colleague, ran_out=False)
    follow_badge(colleague)
    assert recount(repair=False) == []
    grant_badge(colleague, specialty="nurse", verified_on=date(2026, 6, 1))
    follow_badge(colleague)
    assert counts(answer) == (0, 0, 0)
    assert actions.set_opinion_hidden(opinion, False, by=moderator) is True
    assert counts(answer) == (0, 1, 0)
    assert recount(repair=False) == []


def test_agreement_is_not_shown_beside_somebody_whose_badge_was_taken_away(answer, clinician, colleague):
    actions.agree(answer, by=colleague)
    for ran_out, shown in [(True, True), (False, False)]:
        withdraw_badge(clinician, ran_out=ran_out)
        follow_badge(clinician)
        assert Reply.objects.select_related("author").get(pk=answer.pk).shows_agreement is shown


def test_the_database_keeps_one_opinion_and_a_text_only_with_a_caution(answer, colleague):
    actions.agree(answer, by=colleague)
    for fields in (
        {"reply": answer, "user": colleague, "kind": "agree"},
        {"reply": answer, "user": make_professional("third"), "kind": "agree", "text": "x"},
        {"reply": answer, "user": make_professional("fourth"), "kind": "caution", "text": ""},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            PeerOpinion.objects.create(**fields)


@pytest.mark.django_db(transaction=True)
def test_ten_clicks_at_once_count_once(answer, colleague, at_once):
    def click():
        return actions.agree(Reply.objects.get(pk=answer.pk), by=type(colleague).objects.get(pk=colleague.pk))

    assert at_once([click] * 10).count(True) == 1
    assert counts(answer)[0] == 1


@pytest.mark.django_db(transaction=True)
def test_many_badges_coming_and_going_at_once_leave_exact_counts(thread, make_reply, at_once):
    """Eight professionals answer each other's threads and lose the badge at the same moment."""
    people = [make_professional(f"prof{number}") for number in range(8)]
    replies = [make_reply(by=person) for person in people]
    for number, reply in enumerate(replies):
        actions.agree(reply, by=people[(number + 1) % 8])
        actions.agree(reply, by=people[(number + 2) % 8])

    def lose(person):
        def call():
            with transaction.atomic():
                withdraw_badge(person, ran_out=False)
                follow_badge(person)

        return call

    at_once([lose(person) for person in people[:4]])
    thread = Thread.objects.get(pk=thread.pk)
    assert thread.professional_reply_count == 4
    assert recount(repair=False) == []


@pytest.mark.parametrize(
    ("homes", "specialty", "shown"),
    [
        ([], "cardiologist", "Cardiologist"),
        (["cardiologist", "dermatologist"], "cardiologist", "Cardiologist"),
        (["dermatologist"], "cardiologist", OTHER_SPECIALTY),
        (["dermatologist"], "family-doctor", "Family doctor"),
        (["dermatologist"], "pharmacist", "Pharmacist"),
    ],
)
def test_outside_the_own_field_the_badge_says_so(make_reply, forum, homes, specialty, shown):
    forum.specialties = homes
    forum.save(update_fields=["specialties"])
    reply = make_reply(by=make_professional("somebody", specialty))
    line = Reply.objects.select_related("author", "thread__forum").get(pk=reply.pk).byline
    assert (line.badge, line.checked_on) == (shown, date(2026, 3, 1))


def test_the_field_of_a_professional(forum, colleague, clinician):
    from forum.models import Forum

    other = Forum.objects.create(category=forum.category, name="Hearts", slug="hearts", specialties=["cardiologist"])
    everybody = Forum.objects.create(category=forum.category, name="Anything", slug="anything")
    forum.specialties = ["dermatologist"]
    forum.save()
    assert set(Forum.objects.in_field_of(colleague)) == {other, everybody}
    assert set(Forum.objects.in_field_of(clinician)) == {forum, everybody}
    assert Forum.objects.in_field_of(make_professional("gp", "family-doctor")).count() == 3


def test_policies_know_visitors(answer):
    from django.contrib.auth.models import AnonymousUser

    assert not policies.can_agree(AnonymousUser(), answer)
    assert not policies.can_give_opinion(AnonymousUser(), answer)
