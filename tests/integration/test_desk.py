"""The desk in the admin and the pages around it, as requests and answers."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.tasks import default_task_backend
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from forum.actions import ask, reopen_due, reply_to
from forum.models import Forum, ForumModerator, Reply, ScreeningRule, Thread
from moderation import actions, tasks
from moderation.models import Appeal, Case, Decision, MessageTemplate, Report, StaffNote
from notifications.actions import send_mails
from safety.screening import rules_of
from tests.conftest import make_user

pytestmark = pytest.mark.django_db
QUEUE = "/admin/moderation/case/"


@pytest.fixture(autouse=True)
def no_tasks():
    default_task_backend.clear()


def run_tasks():
    """What the worker would do."""
    for result in default_task_backend.results:
        if result.task.module_path.startswith("moderation."):
            result.task.func(*result.args)
    send_mails()
    default_task_backend.clear()


@pytest.fixture
def reported(reply, stranger):
    actions.report(reply, by=stranger, reason="harassment", explanation="Read it yourself.")
    return Case.objects.get()


def press(client, case, do="decide", **data):
    """Send the form of a case as its page shows it."""
    page = client.get(case.get_absolute_url()).content.decode()
    seen = re.search(r'name="seen" value="([^"]*)"', page)
    return client.post(case.get_absolute_url(), {"do": do, "seen": seen[1] if seen else "", **data})


HIDE = {"action": "hide", "ground": "kind", "facts": "Two insults.", "message": "Please stay friendly."}


def test_the_queue_is_in_order_and_has_a_bounded_number_of_queries(
    sign_in, moderator, make_reply, stranger, make_thread, django_assert_max_num_queries
):
    for number in range(6):
        actions.report(make_reply(body=f"Reply {number}"), by=stranger, reason="spam")
    make_thread(title="A question", body="I took an overdose. I want to kill myself. Goodbye everyone.")
    client = sign_in(moderator)
    with django_assert_max_num_queries(14):
        page = client.get(QUEUE).content.decode()
    rows = re.findall(r"field-what[^>]*><a[^>]*>([^<]*)", page)
    assert len(rows) == 7
    assert rows[0] == "In danger: A question"


def test_what_is_decided_stands_with_the_latest_first(sign_in, moderator, make_reply, stranger):
    client = sign_in(moderator)
    for number, reason in enumerate(["at_risk", "spam", "harassment"]):
        actions.report(make_reply(body=f"Reply {number}"), by=stranger, reason=reason)
        press(client, Case.objects.latest("pk"), action="dismiss")
    page = client.get(f"{QUEUE}?see=closed").text
    assert [int(pk) for pk in re.findall(r"field-what[^>]*><a href=\"[^\"]*/case/(\d+)/", page)] == [
        case.pk for case in Case.objects.order_by("-pk")
    ]


def test_a_case_is_decided_and_the_next_one_opens(sign_in, moderator, reported, make_reply, stranger, reply):
    actions.report(make_reply(body="Another one"), by=stranger, reason="spam")
    following = Case.objects.exclude(pk=reported.pk).get()
    response = press(sign_in(moderator), reported, **HIDE)
    assert response.headers["Location"] == following.get_absolute_url()
    reply.refresh_from_db()
    assert reply.status == "hidden"


def test_what_is_missing_is_said_and_what_was_typed_stays(sign_in, moderator, reported):
    client = sign_in(moderator)
    response = press(client, reported, action="hide", facts="Some words")
    assert response.status_code == 409
    assert "Choose the rule that was broken" in response.text
    assert "Some words" in response.text
    for wrong in ({"action": "fly"}, {"action": "move"}, {"action": "merge", "into": "99999999999999999999"}, {}):
        assert press(client, reported, **wrong).status_code == 409
    assert press(client, reported, do="nonsense").status_code in (200, 302, 409)
    assert not Decision.objects.exists()


def test_buttons_that_the_page_does_not_have_do_nothing(sign_in, moderator, second_moderator, reported, helper):
    first, second = sign_in(moderator), sign_in(second_moderator)
    for do in ("reverse", "uphold", "", "\0"):
        assert press(first, reported, do=do, action="hide", answer="No").status_code == 200
    press(first, reported, **HIDE)
    actions.appeal(Decision.objects.get(), text="It was a joke.", by=helper)
    case = Case.objects.get(appeal__isnull=False)
    for do in ("decide", "template"):
        assert press(second, case, do=do, answer="No").status_code == 200
    assert case.closed_at is None
    assert Decision.objects.count() == 1


def test_the_next_case_is_one_that_the_moderator_may_decide(sign_in, moderator, reported, helper, make_reply, stranger):
    client = sign_in(moderator)
    press(client, reported, **HIDE)
    actions.appeal(Decision.objects.get(), text="It was a joke.", by=helper)
    actions.report(make_reply(body="Another one"), by=stranger, reason="spam")
    response = press(client, Case.objects.open().get(kind="report"), **HIDE)
    assert response.headers["Location"] == QUEUE


def test_two_tabs_cannot_both_win(sign_in, moderator, administrator, reported):
    one, other = sign_in(moderator), sign_in(administrator)
    page = other.get(reported.get_absolute_url()).content.decode()
    press(one, reported, action="dismiss")
    seen = re.search(r'name="seen" value="([^"]*)"', page)[1]
    response = other.post(reported.get_absolute_url(), {"do": "decide", "seen": seen, **HIDE})
    assert "Somebody has decided this meanwhile" in response.text
    assert Decision.objects.count() == 1


def test_claim_hand_over_and_notes(sign_in, moderator, administrator, reported, helper):
    client = sign_in(moderator)
    press(client, reported, do="claim")
    assert "moderator is looking at this" in sign_in(administrator).get(reported.get_absolute_url()).text
    press(client, reported, do="note", note="Was rude before.")
    assert StaffNote.objects.get().person == helper
    press(client, reported, do="release", handover="You take it")
    assert "From the moderator before you: You take it" in sign_in(administrator).get(reported.get_absolute_url()).text


def test_ready_words_go_into_the_message_and_nothing_is_decided(sign_in, moderator, reported):
    template = MessageTemplate.objects.create(name="Be friendly", text="Please be friendly.")
    response = press(sign_in(moderator), reported, do="template", template=template.pk, action="hide", message="Hello.")
    assert "Hello.\n\nPlease be friendly." in response.text
    assert not Decision.objects.exists()


def test_undo_from_the_page(sign_in, moderator, reported, reply):
    client = sign_in(moderator)
    press(client, reported, **HIDE)
    response = client.post(reported.get_absolute_url(), {"do": "undo", "decision": Decision.objects.get().pk})
    assert response.status_code == 302
    reply.refresh_from_db()
    assert reply.is_published
    assert "taken back" in client.get(reported.get_absolute_url()).text


def test_a_case_shows_all_that_a_post_says(sign_in, moderator, forum, asker, clinician, stranger):
    thread = ask(by=asker, forum=forum, title="A question", body="A text", facts={"tests": "Merovinge"})
    reply = reply_to(thread, by=clinician, body="A reply", interest="Paid by Borborygm")
    for post, words in ((thread, "Merovinge"), (reply, "Paid by Borborygm")):
        actions.report(post, by=stranger, reason="spam")
        case = Case.objects.get(**{post._meta.model_name: post})
        assert words in sign_in(moderator).get(case.get_absolute_url()).text


def test_a_case_costs_the_same_however_many_have_reported_it(
    sign_in, moderator, reported, reply, settings, django_assert_max_num_queries
):
    settings.REPORTS_TO_HIDE = 99
    for number in range(12):
        actions.report(reply, by=make_user(f"person{number}"), reason="spam")
    client = sign_in(moderator)
    with django_assert_max_num_queries(30):
        assert client.get(reported.get_absolute_url()).text.count("weighs 1.0") == 13


def test_what_was_found_is_marked_where_it_stands(sign_in, moderator, make_thread):
    make_thread(title="A question with a long title", body="I feel bad. I want to kill myself. Please help me.")
    page = sign_in(moderator).get(Case.objects.get().get_absolute_url()).text
    assert "kill myself" in " ".join(re.findall(r"<mark[^>]*>(.*?)</mark>", page))


def test_distressing_text_is_folded_until_opened(sign_in, moderator, make_thread, reported):
    client = sign_in(moderator)
    make_thread(title="A question", body="I want to kill myself.")
    crisis = Case.objects.get(kind="crisis")
    for case in (crisis, reported):
        page = client.get(case.get_absolute_url()).text
        assert re.search(r'<details class="desk__folded"><summary>', page)
    assert "Somebody may be in danger" in client.get(crisis.get_absolute_url()).text


def test_nobody_is_shut_out_for_a_cry_for_help(sign_in, moderator, make_thread, asker):
    make_thread(title="A question", body="I want to kill myself.")
    case = Case.objects.get()
    client = sign_in(moderator)
    assert "Ban for good" not in client.get(case.get_absolute_url()).text
    assert press(client, case, person_action="ban", ground="kind").status_code == 409
    asker.refresh_from_db()
    assert asker.may_write


def test_nobody_learns_who_asked_anonymously(sign_in, moderator, forum, asker, stranger):
    thread = ask(by=asker, forum=forum, title="A question", body="A text", is_anonymous=True)
    reply = reply_to(thread, by=asker, body="And one more thing.")
    client = sign_in(moderator)
    for post in (thread, reply):
        actions.report(post, by=stranger, reason="spam")
    pages = [client.get(QUEUE).text]
    for case in Case.objects.all():
        StaffNote.objects.create(person=asker, by=moderator, text="Known")
        pages.append(client.get(case.get_absolute_url()).text)
        press(client, case, **HIDE)
        pages.append(client.get(case.get_absolute_url()).text)
    pages += [client.get("/admin/moderation/decision/").text, client.get(f"{QUEUE}?see=closed").text]
    pages += [client.get(f"/admin/moderation/decision/{one.pk}/change/").text for one in Decision.objects.all()]
    for page in pages:
        assert not re.search("asker|ash", page, re.IGNORECASE)


def test_an_anonymous_asker_who_takes_words_out_stays_unnamed(sign_in, moderator, forum, asker, stranger):
    thread = ask(by=asker, forum=forum, title="A question", body="A text with words", is_anonymous=True)
    actions.report(thread, by=stranger, reason="spam")
    actions.redact(thread, "words", by=asker)
    client = sign_in(moderator)
    pages = [client.get(Case.objects.get().get_absolute_url()).text, client.get("/admin/moderation/decision/").text]
    pages.append(client.get(f"/admin/moderation/decision/{Decision.objects.get().pk}/change/").text)
    for page in pages:
        assert "its author" in page
        assert not re.search("asker|ash", page, re.IGNORECASE)


def test_no_note_about_an_anonymous_asker_tells_later_who_it_was(sign_in, moderator, forum, asker, stranger):
    thread = ask(by=asker, forum=forum, title="A question", body="A text", is_anonymous=True)
    actions.report(thread, by=stranger, reason="spam")
    press(sign_in(moderator), Case.objects.get(), do="note", note="Look for this word")
    assert not StaffNote.objects.exists()


def test_a_member_reports_and_is_told_the_outcome(sign_in, reply, stranger, moderator):
    client = sign_in(stranger)
    response = client.post(f"/replies/{reply.pk}/report/", {"reason": "harassment"}, follow=True)
    assert "A moderator will look at it" in response.text
    report = Report.objects.get()
    assert report.reference in response.text
    press(sign_in(moderator), Case.objects.get(), **HIDE)
    run_tasks()
    page = client.get(report.get_absolute_url()).text
    assert "did something about it" in page
    assert "Please stay friendly." not in page  # that is between moderator and author
    assert [message.to for message in mail.outbox] == [[stranger.email], [stranger.email], [reply.author.email]]


def test_a_notice_without_an_account(client, reply):
    address = f"/replies/{reply.pk}/report/"
    response = client.post(address, {"reason": "illegal"})
    assert response.status_code == 422
    for words in ("Write your name", "Write your e-mail address", "Tick this", "Say which law"):
        assert words in response.text
    form = {"reason": "illegal", "law": "The Act", "name": "Ann", "email": "ann@example.org", "is_accurate": "on"}
    response = client.post(address, form)
    report = Report.objects.get()
    assert "We have sent a receipt" in response.text
    assert report.reference not in response.text
    assert client.post(address, form).text == response.text  # nobody finds out by it who has reported
    assert Report.objects.count() == 1
    run_tasks()
    assert mail.outbox[0].to == ["ann@example.org"]
    assert report.reference in mail.outbox[0].body
    assert client.get(report.get_absolute_url()).status_code == 200


def test_the_abuse_of_a_child_is_reported_without_a_name(client, reply):
    assert client.post(f"/replies/{reply.pk}/report/", {"reason": "child", "is_accurate": "on"}).status_code == 302


def test_notices_have_a_limit(client, make_reply):
    form = {"reason": "spam", "name": "Ann", "is_accurate": "on"}
    codes = []
    for number in range(7):
        address = f"/replies/{make_reply(body=f'Reply {number}').pk}/report/"
        codes.append(client.post(address, {**form, "email": f"{number}@example.org"}).status_code)
    assert codes == [200] * 5 + [429] * 2


@pytest.mark.parametrize("text", ["x" * 1_000_000, "a\0b"])
def test_a_report_of_a_megabyte_or_of_odd_characters(sign_in, reply, stranger, text):
    form = {"reason": "spam", "explanation": text}
    response = sign_in(stranger).post(f"/replies/{reply.pk}/report/", form)
    assert response.status_code == 422
    assert not Report.objects.exists()


def test_a_report_belongs_to_who_made_it(sign_in, client, reply, stranger, asker):
    report, _ = actions.report(reply, by=stranger, reason="spam")
    assert sign_in(asker).get(report.get_absolute_url()).status_code == 404
    assert client.get(report.get_absolute_url()).status_code == 302


def test_the_statement_of_reasons_and_the_appeal(sign_in, reported, helper, moderator, second_moderator, reply):
    press(sign_in(moderator), reported, **HIDE)
    client = sign_in(helper)
    decision = Decision.objects.get()
    assert decision.reference in client.get("/account/decisions/").text
    page = client.get(decision.get_absolute_url()).text
    for words in (
        "Two insults.",
        "Please stay friendly.",
        "Be kind",
        "a report",
        "everywhere on this site",
        "Show it to",
    ):
        assert words in page
    assert "stranger" not in page
    assert "moderator" not in re.sub(r"(?i)by a moderator|another moderator|the moderator says|moderators", "", page)
    assert client.post(decision.get_absolute_url(), {"text": ""}).status_code == 422
    client.post(decision.get_absolute_url(), {"text": "It was a joke."})
    case = Case.objects.get(appeal=Appeal.objects.get())
    first = sign_in(moderator)
    assert "for another moderator to decide" in first.get(case.get_absolute_url()).text
    press(sign_in(second_moderator), case, do="reverse", answer="You are right.")
    reply.refresh_from_db()
    assert reply.is_published
    assert "You are right." in client.get(decision.get_absolute_url()).text


@pytest.fixture
def second_moderator(db):
    return make_user("moderator2", is_staff=True)


def test_somebody_who_is_suspended_reads_why_and_can_appeal(sign_in, reported, helper, moderator, thread):
    client = sign_in(helper)
    until = (timezone.now() + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
    press(sign_in(moderator), reported, person_action="suspend", until=until, ground="kind", facts="Again.")
    for address in ("/", thread.get_absolute_url(), "/account/", "/search/?q=x"):
        assert client.get(address).headers["Location"] == "/account/decisions/"
    page = client.get("/account/decisions/").text
    assert "Your account is suspended until" in page
    decision = Decision.objects.get(action="suspend")
    assert client.post(decision.get_absolute_url(), {"text": "Unfair"}).status_code == 302
    assert Appeal.objects.exists()
    assert client.get("/help-now/").status_code == 200
    response = client.post(f"/threads/{thread.pk}/reply/", {"body": "Still here"})
    assert response.headers["Location"] == "/account/decisions/"
    assert Reply.objects.count() == 1
    assert client.post("/accounts/logout/").status_code == 302
    User.objects.update(suspended_until=timezone.now() - timedelta(minutes=1))
    assert sign_in(helper).get("/").status_code == 200


def test_a_date_in_the_past_is_refused_beside_its_field(sign_in, moderator, reported):
    response = press(sign_in(moderator), reported, person_action="suspend", until="2020-01-01T10:00", ground="kind")
    assert response.status_code == 409
    assert "Choose a time in the future" in response.text


@pytest.mark.parametrize("until", ["9999-12-31T23:59", "10000-01-01T00:00", "yesterday", "2026-13-45T99:99"])
def test_odd_dates(sign_in, moderator, reported, until):
    response = press(sign_in(moderator), reported, person_action="suspend", until=until, ground="kind")
    assert response.status_code in (302, 409)


def test_moving_merging_and_splitting_from_the_page(sign_in, moderator, make_thread, make_reply, forum, thread):
    client = sign_in(moderator)
    other = Forum.objects.create(category=forum.category, name="Rashes", slug="rashes")
    press(client, actions.open_by_moderator(thread, by=moderator), action="move", forum=other.pk, message="It fits.")
    thread.refresh_from_db()
    assert thread.forum == other
    second = make_thread(title="The same again", body="Is it?", forum=other)
    press(client, actions.open_by_moderator(second, by=moderator), action="merge", into=thread.pk, message="The same.")
    second.refresh_from_db()
    assert second.merged_into == thread
    replies = [make_reply(body=f"Reply {number}", thread=thread) for number in range(3)]
    case = actions.open_by_moderator(thread, by=moderator)
    title = {"action": "split", "title": "A question of its own", "message": "Two questions."}
    assert press(client, case, **title).status_code == 409
    press(client, case, **title, replies=[replies[1].pk, replies[2].pk])
    new = Thread.objects.get(title="A question of its own")
    assert list(new.replies.all()) == [replies[2]]
    assert client.get(f"/replies/{replies[1].pk}/").headers["Location"] == new.get_absolute_url()


def test_closing_with_a_timer_opens_again_by_itself(sign_in, moderator, thread):
    until = (timezone.now() + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M")
    case = actions.open_by_moderator(thread, by=moderator)
    press(sign_in(moderator), case, action="lock", until=until, message="A pause.")
    thread.refresh_from_db()
    assert thread.is_locked
    assert reopen_due() == 0
    Thread.objects.update(locked_until=timezone.now() - timedelta(seconds=1))
    assert reopen_due() == 1
    thread.refresh_from_db()
    assert (thread.is_locked, thread.locked_until) == (False, None)


def test_a_crisis_is_mailed_to_those_on_call_without_a_word_of_it(make_thread, moderator, administrator):
    User.objects.filter(pk=administrator.pk).update(is_on_call=True)
    make_thread(title="Quaint words", body="I took an overdose. I want to kill myself. Goodbye everyone.")
    run_tasks()
    (message,) = mail.outbox
    assert message.to == [administrator.email]
    assert Case.objects.get().get_absolute_url() in message.body
    assert not re.search("overdose|kill|quaint|crisis|asker", message.subject + message.body, re.IGNORECASE)


def test_without_anybody_on_call_every_moderator_is_asked(make_thread, moderator, administrator):
    make_thread(title="Quaint words", body="I took an overdose. I want to kill myself. Goodbye everyone.")
    run_tasks()
    assert sorted(message.to[0] for message in mail.outbox) == [administrator.email, moderator.email]


def test_a_crisis_is_mailed_to_somebody_who_can_act(make_thread, moderator, administrator, forum):
    elsewhere = make_user("elsewhere", is_staff=True, is_on_call=True)
    other = Forum.objects.create(category=forum.category, name="Rashes", slug="rashes")
    ForumModerator.objects.create(user=elsewhere, forum=other)
    suspended = timezone.now() + timedelta(days=1)
    make_user("suspended", is_staff=True, is_on_call=True, suspended_until=suspended)
    make_thread(title="A question", body="I took an overdose. I want to kill myself. Goodbye everyone.")
    run_tasks()
    assert {one.to[0] for one in mail.outbox} == {moderator.email, administrator.email}


def test_tasks_are_harmless_when_what_they_are_about_is_gone(reported):
    pk = reported.pk
    reported.delete()
    assert tasks.alert_on_call.func(pk) == 0
    tasks.tell_author.func(10**9)
    tasks.tell_reporter.func(10**9)
    tasks.send_receipt.func(10**9)


def test_the_transparency_page_counts_and_hides_small_numbers(client, sign_in, moderator, make_reply, stranger):
    for number in range(6):
        reply = make_reply(body=f"Reply {number}")
        actions.report(reply, by=stranger, reason="harassment")
        press(sign_in(moderator), Case.objects.open().get(), **(HIDE if number < 5 else {"action": "dismiss"}))
    page = re.sub(r"\s+", " ", client.get("/transparency/").text)
    assert re.search(r"Harassment, hate or threats</th><td[^>]*>6</td><td[^>]*>5</td><td[^>]*>&lt;5</td>", page)
    assert client.get(f"/transparency/{timezone.now().year}/").status_code == 200
    assert client.get("/transparency/1999/").status_code == 404


def test_staff_edit_the_rules_and_a_bomb_is_refused(sign_in, administrator, make_thread):
    client = sign_in(administrator)
    form = {"language": "en", "effect": "add", "kind": "red", "is_active": "on"}
    address = reverse("admin:forum_screeningrule_add")
    for bomb in ("(a+)+$", "((((((a*)*)*)*)*)*", "~3", "a" * 201, "~10 " * 40, ""):
        response = client.post(address, {**form, "phrase": bomb})
        assert response.status_code == 200
        assert "<title>Error:" in response.text
    assert client.post(address, {**form, "kind": "", "phrase": "purple elephants"}).status_code == 200
    assert client.post(address, {**form, "phrase": "purple elephants"}).status_code == 302
    rule = ScreeningRule.objects.get()
    thread = make_thread(title="A question", body="I see purple elephants.")
    assert thread.level == "red"
    assert rule.rule_id in thread.rules
    assert thread.rules_version
    off = {"language": "en", "effect": "off", "phrase": next(iter(rules_of().rules)), "is_active": "on"}
    ScreeningRule.objects.update(is_active=False)
    assert make_thread(title="A question", body="I see purple elephants too.").level == "green"
    assert client.post(address, off).status_code == 302


@pytest.mark.parametrize("language", ["xx", "", "../en"])
def test_a_rule_in_a_language_without_rules_is_refused(sign_in, administrator, language):
    rule = {"language": language, "effect": "add", "kind": "spam", "phrase": "some words", "is_active": "on"}
    response = sign_in(administrator).post("/admin/forum/screeningrule/add/", rule)
    assert response.status_code == 200
    assert not ScreeningRule.objects.exists()


def test_a_rule_that_came_with_the_site_can_be_switched_off(make_thread):
    first = make_thread(title="A question", body="I am suicidal")
    for rule in first.rules:
        ScreeningRule.objects.create(effect="off", phrase=rule)
    second = make_thread(title="A question", body="I am suicidal again")
    assert not set(first.rules) & set(second.rules)
