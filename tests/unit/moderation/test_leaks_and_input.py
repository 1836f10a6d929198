"""Leaks, bad input, database truth. Each test says what should be so."""

import re
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from forum.actions import ask, reply_to, save_draft, update_reply
from forum.models import Draft, Reply, ScreeningRule, Thread
from moderation import actions
from moderation.actions import Details, Grounds, Verdict
from moderation.models import Action, Appeal, Case, Decision, Report, StaffNote
from tests.unit.moderation.test_hard_cases import case_of, decide, press

pytestmark = pytest.mark.django_db
KIND = Grounds(ground="kind", facts="Two insults.", message="Please stay friendly.")


@pytest.fixture(autouse=True)
def _moderator(moderator):
    return moderator


# -- anonymous askers


@pytest.fixture
def anonymous(forum, asker):
    return ask(by=asker, forum=forum, title="An anonymous question", body="About Quixotal and more", is_anonymous=True)


def test_the_case_does_not_name_an_anonymous_asker_who_took_words_out(sign_in, anonymous, asker, moderator):
    actions.redact(anonymous, "Quixotal", by=asker)
    page = sign_in(moderator).get(case_of(anonymous).get_absolute_url()).text
    assert "asker" not in page


def test_the_list_of_decisions_does_not_name_an_anonymous_asker_who_took_words_out(
    sign_in, anonymous, asker, moderator
):
    actions.redact(anonymous, "Quixotal", by=asker)
    client = sign_in(moderator)
    pages = client.get("/admin/moderation/decision/").text
    pages += client.get(f"/admin/moderation/decision/{Decision.objects.get().pk}/change/").text
    assert "asker" not in pages


def test_a_note_cannot_be_left_about_an_anonymous_asker(sign_in, anonymous, moderator):
    case = case_of(anonymous)
    press(sign_in(moderator), case, do="note", note="XYZZY")
    assert not StaffNote.objects.exists()


def test_the_case_of_an_anonymous_question_tells_no_day_of_joining(sign_in, anonymous, moderator, asker):
    from django.utils.formats import date_format

    page = sign_in(moderator).get(case_of(anonymous).get_absolute_url()).text
    assert date_format(asker.date_joined, "DATE_FORMAT") not in page


# -- reporters


def test_nobody_learns_who_reported_by_trying_addresses(client, reply):
    actions.report(
        reply, by=None, reason="harassment", explanation="secret words", name="Vic", email="victim@example.org"
    )
    data = {"reason": "spam", "name": "Somebody", "email": "Victim@example.org", "is_accurate": "on"}
    first = client.post(f"/replies/{reply.pk}/report/", data)
    Client().post(f"/replies/{reply.pk}/report/", {**data, "email": "nobody@example.org"})
    reference = Report.objects.get(email="victim@example.org").reference
    assert reference not in first.headers.get("Location", "")


def test_nobody_reads_or_appeals_the_report_of_somebody_else(client, reply, moderator):
    actions.report(reply, by=None, reason="harassment", name="Vic", email="victim@example.org")
    data = {"reason": "spam", "name": "Somebody", "email": "victim@example.org", "is_accurate": "on"}
    page = client.post(f"/replies/{reply.pk}/report/", data, follow=True)
    assert "Harassment" not in page.text


def test_a_taken_back_decision_is_shown_so_to_the_reporter(sign_in, reply, stranger, moderator):
    made, _ = actions.report(reply, by=stranger, reason="harassment")
    [decision] = actions.decide(Case.objects.with_subjects().get(), Verdict([Action.HIDE], KIND), by=moderator)
    actions.undo(decision, by=moderator)
    page = sign_in(stranger).get(made.get_absolute_url()).text
    assert "taken back" in page


def test_the_reporter_does_not_learn_that_the_author_is_suspended(sign_in, reply, stranger, moderator):
    made, _ = actions.report(reply, by=stranger, reason="harassment")
    actions.decide(
        Case.objects.with_subjects().get(),
        Verdict([Action.SUSPEND], KIND, Details(until=timezone.now() + timedelta(days=1))),
        by=moderator,
    )
    assert "suspended" not in sign_in(stranger).get(made.get_absolute_url()).text.lower()


# -- the case page shows what is judged


def test_the_case_shows_the_facts_of_a_question(sign_in, forum, asker, moderator):
    thread = ask(by=asker, forum=forum, title="A question", body="Some words", facts={"tests": "Merovinge"})
    assert "Merovinge" in sign_in(moderator).get(case_of(thread).get_absolute_url()).text


