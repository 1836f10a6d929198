"""What the admin's first page tells: the right figures, to moderators only, at a bounded cost, and never any text."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.models import User
from forum.models import ForumModerator, HelpfulVote, Post, Reply, Thread
from moderation import actions, dashboard, panels
from moderation.models import Case
from moderation.templatetags.dashboard import dashboard as dashboard_tag
from tests.conftest import make_user
from tests.integration.test_translations import Page, in_brackets  # noqa: F401

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
TODAY = NOW.date()
MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def shown(administrator):
    def shown(user=administrator, now=NOW):
        cache.clear()
        return dashboard.dashboard_for(user, now=now)

    return shown


@pytest.fixture
def asked_at(make_thread):
    def asked_at(moment, **fields):
        thread = make_thread(**fields)
        Thread.objects.filter(pk=thread.pk).update(created_at=moment)
        thread.refresh_from_db()
        return thread

    return asked_at


@pytest.fixture
def answered_after(make_reply):
    def answered_after(thread, time, **fields):
        reply = make_reply(thread=thread, **fields)
        Reply.objects.filter(pk=reply.pk).update(created_at=thread.created_at + time)
        return reply

    return answered_after


def on_day(daily, day):
    return daily.counts[(day - daily.first).days]


def words_of(user):
    return render_to_string("admin/moderation/dashboard.html", dashboard_tag(user))


# Days and weeks


def test_days_are_whole_ones_and_the_last_is_yesterday(shown, asked_at):
    asked_at(MIDNIGHT - 28 * DAY)
    asked_at(MIDNIGHT - 28 * DAY - SECOND)
    asked_at(MIDNIGHT - SECOND)
    asked_at(MIDNIGHT)
    questions = shown().questions
    assert (questions.days[0], questions.days[-1]) == (date(2026, 10, 26), date(2026, 11, 22))
    assert questions.counts == (1, *[0] * 26, 1)


def test_weeks_are_compared(shown, asked_at):
    for days in (1, 7, 8, 14, 14, 15):
        asked_at(MIDNIGHT - days * DAY)
    found = shown()
    assert (found.questions.last_week, found.questions.week_before) == (2, 3)
    panel = next(one for one in panels.panels(found) if one.name == "questions")
    assert panel.sentence == "2 questions in the last 7 days, 1 fewer than the week before."


def test_a_question_counts_while_readers_can_see_it(shown, asked_at, forum):
    thread = asked_at(MIDNIGHT - DAY, is_anonymous=True, keep_out_of_search=True)
    assert sum(shown().questions.counts) == 1
    for status in (Post.Status.HELD, Post.Status.HIDDEN, Post.Status.REMOVED):
        Thread.objects.filter(pk=thread.pk).update(status=status)
        assert sum(shown().questions.counts) == 0
    Thread.objects.update(status=Post.Status.PUBLISHED)
    forum.is_open = False
    forum.save()
    assert sum(shown().questions.counts) == 0


# Answers


@pytest.mark.parametrize(("time", "counts"), [(24 * HOUR, 1), (24 * HOUR + SECOND, 0), (HOUR, 1)])
def test_an_answer_within_24_hours_counts(shown, asked_at, answered_after, time, counts):
    answered_after(asked_at(MIDNIGHT - 3 * DAY), time)
    answered = shown().answered
    assert answered.reached[(date(2026, 11, 20) - answered.asked.first).days] == counts
    assert sum(answered.reached) == counts


@pytest.mark.parametrize(("time", "counts"), [(72 * HOUR, 1), (72 * HOUR + SECOND, 0)])
def test_an_answer_by_a_professional_within_72_hours_counts(
    shown, asked_at, answered_after, clinician, helper, time, counts
):
    thread = asked_at(MIDNIGHT - 6 * DAY)
    answered_after(thread, HOUR, by=helper)
    answered_after(thread, time, by=clinician)
    found = shown()
    assert (sum(found.by_professional.reached), sum(found.answered.reached)) == (counts, 1)


def test_two_answers_are_one_answered_question(shown, asked_at, answered_after, clinician):
    thread = asked_at(MIDNIGHT - 6 * DAY)
    answered_after(thread, HOUR, by=clinician)
    answered_after(thread, 2 * HOUR, by=clinician)
    assert (sum(shown().answered.reached), sum(shown().by_professional.reached)) == (1, 1)


def test_neither_the_askers_own_reply_nor_a_hidden_one_is_an_answer(shown, asked_at, answered_after, asker):
    own = answered_after(asked_at(MIDNIGHT - 6 * DAY), HOUR, by=asker)
    assert own.by_asker
    hidden = answered_after(asked_at(MIDNIGHT - 6 * DAY), HOUR)
    Reply.objects.filter(pk=hidden.pk).update(status=Post.Status.HIDDEN)
    assert sum(shown().questions.counts) == 2
    assert sum(shown().answered.reached) == 0


def test_days_whose_time_still_runs_are_not_known(shown, asked_at, answered_after, clinician):
    for days in range(1, 7):
        answered_after(asked_at(MIDNIGHT - days * DAY), HOUR, by=clinician)
    found = shown()
    last_known = [one.asked.days[one.known - 1] for one in (found.answered, found.by_professional)]
    assert last_known == [date(2026, 11, 21), date(2026, 11, 19)]
    assert (sum(found.answered.reached), sum(found.by_professional.reached)) == (5, 3)
    assert found.answered.of_week(found.answered.known) == (5, 5)
    for panel in panels.panels(found)[1:3]:
        assert panel.rows[0] == ("Sun 22 Nov", "1", "–", "not known yet")
        assert panel.rows[-1][1:] == ("0", "0", "–")


def test_a_share_is_told_with_its_course():
    asked = dashboard.Daily(date(2026, 10, 26), (*[0] * 10, *[1] * 7, *[2] * 7, 0, 0, 0, 5))
    reached = (*[0] * 10, *[1] * 7, *[1] * 7, 0, 0, 0)
    share = dashboard.Share(asked, reached, 27)
    assert share.by_day[:11] == [*[None] * 10, 1]
    assert share.by_day[20] == 0.5
    assert share.by_week[:10] == [None] * 10
    assert share.by_week[16] == 1
    assert share.of_week(27) == (4, 8)
    panel = panels._share("x", "x", "%(share)s of them", share)
    assert panel.sentence == "50% of them, 20 points less than the week before."


# Decisions, members and votes


@pytest.fixture
def decide(make_reply):
    def decide(closed_at, time, kind="report"):
        Case.objects.create(
            kind=kind, urgency=3, reply=make_reply(), opened_at=closed_at - time, closed_at=closed_at
        )  # fmt: skip

    return decide


def test_the_median_of_a_week_is_the_middle_one(shown, decide):
    for hours in (1, 2, 30):
        decide(MIDNIGHT - SECOND, hours * HOUR)
    for hours in (2, 4):
        decide(MIDNIGHT - 7 * DAY - SECOND, hours * HOUR)
    decide(MIDNIGHT - 84 * DAY, 5 * HOUR)
    decide(MIDNIGHT - 84 * DAY - SECOND, HOUR)  # before the first week
    decide(MIDNIGHT, HOUR)  # today
    waits = shown().decisions
    assert waits.counts == (1, *[0] * 9, 2, 3)
    assert waits.medians == (5 * HOUR, *[None] * 9, 3 * HOUR, 2 * HOUR)
    assert (waits.weeks[0], waits.weeks[-1]) == (TODAY - 84 * DAY, TODAY - 7 * DAY)
    panel = panels.panels(shown())[0]
    assert panel.sentence == (
        "Half of the cases decided in the last 7 days took less than 2 hours, the week before 3 hours."
    )
    assert panel.rows[0] == ("16 Nov to 22 Nov", "3", "2 hours")


def test_cases_that_a_moderator_opened_do_not_make_the_median_shorter(shown, decide):
    decide(MIDNIGHT - DAY, 5 * HOUR)
    decide(MIDNIGHT - DAY, SECOND, kind="own")
    assert shown().decisions.medians[-1] == 5 * HOUR


def test_new_members_have_confirmed_their_address(shown):
    for name, kind in (("one", "member"), ("two", "member"), ("three", "imported")):
        make_user(name, kind=kind, date_joined=MIDNIGHT - DAY)
    EmailAddress.objects.filter(user__username="two").update(verified=False)
    assert on_day(shown().members, TODAY - DAY) == 1


def test_votes_are_counted_on_their_day(shown, reply, asker, stranger):
    HelpfulVote.objects.create(reply=reply, user=asker, created_at=MIDNIGHT - 2 * DAY)
    HelpfulVote.objects.create(reply=reply, user=stranger, created_at=MIDNIGHT - SECOND)
    assert shown().votes.counts[-3:] == (0, 1, 1)


# What waits


def test_the_queue_is_counted_by_kind_with_what_is_late(shown, make_reply, decide):
    for hours, kind, urgency in [(23, "report", 3), (25, "report", 3), (25, "report", 5), (3, "crisis", 1)]:
        Case.objects.create(kind=kind, urgency=urgency, reply=make_reply(), opened_at=NOW - hours * HOUR)
    Case.objects.create(kind="held", urgency=4, reply=make_reply(), opened_at=NOW - 9 * DAY)
    decide(NOW - DAY, 10 * DAY)  # was open a week ago
    decide(NOW - DAY, DAY)  # was not
    queue = shown().queue
    assert [(one.kind.value, one.count, one.late) for one in queue.kinds] == [
        ("crisis", 1, 1), ("report", 3, 1), ("held", 1, 1), ("found", 0, 0), ("appeal", 0, 0),
        ("credential", 0, 0), ("own", 0, 0),
    ]  # fmt: skip
    assert (queue.count, queue.late, queue.week_ago, queue.oldest) == (5, 3, 2, NOW - 9 * DAY)
    assert panels.queue_sentence(queue, NOW) == (
        "5 cases are open, 3 of them late; 3 more than a week ago. The oldest has waited for 9 days."
    )


def test_late_means_the_same_as_on_the_page_of_a_case(shown, make_reply, administrator):
    now = timezone.now()
    for minutes, urgency in [(29, 0), (31, 0), (119, 1), (121, 1), (6 * 60 + 1, 2), (24 * 60 - 1, 4), (73 * 60, 5)]:
        opened = now - timedelta(minutes=minutes)
        Case.objects.create(kind="report", urgency=urgency, reply=make_reply(), opened_at=opened)
    assert shown(now=now).queue.late == sum(case.is_late for case in Case.objects.all()) == 4


def test_moderators_of_forums_see_the_queue_of_these_only(shown, reply, stranger, moderator, other_forums_moderator):
    actions.report(reply, by=stranger, reason="spam")
    assert shown(moderator).queue.count == 1
    assert shown(other_forums_moderator).queue.count == 0
    ForumModerator.objects.filter(user=other_forums_moderator).update(forum=reply.thread.forum)
    assert shown(User.objects.get(pk=other_forums_moderator.pk)).queue.count == 1


def test_nobody_counts_a_case_about_the_own_posts(shown, make_reply, stranger, moderator):
    actions.report(make_reply(by=moderator), by=stranger, reason="spam")
    assert shown(moderator).queue.count == 0


def test_the_queue_is_never_kept(reply, stranger, moderator):
    assert dashboard.dashboard_for(moderator).queue.count == 0
    actions.report(reply, by=stranger, reason="spam")
    assert dashboard.dashboard_for(moderator).queue.count == 1


def test_figures_of_whole_days_are_kept_for_that_day(asked_at, moderator):
    assert sum(dashboard.dashboard_for(moderator, now=NOW).questions.counts) == 0
    asked_at(MIDNIGHT - DAY)
    assert sum(dashboard.dashboard_for(moderator, now=NOW + HOUR).questions.counts) == 0
    assert sum(dashboard.dashboard_for(moderator, now=NOW + DAY).questions.counts) == 1


def test_who_is_on_call_is_whom_a_crisis_would_be_mailed_to(moderator, second_moderator, helper):
    assert "Nobody, so a crisis is mailed to all moderators." in words_of(moderator)
    User.objects.filter(pk__in=[moderator.pk, helper.pk]).update(is_on_call=True)
    User.objects.filter(pk=second_moderator.pk).update(is_on_call=True, is_active=False)
    assert dashboard.dashboard_for(moderator).on_call == ["moderator"]


def test_no_more_people_on_call_are_named_than_fit(moderator):
    for number in range(9):
        make_user(f"caller{number}", is_staff=True, is_on_call=True)
    text = words_of(moderator)
    assert "caller4 and others" in text
    assert "caller5" not in text


def test_requests_for_the_badge_are_counted_for_all_and_opened_by_reviewers(sent, moderator, reviewer):
    sent()
    assert "1 request for the badge waits" in words_of(moderator)
    assert "Check them" not in words_of(moderator)
    assert "?see=credential" not in words_of(moderator)
    assert "Check them" in words_of(reviewer)
    assert "?see=credential" in words_of(reviewer)


# The page


def test_only_moderators_have_it(helper, moderator, rf):
    suspended = make_user("suspended", is_staff=True, suspended_until=timezone.now() + DAY)
    for user in (helper, suspended):
        assert dashboard.dashboard_for(user) is None
        assert words_of(user).strip() == ""
    assert "The queue" in words_of(moderator)


def test_an_empty_site_says_so(moderator):
    text = " ".join(words_of(moderator).split())
    for sentence in (
        "Nothing waits for you.",
        "No request for the badge waits.",
        "No case was decided in the last 7 days.",
        "0 questions in the last 7 days, as many as the week before.",
    ):
        assert sentence in text
    assert len(re.findall("Nothing was asked in the seven days before", text)) == 2
    assert not re.search(r"nan|None|inf%", text)


def test_it_stands_on_the_first_page_of_the_admin(sign_in, administrator, make_thread, make_reply, stranger):
    thread = make_thread(title="Purple elephants", body="Is it a giraffe?", is_anonymous=True)
    actions.report(thread, by=stranger, reason="about_me")
    Thread.objects.update(created_at=timezone.now() - 5 * DAY)
    page = sign_in(administrator).get("/admin/").text
    assert page.index('id="dash-queue"') < page.index('id="content-main"')
    assert '<a href="/admin/moderation/case/?see=report">Reported</a>' in page
    assert page.count('<svg class="chart"') == 6
    own = page[page.index('class="dash"') : page.index('id="content-main"')]
    for word in ("elephant", "giraffe", "asker", "Ash", "stranger", "style=", "<script"):
        assert word not in own


def test_links_lead_to_what_they_say(sign_in, administrator, reply, stranger):
    actions.report(reply, by=stranger, reason="spam")
    client = sign_in(administrator)
    page = client.get("/admin/").text
    for kind in Case.Kind:
        address = f"/admin/moderation/case/?see={kind.value}"
        assert address in page
        assert client.get(address).status_code == 200


@pytest.mark.parametrize("who", ["administrator", "moderator", "reviewer", "other_forums_moderator"])
def test_it_costs_eight_queries_at_most_and_half_of_them_the_next_time(
    who, request, django_assert_max_num_queries, asked_at, answered_after, decide
):
    user = User.objects.get(pk=request.getfixturevalue(who).pk)
    user.get_all_permissions()  # the list of the admin's models asks for them anyway
    for _ in range(9):
        answered_after(asked_at(timezone.now() - 6 * DAY), HOUR)
        decide(timezone.now() - DAY, HOUR)
    with django_assert_max_num_queries(8):
        words_of(user)
    with django_assert_max_num_queries(4):
        words_of(user)


def test_every_word_of_it_can_be_translated(
    in_brackets, shown, asked_at, answered_after, decide, sent, reviewer, moderator  # noqa: F811
):  # fmt: skip
    assert Page(words_of(reviewer)).left == []
    answered_after(asked_at(timezone.now() - 6 * DAY), HOUR)
    decide(timezone.now() - DAY, 100 * DAY)
    User.objects.filter(pk=moderator.pk).update(is_on_call=True)
    sent()
    cache.clear()
    assert Page(words_of(reviewer)).left == []


def test_lengths_of_time_are_told_in_one_unit():
    told = [panels.lasting(one) for one in (SECOND, 90 * SECOND, 59 * HOUR / 60, HOUR, 47 * HOUR, 50 * HOUR, 9 * DAY)]
    assert told == ["0 minutes", "1 minute", "59 minutes", "1 hour", "47 hours", "2 days", "9 days"]
