"""Decisions: who may make them, what they need, and that two reviewers never both win."""

import pytest

from credentials import actions
from credentials.models import Credential, State
from credentials.policies import Refused, domain_of, employers, share_employer
from tests.conftest import ALL_CHECKS, change_employer, make_reviewer

pytestmark = pytest.mark.django_db
NO = {"approve": False, "reason": "not_on_register", "message": "We did not find you there."}
YES = {"approve": True, "checks": ALL_CHECKS}


def state(credential):
    return Credential.objects.get(pk=credential.pk).state


@pytest.mark.parametrize("who", ["helper", "stranger", "moderator", "clinician"])
def test_only_reviewers_decide(sent, request, who):
    credential, person = sent(), request.getfixturevalue(who)
    for act in (
        lambda: actions.decide(credential, by=person, **YES),
        lambda: actions.decide(credential, by=person, **NO),
        lambda: actions.ask_for_more(credential, by=person, message="More"),
        lambda: actions.suspend(credential, by=person, reason="conduct"),
        lambda: actions.revoke(credential, by=person, reason="conduct"),
        lambda: actions.reinstate(credential, by=person),
        lambda: actions.look_up(credential, by=person),
    ):
        with pytest.raises(Refused):
            act()
    assert state(credential) == State.SUBMITTED


@pytest.mark.parametrize("is_superuser", [False, True])
def test_nobody_decides_the_own_request(sent, reviewer, is_superuser):
    reviewer.is_superuser = is_superuser
    reviewer.save()
    credential = sent(reviewer)
    for how in (YES, NO):
        with pytest.raises(Refused, match="never about the own"):
            actions.decide(credential, by=reviewer, **how)


@pytest.mark.parametrize("check", ALL_CHECKS)
def test_every_check_has_to_be_made_to_approve(sent, reviewer, check):
    with pytest.raises(Refused, match="every check"):
        actions.decide(sent(), by=reviewer, approve=True, checks={**ALL_CHECKS, check: False})


@pytest.mark.parametrize("lacks", [{"reason": ""}, {"message": " "}])
def test_turning_down_needs_a_reason_and_plain_words(sent, reviewer, lacks):
    with pytest.raises(Refused):
        actions.decide(sent(), by=reviewer, **{**NO, **lacks})


def test_a_request_goes_back_and_forth_until_it_is_decided(sent, reviewer, helper):
    credential = sent()
    actions.ask_for_more(credential, by=reviewer, message="Which hospital?", note="seems fine")
    assert state(credential) == State.NEEDS_INFORMATION
    with pytest.raises(Refused):
        actions.decide(credential, by=reviewer, **YES)
    actions.save_answers(Credential.objects.get(pk=credential.pk), by=helper, interests="None really")
    actions.submit(credential, by=helper, message="The one in town")
    assert actions.decide(credential, by=reviewer, **NO)
    assert state(credential) == State.REJECTED
    for act in (lambda: actions.decide(credential, by=reviewer, **YES), lambda: actions.submit(credential, by=helper)):
        with pytest.raises(Refused):
            act()


def test_a_reviewer_who_looks_at_something_old_is_told(sent, reviewer, helper):
    credential = sent()
    seen = actions.what_is_seen(credential)
    actions.take_back(credential, by=helper)
    actions.submit(credential, by=helper)
    with pytest.raises(actions.Outdated):
        actions.decide(credential, by=reviewer, seen=seen, **YES)
    assert actions.decide(credential, by=reviewer, seen=actions.what_is_seen(credential), **YES)


def test_another_name_than_the_one_that_was_looked_at_is_not_approved(sent, reviewer, helper):
    credential = sent()
    seen = actions.what_is_seen(credential)
    type(helper).objects.filter(pk=helper.pk).update(display_name="Prof Famous Surgeon")
    with pytest.raises(actions.Outdated):
        actions.decide(credential, by=reviewer, seen=seen, **YES)


def test_the_view_of_somebody_who_is_no_reviewer_any_more_does_not_count(sent, reviewer, second_reviewer, settings):
    settings.CREDENTIAL_TWO_REVIEWERS = True
    credential = sent()
    actions.decide(credential, by=reviewer, **YES)
    type(reviewer).objects.filter(pk=reviewer.pk).update(is_staff=False)
    assert actions.decide(credential, by=second_reviewer, **YES) is False


def test_a_request_that_was_withdrawn_meanwhile_cannot_be_decided(sent, reviewer, helper):
    credential = sent()
    actions.withdraw(credential, by=helper)
    with pytest.raises(Refused):
        actions.decide(credential, by=reviewer, **YES)
    assert state(credential) == State.WITHDRAWN