def test_the_case_shows_a_declared_interest(sign_in, thread, clinician, moderator):
    reply = reply_to(thread, by=clinician, body="Some words", interest="Merovinge")
    assert "Merovinge" in sign_in(moderator).get(case_of(reply).get_absolute_url()).text


def test_the_case_marks_what_was_found_where_it_stands(sign_in, forum, asker, moderator):
    thread = ask(
        by=asker,
        forum=forum,
        title="A question with a long title",
        body="I feel bad. I want to kill myself. Please help me now.",
    )
    page = sign_in(moderator).get(case_of(thread).get_absolute_url()).text
    marks = re.findall(r"<mark[^>]*>(.*?)</mark>", page)
    assert any("kill myself" in mark for mark in marks), marks


def test_the_case_of_an_appeal_shows_the_history_of_the_author(sign_in, reply, helper, moderator, second_moderator):
    StaffNote.objects.create(person=helper, by=moderator, text="Merovinge")
    [decision] = decide(reply, Action.HIDE, by=moderator)
    actions.appeal(decision, text="It was a joke.", by=helper)
    case = Case.objects.get(appeal__isnull=False)
    assert "Merovinge" in sign_in(second_moderator).get(case.get_absolute_url()).text


# -- redaction


def test_redacting_a_short_word_in_a_long_title_is_no_error(sign_in, forum, asker):
    thread = ask(by=asker, forum=forum, title="ab" * 100, body="ab and more")
    response = sign_in(asker).post(f"/threads/{thread.pk}/redact/", {"words": "ab"})
    assert response.status_code in (302, 422)


def test_redacting_a_short_word_does_not_break_on_a_long_report(sign_in, reply, helper, stranger):
    update_reply(reply, by=helper, body="ab and more")
    actions.report(reply, by=stranger, reason="harassment", explanation="ab" * 1000)
    response = sign_in(helper).post(f"/replies/{reply.pk}/redact/", {"words": "ab"})
    assert response.status_code in (302, 422)


def test_an_author_does_not_change_the_reports_about_the_own_post(reply, helper, stranger):
    actions.report(reply, by=stranger, reason="harassment", explanation="This person threatens me with a knife")
    update_reply(reply, by=helper, body="threatens me with a knife")
    actions.redact(reply, "threatens me with a knife", by=helper)
    assert Report.objects.get().explanation == "This person threatens me with a knife"


def test_an_author_does_not_change_what_others_quote_from_others(thread, make_reply, helper, stranger, clinician):
    reply_to(thread, by=clinician, body="Take it twice with water.")
    quoting = reply_to(thread, by=stranger, body="> Take it twice with water.\n\nThank you!")
    vandal = make_reply(body="twice")
    actions.redact(vandal, "twice", by=helper)
    quoting.refresh_from_db()
    assert "twice" in quoting.body


def test_redaction_takes_words_not_parts_of_words(thread, make_reply, helper, stranger):
    reply = make_reply(body="he is here")
    actions.redact(reply, "he", by=helper)
    reply.refresh_from_db()
    assert "here" in reply.body


def test_redacted_words_do_not_come_back_from_the_draft_of_an_edit(reply, helper, stranger):
    update_reply(reply, by=helper, body="My name is Merovinge")
    quoting = reply_to(reply.thread, by=stranger, body="> My name is Merovinge\n\nHello")
    save_draft(stranger, f"reply-edit:{quoting.pk}", body="> My name is Merovinge\n\nHello again")
    actions.redact(reply, "Merovinge", by=helper)
    assert "Merovinge" not in Draft.objects.get().body


def test_redacted_words_are_gone_from_the_answers_of_moderators(reply, helper, moderator, second_moderator):
    update_reply(reply, by=helper, body="My name is Merovinge")
    [decision] = decide(reply, Action.HIDE, by=moderator)
    actions.appeal(decision, text="x", by=helper)
    actions.decide_appeal(
        Case.objects.with_subjects().get(appeal__isnull=False),
        by=second_moderator,
        reverse=False,
        answer="You wrote Merovinge",
    )
    actions.redact(reply, "Merovinge", by=helper)
    assert "Merovinge" not in Appeal.objects.get().answer


