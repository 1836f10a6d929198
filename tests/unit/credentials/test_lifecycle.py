"""The life of a credential: every step there is, and no other, in the actions and in the database."""

from datetime import date, timedelta

import pytest
from django.core import mail
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.utils import timezone

from accounts.models import User
from credentials import actions, tasks
from credentials.actions.lifecycle import _forget
from credentials.actions.reviewing import later
from credentials.models import TRANSITIONS, Credential, CredentialEvent, State
from credentials.policies import Refused
from forum.actions import ask, recount, reply_to
from forum.models import Forum, Reply, Thread
from tests.conftest import ALL_CHECKS, move_end

pytestmark = pytest.mark.django_db


def force(credential: Credential, state: State) -> None:
    """Write a state past the trigger, to test what follows from it."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE credentials_credential SET state = %s WHERE id = %s", [state, credential.pk])
        cursor.execute("SET LOCAL session_replication_role = origin")


@pytest.mark.parametrize("start", State)
@pytest.mark.parametrize("end", State)
def test_the_database_knows_the_same_steps_as_the_code(approved, start, end):
    credential = approved()
    force(credential, start)
    allowed = end == start or end in TRANSITIONS[start]
    try:
        with transaction.atomic():
            Credential.objects.filter(pk=credential.pk).update(state=end)
        assert allowed
    except (ProgrammingError, IntegrityError):
        assert not allowed


def test_every_state_is_in_the_table():
    assert set(TRANSITIONS) == set(State)


def test_each_step_is_written_down_and_never_changed(approved, reviewer, helper):
    credential = approved()
    steps = [(event.by, event.what, event.from_state, event.to_state) for event in credential.events.all()]
    assert steps == [
        (helper, "submitted", "draft", "submitted"),
        (reviewer, "approved", "submitted", "approved"),
    ]
    for change in (lambda rows: rows.update(note="x"), lambda rows: rows.delete()):
        with pytest.raises(ProgrammingError, match="Cannot"), transaction.atomic():
            change(CredentialEvent.objects.filter(credential=credential))
    with pytest.raises(ProgrammingError, match="Cannot"), transaction.atomic():
        Credential.objects.filter(pk=credential.pk)._raw_delete("default")


def test_the_badge_comes_with_the_approval_for_old_and_new_replies(sent, reviewer, helper, thread):
    old = reply_to(thread, by=helper, body="Before")
    credential = sent()
    helper.refresh_from_db()
    assert not helper.is_medical_professional
    actions.decide(credential, by=reviewer, approve=True, checks=ALL_CHECKS)
    helper.refresh_from_db()
    assert (helper.is_medical_professional, helper.professional_title) == (True, "Dermatologist")
    assert helper.verified_on == timezone.localdate()
    new = reply_to(thread, by=helper, body="After")
    assert [Reply.objects.get(pk=pk).is_professional for pk in (old.pk, new.pk)] == [True, True]
    thread.refresh_from_db()
    assert thread.professional_reply_count == 2
    assert Forum.objects.get(pk=thread.forum_id).professional_count == 1
    assert recount(repair=False) == []


def ended(credential, how, reviewer):
    if how == "expired":
        move_end(credential, -1)
        assert actions.expire_due() == 1
    elif how == "suspended":
        actions.suspend(credential, by=reviewer, reason="under_review")
    elif how == "given up":
        actions.give_up(by=credential.user)
    else:
        actions.revoke(credential, by=reviewer, reason="false_claim")


@pytest.mark.parametrize("how", ["expired", "suspended", "given up", "revoked"])
def test_the_badge_goes_from_everything_at_once(approved, reviewer, helper, thread, how):
    before = reply_to(thread, by=helper, body="As a member")
    credential = approved()
    helper.refresh_from_db()
    with_badge = reply_to(thread, by=helper, body="As a professional")
    ended(credential, how, reviewer)
    helper.refresh_from_db()
    assert not helper.is_medical_professional
    shown = {reply.pk: reply.byline for reply in Reply.objects.select_related("author", "thread__forum")}
    assert [shown[reply.pk].badge for reply in (before, with_badge)] == ["", ""]
    assert shown[before.pk].past_badge == ""
    assert shown[with_badge.pk].past_badge == ("Dermatologist" if how == "expired" else "")
    thread.refresh_from_db()
    assert thread.professional_reply_count == 0
    assert Forum.objects.get(pk=thread.forum_id).professional_count == 0
    assert not Reply.objects.by_professionals().exists()
    assert recount(repair=False) == []
    helper.refresh_from_db()
    assert not reply_to(thread, by=helper, body="Afterwards").has_badge


def test_a_reply_that_was_on_its_way_when_the_badge_went_has_none(approved, reviewer, helper, thread):
    credential = approved()
    stale = User.objects.get(pk=helper.pk)
    actions.revoke(credential, by=reviewer, reason="conduct")
    assert stale.is_medical_professional
    reply = reply_to(thread, by=stale, body="Late")
    assert (reply.has_badge, reply.credential_line) == (False, "")


def test_a_paused_badge_can_be_given_back_with_its_date(approved, reviewer, helper):
    credential = approved()
    actions.suspend(credential, by=reviewer, reason="under_review")
    with pytest.raises(Refused, match="cannot apply"):
        actions.start(by=helper)
    with pytest.raises(Refused, match="paused"):
        actions.give_up(by=helper)
    actions.reinstate(credential, by=reviewer)
    helper.refresh_from_db()
    assert helper.is_medical_professional
    assert helper.verified_on == timezone.localdate()


def test_a_paused_badge_never_counts_as_one_that_only_ran_out(approved, reviewer, helper, thread):
    credential = approved()
    reply = reply_to(thread, by=User.objects.get(pk=helper.pk), body="With the badge")
    actions.suspend(credential, by=reviewer, reason="conduct")
    move_end(credential, -1)
    assert actions.expire_due() == 0
    assert Reply.objects.select_related("author", "thread__forum").get(pk=reply.pk).byline.past_badge == ""
    with pytest.raises(Refused):
        actions.start(by=helper)


def test_a_pause_that_is_cleared_after_its_time_ends_as_run_out(approved, reviewer, helper):
    credential = approved()
    actions.suspend(credential, by=reviewer, reason="under_review")
    move_end(credential, -1)
    actions.reinstate(credential, by=reviewer)
    credential.refresh_from_db()
    helper.refresh_from_db()
    assert credential.state == State.EXPIRED
    assert helper.was_medical_professional
    assert actions.start(by=helper).state == State.DRAFT


def test_what_ran_out_can_still_be_taken_away(approved, reviewer, helper, thread):
    credential = approved()
    reply = reply_to(thread, by=User.objects.get(pk=helper.pk), body="With the badge")
    move_end(credential, -1)
    actions.expire_due()
    actions.revoke(credential, by=reviewer, reason="false_claim")
    assert Reply.objects.select_related("author", "thread__forum").get(pk=reply.pk).byline.past_badge == ""


def test_who_paused_alone_does_not_give_back_alone_where_two_are_needed(approved, reviewer, second_reviewer, settings):
    credential = approved()
    settings.CREDENTIAL_TWO_REVIEWERS = True
    actions.suspend(credential, by=reviewer, reason="under_review")
    with pytest.raises(Refused, match="Another reviewer"):
        actions.reinstate(credential, by=reviewer)
    actions.reinstate(credential, by=second_reviewer)


def test_expiry_waits_for_the_last_day(approved):
    credential = approved()
    assert credential.valid_until == later(timezone.localdate(), 12)
    assert actions.expire_due(credential.valid_until) == 0  # "valid until" includes the day
    assert actions.expire_due(credential.valid_until + timedelta(days=1)) == 1
    assert actions.expire_due(credential.valid_until + timedelta(days=1)) == 0


@pytest.mark.parametrize(
    ("day", "months", "end"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 12, 5), 1, date(2027, 1, 5)),
        (date(2026, 11, 22), 12, date(2027, 11, 22)),
    ],
)
def test_months_later(day, months, end):
    assert later(day, months) == end


def test_reminders_go_out_30_and_7_days_before_and_each_once(approved, helper):
    credential = approved()
    told = []
    for days in (31, 30, 29, 8, 7, 6, 1):
        move_end(credential, days)
        if actions.remind_due():
            told.append(days)
        assert actions.remind_due() == 0
    assert told == [30, 7]
    assert credential.events.filter(what="reminded").count() == 2
    tasks.tell_holder.call(credential.pk, "reminded")
    (message,) = mail.outbox
    assert message.to == [helper.email]
    assert message.subject.startswith("Something to do")


def test_no_reminder_while_a_renewal_waits_or_the_badge_is_paused(approved, sent, reviewer, helper):
    credential = approved()
    move_end(credential, 20)
    sent()
    assert actions.remind_due() == 0
    actions.withdraw(Credential.objects.open().get(user=helper), by=helper)
    actions.suspend(credential, by=reviewer, reason="under_review")
    assert actions.remind_due() == 0


@pytest.mark.parametrize("already_ended", [False, True])
def test_a_renewal_takes_the_place_of_the_old_one(approved, sent, reviewer, helper, thread, already_ended):
    first = approved()
    reply = reply_to(thread, by=User.objects.get(pk=helper.pk), body="Under the first")
    move_end(first, -1 if already_ended else 20)
    if already_ended:
        actions.expire_due()
    renewal = actions.start(by=helper)
    assert (renewal.number, renewal.name_on_register, renewal.specialty) == (
        "1234567",
        "Helena Helper",
        "dermatologist",
    )
    assert renewal.consented_at is None
    assert renewal.work_email_confirmed_at is None
    second = sent(specialty="allergist")
    actions.decide(second, by=reviewer, approve=True, checks=ALL_CHECKS)
    first.refresh_from_db()
    helper.refresh_from_db()
    assert first.superseded_by == second
    assert helper.professional_title == "Allergist"
    assert actions.expire_due() == 0
    assert Reply.objects.get(pk=reply.pk).is_professional


def test_one_registration_stands_for_one_account(approved, sent, reviewer, stranger):
    approved()
    twin = sent(stranger)
    with pytest.raises(Refused, match="another account"):
        actions.decide(twin, by=reviewer, approve=True, checks=ALL_CHECKS)
    with pytest.raises(IntegrityError, match="credential_number_used_once"), transaction.atomic():
        now = timezone.now()
        rows = Credential.objects.filter(pk=twin.pk)
        rows.update(state="approved", decided_at=now, decided_by=reviewer, valid_until=now.date())


def test_documents_go_30_days_after_the_decision_and_their_hash_stays(
    filled, reviewer, helper, document, django_capture_on_commit_callbacks
):
    credential = filled()
    kept = actions.add_evidence(credential, by=helper, kind="certificate", checked=document())
    actions.submit(credential, by=helper)
    actions.decide(credential, by=reviewer, approve=True, checks=ALL_CHECKS)
    storage, name = kept.file.storage, kept.file.name
    assert actions.delete_old_evidence() == 0
    Credential.objects.filter(pk=credential.pk).update(decided_at=timezone.now() - timedelta(days=31))
    with django_capture_on_commit_callbacks(execute=True):
        assert actions.delete_old_evidence() == 1
    kept.refresh_from_db()
    assert not storage.exists(name)
    assert (kept.file.name, len(kept.sha256)) == ("", 64)
    assert kept.deleted_at
    assert actions.delete_old_evidence() == 0


@pytest.mark.parametrize("is_asked", [False, True])
def test_a_request_that_waits_for_its_applicant_is_forgotten_after_90_days(filled, reviewer, helper, is_asked):
    credential = filled()
    if is_asked:
        actions.submit(credential, by=helper)
        actions.ask_for_more(credential, by=reviewer, message="Which hospital?")
    Credential.objects.update(started_at=timezone.now() - timedelta(days=200))
    assert actions.forget_old_requests() == 0  # touched just now
    Credential.objects.update(changed_at=timezone.now() - timedelta(days=91))
    assert actions.forget_old_requests() == 1
    credential.refresh_from_db()
    assert (credential.state, credential.number, credential.work_email, credential.name_on_register) == (
        "withdrawn", "", "", "",
    )  # fmt: skip


def test_what_a_reviewer_has_to_do_is_never_forgotten(sent):
    sent()
    Credential.objects.update(changed_at=timezone.now() - timedelta(days=900))
    assert actions.forget_old_requests() == 0


def test_files_that_no_row_knows_go_after_a_day(filled, helper, document, monkeypatch):
    known = actions.add_evidence(filled(), by=helper, kind="letter", checked=document())
    storage = known.file.storage
    storage.save("evidence/left-behind", ContentFile(b"x"))
    assert actions.delete_stray_files() == 0
    monkeypatch.setattr(storage.__class__, "get_modified_time", lambda self, name: timezone.now() - timedelta(days=2))
    assert actions.delete_stray_files() >= 1  # other tests leave some in this storage
    assert storage.exists(known.file.name)
    assert not storage.exists("evidence/left-behind")


def test_the_command_does_all_of_it(approved, capsys):
    move_end(approved(), -1)
    call_command("keep_credentials")
    assert "Badges ended: 1" in capsys.readouterr().out


def test_mails_are_jobs_of_the_same_transaction(sent, reviewer, monkeypatch):
    """What is rolled back tells nobody; what is committed is told, whatever happens to the process then."""
    enqueued = []
    monkeypatch.setattr(
        type(tasks.tell_holder), "enqueue", lambda self, *args: enqueued.append((args, connection.in_atomic_block))
    )
    credential = sent()
    actions.decide(credential, by=reviewer, approve=True, checks=ALL_CHECKS)
    assert enqueued == [((credential.pk, "approved"), True)]


@pytest.mark.django_db(transaction=True)
def test_revoking_while_the_person_replies_leaves_no_badge_behind(approved, reviewer, helper, thread, at_once):
    """Twelve replies and one revocation at the same time: whatever comes first, nothing keeps the badge."""
    credential = approved()

    def reply(number):
        return lambda: reply_to(
            Thread.objects.get(pk=thread.pk), by=User.objects.get(pk=helper.pk), body=f"No {number}"
        )

    def revoke():
        actions.revoke(Credential.objects.get(pk=credential.pk), by=reviewer, reason="conduct")

    at_once([*(reply(number) for number in range(12)), revoke])
    assert Reply.objects.count() == 12
    assert not Reply.objects.filter(has_badge=True).exists()
    thread.refresh_from_db()
    assert thread.professional_reply_count == 0
    assert recount(repair=False) == []


def test_an_own_anonymous_question_never_shows_the_badge(approved, helper, forum):
    anonymous = ask(by=helper, forum=forum, title="Something private", body="Text", is_anonymous=True)
    reply = reply_to(anonymous, by=helper, body="More about it")
    approved()
    reply.refresh_from_db()
    assert not reply.has_badge
    assert reply.byline.name == "Anonymous"
    anonymous.refresh_from_db()
    assert anonymous.professional_reply_count == 0


@pytest.mark.parametrize("is_paused_first", [False, True])
def test_a_title_that_was_taken_away_does_not_come_back_with_another_badge(
    approved, sent, reviewer, helper, thread, is_paused_first
):
    first = approved()
    reply = reply_to(thread, by=User.objects.get(pk=helper.pk), body="As a dermatologist")
    if is_paused_first:
        actions.suspend(first, by=reviewer, reason="under_review")
    actions.revoke(first, by=reviewer, reason="not_on_register")
    second = sent(specialty="paramedic", profession="paramedic", scheme="gb_hcpc", number="PA12345")
    actions.decide(second, by=reviewer, approve=True, checks=ALL_CHECKS)

    def byline():
        return Reply.objects.select_related("author", "thread__forum").get(pk=reply.pk).byline

    assert byline().badge == "Paramedic"
    move_end(second, -1)
    actions.expire_due()
    assert byline().past_badge == ""


def test_a_request_from_before_a_false_claim_is_not_approved_after_it(approved, sent, reviewer):
    first, renewal = approved(), sent()
    actions.revoke(first, by=reviewer, reason="false_claim")
    with pytest.raises(Refused, match="for good"):
        actions.decide(renewal, by=reviewer, approve=True, checks=ALL_CHECKS)


def test_one_row_that_cannot_be_decrypted_holds_nobody_up(approved, sent, reviewer, stranger, helper):
    first = approved()
    other = sent(stranger, number="7654321")
    actions.decide(other, by=reviewer, approve=True, checks=ALL_CHECKS)
    move_end(first, -1)
    move_end(other, -1)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE credentials_credential SET number = 'damaged' WHERE id = %s", [first.pk])
    assert actions.expire_due() == 2
    for person in (helper, stranger):
        person.refresh_from_db()
        assert not person.is_medical_professional


def test_a_request_sent_while_old_ones_are_listed_is_not_forgotten(filled, helper):
    listed = filled()
    before = timezone.now() + timedelta(seconds=1)
    actions.submit(listed, by=helper)
    assert _forget(listed, before) is False
    listed.refresh_from_db()
    assert (listed.state, listed.number) == ("submitted", "1234567")