@pytest.mark.django_db(transaction=True)
def test_of_two_reviewers_at_once_one_wins_and_the_other_is_told(sent, reviewer, second_reviewer, at_once):
    credential = sent()
    seen = actions.what_is_seen(credential)

    def decide(who, how):
        def call():
            try:
                return actions.decide(Credential.objects.get(pk=credential.pk), by=who, seen=seen, **how)
            except actions.Outdated:
                return "told"

        return call

    outcomes = at_once([decide(reviewer, YES), decide(second_reviewer, NO)] * 4)
    assert outcomes.count(True) == 1
    assert outcomes.count("told") == 7
    assert credential.events.filter(what__in=["approved", "rejected"]).count() == 1


def test_where_the_site_wants_two_nobody_approves_alone(sent, reviewer, second_reviewer, settings):
    settings.CREDENTIAL_TWO_REVIEWERS = True
    credential = sent()
    assert actions.decide(credential, by=reviewer, **YES) is False
    assert state(credential) == State.SUBMITTED
    with pytest.raises(Refused, match="Another reviewer"):
        actions.decide(credential, by=reviewer, **YES)
    assert actions.decide(credential, by=second_reviewer, **YES) is True
    assert state(credential) == State.APPROVED


def test_a_first_view_counts_only_for_the_request_it_was_about(sent, reviewer, second_reviewer, helper, settings):
    settings.CREDENTIAL_TWO_REVIEWERS = True
    credential = sent()
    actions.decide(credential, by=reviewer, **YES)
    actions.take_back(credential, by=helper)
    actions.submit(credential, by=helper)
    assert actions.decide(credential, by=second_reviewer, **YES) is False


@pytest.mark.parametrize("how", [YES, NO])
def test_a_colleague_never_decides_alone(sent, reviewer, second_reviewer, how):
    change_employer(reviewer, "hospital.example")
    credential = sent()
    assert actions.decide(credential, by=reviewer, **how) is False
    assert actions.decide(credential, by=second_reviewer, **how) is True


def test_two_colleagues_are_not_enough(sent, reviewer, second_reviewer):
    for colleague in (reviewer, second_reviewer):
        change_employer(colleague, "hospital.example")
    credential = sent()
    assert actions.decide(credential, by=reviewer, **YES) is False
    assert actions.decide(credential, by=second_reviewer, **YES) is False
    assert actions.decide(credential, by=change_employer(make_reviewer("third"), "far.example"), **YES) is True


def test_an_address_anybody_can_have_makes_no_colleagues(helper, reviewer):
    for person in (helper, reviewer):
        change_employer(person, "gmail.com")
    assert employers(helper) == set()
    assert not share_employer(helper, reviewer)


@pytest.mark.parametrize(
    ("email", "employer"),
    [
        ("A.B@Hospital.Example.", "hospital.example"),
        ("a@mail.hospital.example", "hospital.example"),
        ("a@ward.trust.nhs.uk", "trust.nhs.uk"),
        ("a@clinic.com.au", "clinic.com.au"),
        ("a@gmail.com", ""),
        ("a@mailinator.com", ""),
        ("a@mail.yahoo.co.uk", ""),
        ("a@doctors.org.uk", ""),
        ("nonsense", "nonsense"),
    ],
)
def test_the_employer_behind_an_address(email, employer):
    assert domain_of(email) == employer


def test_a_request_without_an_answer_can_be_turned_down(sent, reviewer):
    credential = sent()
    actions.ask_for_more(credential, by=reviewer, message="Which hospital?")
    assert actions.decide(credential, by=reviewer, **NO)
    assert state(credential) == State.REJECTED


def test_opening_a_document_is_written_down_and_outdates_nobody(filled, helper, reviewer, document):
    credential = filled()
    evidence = actions.add_evidence(credential, by=helper, kind="letter", checked=document())
    actions.submit(credential, by=helper)
    seen = actions.what_is_seen(credential)
    actions.open_document(evidence, by=reviewer)
    assert (credential.events.last().what, credential.events.last().by) == ("opened", reviewer)
    with pytest.raises(Refused):
        actions.open_document(evidence, by=helper)
    assert actions.decide(credential, by=reviewer, seen=seen, **YES)


def test_a_new_request_waits_until_a_pause_is_settled(approved, sent, reviewer, helper):
    first = approved()
    renewal = sent()
    actions.suspend(first, by=reviewer, reason="under_review")
    with pytest.raises(Refused, match="paused"):
        actions.decide(renewal, by=reviewer, **YES)


@pytest.mark.parametrize(
    ("reason", "may_return"), [("own_request", True), ("lapsed", True), ("false_claim", False), ("conduct", False)]
)
def test_who_may_apply_again(approved, reviewer, helper, reason, may_return):
    actions.revoke(approved(), by=reviewer, reason=reason)
    if may_return:
        assert actions.start(by=helper).state == State.DRAFT
    else:
        with pytest.raises(Refused):
            actions.start(by=helper)