def test_a_redaction_below_another_question_keeps_its_help_exact(thread, make_reply, helper, stranger, moderator):
    one = make_reply(body="I want to kill myself")
    make_reply(body="Another reply")
    quoting = reply_to(thread, by=stranger, body="> I want to kill myself\n\nPlease do not.")
    decide(thread, Action.SPLIT, by=moderator, replies=[quoting.pk], title="A new question here")
    new = Thread.objects.order_by("-pk").first()
    reply_to(new, by=stranger, body="> I want to kill myself\n\nAgain")
    actions.redact(one, "I want to kill myself", by=helper)
    new.refresh_from_db()
    from forum.actions.watching import watch

    before = (new.shows_help, new.is_watched)
    watch(new)
    assert (new.shows_help, new.is_watched) == before


# -- requests


def test_pressing_a_button_of_an_appeal_on_another_case_is_no_error(sign_in, reply, moderator):
    client = sign_in(moderator)
    response = press(client, case_of(reply), do="reverse", action="dismiss")
    assert response.status_code < 500


def test_pressing_decide_on_an_appeal_is_no_error(sign_in, reply, helper, moderator, second_moderator):
    [decision] = decide(reply, Action.HIDE, by=moderator)
    actions.appeal(decision, text="It was a joke.", by=helper)
    case = Case.objects.get(appeal__isnull=False)
    response = press(sign_in(second_moderator), case, do="decide", answer="x")
    assert response.status_code < 500


@pytest.mark.parametrize(
    "do", ["", "claim", "release", "note", "undo", "template", "decide", "reverse", "uphold", "\0", "x" * 10000]
)
@pytest.mark.parametrize(
    "data",
    [
        {},
        {
            "decision": "9" * 30,
            "note": "\0",
            "handover": "\0" * 600,
            "template": "-1",
            "seen": "\0",
            "action": "unlock",
            "until": "9999-12-31T23:59",
            "into": "-5",
            "replies": ["9" * 30, "x"],
            "title": "\0",
            "law": "\0",
            "body": "\0",
            "forum": "9" * 40,
            "message": "\0",
        },
    ],
)
def test_odd_forms_at_the_desk_are_no_error(sign_in, thread, moderator, do, data):
    response = press(sign_in(moderator), case_of(thread), do=do, **data)
    assert response.status_code < 500


@pytest.mark.parametrize("address", ["0", "9" * 40, "-1", "abc", "%00", "1/change/../../", "1_5F"])
def test_odd_addresses_of_cases(sign_in, moderator, address):
    client = sign_in(moderator)
    for path in (
        f"/admin/moderation/case/{address}/change/",
        f"/admin/moderation/case/about/thread/{address}/",
        f"/admin/moderation/case/about/person/{address}/",
        f"/admin/moderation/decision/{address}/change/",
        f"/admin/moderation/case/?see={address}&p={address}&o={address}",
    ):
        assert client.get(path).status_code < 500, path


@pytest.mark.parametrize("until", ["9999-12-31T23:59", "9999-01-01T00:00"])
def test_suspending_until_the_end_of_time_is_a_ban_or_refused(sign_in, reply, helper, moderator, until):
    press(sign_in(moderator), case_of(reply), person_action="suspend", until=until, ground="kind")
    helper.refresh_from_db()
    assert not (helper.is_banned and Decision.objects.filter(action="suspend").exists())


def test_locking_until_the_end_of_time(sign_in, thread, moderator, client):
    press(sign_in(moderator), case_of(thread), action="lock", until="9999-12-31T23:59")
    assert client.get(thread.get_absolute_url()).status_code == 200


def test_a_rule_in_a_language_that_is_not_there_is_refused(sign_in, administrator):
    response = sign_in(administrator).post(
        "/admin/forum/screeningrule/add/",
        {"language": "xx", "effect": "add", "kind": "spam", "phrase": "some words", "is_active": "on"},
    )
    assert response.status_code == 200


def test_a_switch_for_a_rule_that_is_not_there_is_refused(sign_in, administrator):
    response = sign_in(administrator).post(
        "/admin/forum/screeningrule/add/",
        {"language": "en", "effect": "off", "kind": "", "phrase": "nonsense", "is_active": "on"},
    )
    assert response.status_code == 200


def test_a_broken_rule_in_the_database_does_not_stop_posting(thread, helper):
    ScreeningRule.objects.create(kind="spam", phrase="***", note="before an upgrade")
    reply_to(thread, by=helper, body="Some words")


# -- suspended


def test_a_suspended_badge_holder_is_not_sent_in_a_circle(sign_in, clinician, settings):
    User.objects.filter(pk=clinician.pk).update(suspended_until=timezone.now() + timedelta(days=3))
    client = sign_in(clinician)
    assert client.get("/", follow=True).status_code == 200


def test_a_suspended_member_changes_the_password(sign_in, helper):
    User.objects.filter(pk=helper.pk).update(suspended_until=timezone.now() + timedelta(days=3))
    assert sign_in(helper).get("/accounts/password/change/").status_code == 200


def test_a_suspended_member_deletes_the_own_posts(sign_in, reply, helper):
    User.objects.filter(pk=helper.pk).update(suspended_until=timezone.now() + timedelta(days=3))
    sign_in(helper).post(f"/replies/{reply.pk}/delete/")
    reply.refresh_from_db()
    assert reply.is_removed


def test_a_suspended_moderator_enters_no_admin(sign_in, moderator):
    client = sign_in(moderator)
    User.objects.filter(pk=moderator.pk).update(suspended_until=timezone.now() + timedelta(days=3))
    for path in ("/admin/", "/admin/moderation/case/", "/admin/forum/thread/", "/admin/jsi18n/"):
        assert client.get(path).headers.get("Location") == "/account/decisions/"


# -- database


def test_the_record_cannot_be_emptied(reply, moderator):
    decide(reply, Action.HIDE, by=moderator)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE moderation_decision CASCADE")


def test_the_desk_works_when_the_post_of_a_decision_is_gone(sign_in, reply, helper, moderator, second_moderator):
    [decision] = decide(reply, Action.HIDE, by=moderator)
    actions.appeal(decision, text="It was a joke.", by=helper)
    Reply.objects.filter(pk=reply.pk).delete()
    case = Case.objects.get(appeal__isnull=False)
    client = sign_in(second_moderator)
    assert client.get("/admin/moderation/case/").status_code == 200
    assert client.get(case.get_absolute_url()).status_code == 200
    assert press(client, case, do="uphold", answer="x").status_code < 500


def test_the_author_reads_the_decision_when_the_post_is_gone(sign_in, reply, helper, moderator):
    [decision] = decide(reply, Action.HIDE, by=moderator)
    Reply.objects.filter(pk=reply.pk).delete()
    client = sign_in(helper)
    assert client.get(decision.get_absolute_url()).status_code == 200
    assert client.get("/account/decisions/").status_code == 200


def test_the_record_works_when_the_decider_is_gone(sign_in, reply, helper, moderator, second_moderator):
    [decision] = decide(reply, Action.HIDE, by=second_moderator)
    User.objects.filter(pk=second_moderator.pk).delete()
    client = sign_in(moderator)
    assert client.get("/admin/moderation/decision/").status_code == 200
    assert client.get(f"/admin/moderation/decision/{decision.pk}/change/").status_code == 200
    assert client.get(Case.objects.get().get_absolute_url()).status_code == 200
    assert sign_in(helper).get(decision.get_absolute_url()).status_code == 200


def test_the_next_case_is_one_that_the_moderator_may_decide(
    sign_in, make_reply, helper, moderator, second_moderator, stranger
):
    one = make_reply(body="One")
    [decision] = decide(one, Action.HIDE, by=moderator)
    actions.appeal(decision, text="It was a joke.", by=helper)
    two = make_reply(body="Two")
    response = press(sign_in(moderator), case_of(two), action="hide", ground="kind")
    assert response.headers["Location"] == "/admin/moderation/case/"


def test_queries_of_the_queue(sign_in, make_reply, moderator, stranger, settings, monkeypatch):
    from django.test.utils import CaptureQueriesContext

    from accounts import limits

    monkeypatch.setitem(limits.DAILY, "report", 1000)
    settings.REPORTS_TO_HIDE = 99
    for number in range(50):
        r = make_reply(body=f"Reply {number}")
        actions.report(r, by=stranger, reason="spam")
        if number % 3 == 0:
            [d] = actions.decide(
                Case.objects.with_subjects().open().get(reply=r), Verdict([Action.HIDE], KIND), by=moderator
            )
            monkeypatch.setitem(limits.DAILY, "appeal", 1000)
            actions.appeal(d, text="x", by=r.author)
    client = sign_in(moderator)
    client.get("/admin/moderation/case/")
    with CaptureQueriesContext(connection) as queries:
        client.get("/admin/moderation/case/")
    print("queue", len(queries))
    assert len(queries) < 16, [q["sql"][:150] for q in queries][-10:]
