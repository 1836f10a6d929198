"""Following questions and hearing of replies."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actions import block
from accounts.models import User
from forum import actions
from forum.addressed import addressed_in
from forum.models import Forum, Reply
from notifications import actions as news
from notifications.models import News, Notification, Subscription
from tests.conftest import make_user
from tests.pages import as_seen, assert_true

pytestmark = pytest.mark.django_db


def told():
    """Who has been told of what, after everybody has."""
    news.spread_news()
    return {(one.user.username, one.kind) for one in Notification.objects.select_related("user")}


def follow(user, thread, level="all"):
    news.follow(thread.pk, level, by=user)


def test_the_asker_hears_of_an_answer_and_the_writer_does_not(thread, helper):
    actions.reply_to(thread, by=helper, body="Words.")
    assert told() == {("asker", "answer")}


def test_who_has_replied_hears_of_the_next_reply(thread, helper, stranger):
    actions.reply_to(thread, by=helper, body="Words.")
    told()
    actions.reply_to(thread, by=stranger, body="More words.")
    assert told() == {("asker", "answer"), ("helper", "followed")}


def test_who_follows_later_is_not_told_of_what_was_there(thread, helper, stranger):
    actions.reply_to(thread, by=helper, body="Words.")
    follow(stranger, thread)
    Subscription.objects.filter(user=stranger).update(created_at=timezone.now() + timedelta(seconds=1))
    assert told() == {("asker", "answer")}


@pytest.mark.parametrize(
    ("level", "by_member", "by_professional", "to_me"),
    [
        ("all", True, True, True), ("professionals", False, True, True), ("mine", False, False, True),
        ("muted", False, False, False),
    ],
)  # fmt: skip
def test_each_level_hears_what_it_says(thread, helper, clinician, stranger, level, by_member, by_professional, to_me):
    follow(stranger, thread, level)
    for author, body, due in [
        (helper, "Words.", by_member),
        (clinician, "Learned words.", by_professional),
        (helper, "@stranger look", to_me),
    ]:
        reply = actions.reply_to(thread, by=author, body=body)
        told()
        assert Notification.objects.filter(user=stranger, reply=reply).exists() == due, body


def test_asking_and_replying_never_change_what_somebody_chose(thread, asker, helper):
    follow(asker, thread, "muted")
    follow(helper, thread, "mine")
    actions.reply_to(thread, by=helper, body="Words.")
    actions.reply_to(thread, by=asker, body="Thank you.")
    assert Subscription.objects.get(user=helper, thread=thread).level == "mine"
    assert told() == set()


def test_followers_of_a_merged_question_hear_of_the_one_it_is_in(thread, make_thread, helper, stranger, moderator):
    into = make_thread(by=stranger, title="Another question")
    member = make_user("member")
    for user, level in ((member, "professionals"), (make_user("silent"), "muted"), (stranger, "mine")):
        follow(user, thread, level)
    actions.merge(thread, into, by=moderator)
    actions.reply_to(into, by=helper, body="Words.")
    assert told() == {("asker", "followed"), ("stranger", "answer")}
    assert Subscription.objects.get(thread=into, user=member).level == "professionals"


def test_who_wrote_in_a_question_that_was_split_off_hears_of_it(thread, helper, stranger, asker, moderator, clinician):
    texts = [(clinician, "To the point."), (helper, "And gnuword?"), (stranger, "Gnuword, yes.")]
    replies = [actions.reply_to(thread, by=by, body=body) for by, body in texts]
    follow(stranger, thread, "mine")
    told()
    Notification.objects.all().delete()
    keys = [reply.pk for reply in replies[1:]]
    new = actions.split(thread, keys, title="A question of its own", forum=None, by=moderator)
    actions.reply_to(new, by=asker, body="Words.")
    assert told() == {("helper", "answer")}


def test_mentions_and_quotations_reach_people_who_follow_nothing(thread, helper, stranger, make_reply):
    quoted = make_reply(body="A word.")
    News.objects.all().delete()
    Subscription.objects.all().delete()
    actions.reply_to(thread, by=stranger, body=f"> [helper wrote](/replies/{quoted.pk}/):\n> A word.\n\nI agree.")
    assert told() == {("helper", "addressed")}


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("Hello @helper, and @Stranger.", {"helper", "stranger"}), ("Write to me@helper or a/@helper", set()),
        ("`@helper` and\n```\n@helper\n```", set()), ("> @helper wrote\n\nYes", set()), ("@nobody @", set()),
        ("@helper" * 3, {"helper"}), ("(@helper)", {"helper"}), ("Ask @helper_", {"helper"}),
        ("Ask @trailing_.", {"trailing_"}),
    ],
)  # fmt: skip
def test_who_is_mentioned(thread, helper, stranger, body, names):
    make_user("trailing_")
    found = addressed_in(body, thread)
    assert {User.objects.get(pk=key).username for key in found} == names


def test_a_reply_of_another_question_is_not_quoted_here(thread, make_thread, make_reply):
    reply = make_reply(thread=make_thread(title="Another question"))
    assert addressed_in(f"> [x](/replies/{reply.pk}/)", thread) == set()


def test_ten_people_at_most_are_spoken_to(thread):
    for number in range(15):
        make_user(f"person{number}")
    assert len(addressed_in(" ".join(f"@person{number}" for number in range(15)), thread)) == 10


def test_who_is_blocked_is_not_heard_of_unless_that_would_tell_who_asks(make_thread, asker, helper, stranger):
    named, anonymous = make_thread(), make_thread(is_anonymous=True, title="An anonymous question")
    for thread in (named, anonymous):
        follow(stranger, thread)
    block(asker, by=stranger)
    actions.reply_to(named, by=asker, body="Words.")
    hidden = actions.reply_to(anonymous, by=asker, body="Words.")
    told()
    assert list(Notification.objects.filter(user=stranger).values_list("reply", flat=True)) == [hidden.pk]


def test_a_held_reply_is_news_when_a_moderator_lets_it_pass_and_only_once(thread, helper, moderator):
    reply = actions.reply_to(thread, by=helper, body="Words.")
    News.objects.all().delete()
    actions.hold(reply, by=moderator)
    assert told() == set()
    actions.restore(reply, by=moderator)
    assert told() == {("asker", "answer")}
    actions.hide(reply, by=moderator)
    actions.restore(reply, by=moderator)
    assert not News.objects.exists()


def test_what_was_hidden_before_it_was_told_is_told_to_nobody(thread, helper, moderator):
    reply = actions.reply_to(thread, by=helper, body="Words.")
    actions.hide(reply, by=moderator)
    assert told() == set()


def test_a_member_who_is_gone_or_imported_is_not_told(thread, helper, asker):
    actions.reply_to(thread, by=helper, body="Words.")
    User.objects.filter(pk=asker.pk).update(is_active=False)
    assert told() == set()


def test_a_row_holds_not_a_word(make_thread, helper):
    thread = make_thread(title="Plantedtitle here", body="Plantedbody.")
    actions.reply_to(thread, by=helper, body="Plantedreply @asker")
    told()
    rows = [*Notification.objects.values(), *Subscription.objects.values()]
    assert "lanted" not in json.dumps(rows, default=str)


@pytest.mark.django_db(transaction=True)
def test_many_tasks_at_once_tell_everybody_once(thread, helper, at_once):
    people = [make_user(f"person{number}") for number in range(20)]
    for person in people:
        follow(person, thread)
    replies = [actions.reply_to(thread, by=helper, body=f"Words {number}.") for number in range(10)]
    at_once([news.spread_news] * 8)
    assert Notification.objects.count() == 10 * (20 + 1)
    assert Notification.objects.filter(reply=replies[3]).count() == 21
    assert not News.objects.exists()


def test_one_reply_to_many_followers_is_one_statement(thread, helper):
    for number in range(30):
        follow(make_user(f"person{number}"), thread)
    actions.reply_to(thread, by=helper, body="Words.")
    with CaptureQueriesContext(connection) as queries:
        news.spread_news()
    assert sum("notification (user_id, reply_id" in query["sql"] for query in queries) == 1
    assert Notification.objects.count() == 31


# Pages


@pytest.fixture
def answered(thread, helper):
    for number in range(3):
        actions.reply_to(thread, by=helper, body=f"Words {number}.")
    news.spread_news()
    return thread


def test_the_list_groups_by_question_and_leads_to_the_first_new_reply(answered, asker, sign_in):
    client = sign_in(asker)
    page = client.get("/notifications/").content.decode()
    assert "3 new replies" in page
    assert page.count('class="thread-row ') == 1
    first = Notification.objects.order_by("pk").first()
    assert f'href="/notifications/{first.pk}/"' in page
    assert client.get(f"/notifications/{first.pk}/")["Location"] == f"/replies/{first.reply_id}/"
    assert not Notification.objects.filter(read_at=None).exists()
    assert "3 new replies" not in client.get("/notifications/").content.decode()


def test_the_header_says_how_many_on_every_kind_of_page(answered, asker, stranger, sign_in, make_thread, helper):
    follow(stranger, answered)
    actions.reply_to(answered, by=helper, body="One more.")
    news.spread_news()
    other = make_thread(title="Another question", by=helper)
    for user, number in ((asker, 4), (stranger, 1)):
        client = sign_in(user)
        for address in ("/", "/forums/moles/", other.get_absolute_url(), "/account/", "/waiting/"):
            assert f">{number} unread<" in client.get(address).content.decode(), address
            assert_true(client, *([address] if address != "/account/" else []))
        assert client.get("/notifications/count/").json() == {"says": f"{number} unread"}
    assert "unread<" not in sign_in(helper).get("/").content.decode()


def test_nothing_is_said_of_what_readers_no_longer_see(answered, asker, moderator, sign_in):
    client = sign_in(asker)
    reply = Reply.objects.order_by("pk").first()
    actions.hide(reply, by=moderator)
    assert client.get("/notifications/count/").json() == {"says": "2 unread"}
    hidden = Notification.objects.get(reply=reply)
    assert client.get(f"/notifications/{hidden.pk}/").status_code == 404
    Forum.objects.update(is_open=False)
    assert client.get("/notifications/count/").json() == {"says": ""}
    assert "Is this mole" not in client.get("/notifications/").content.decode()


def test_nobody_reads_or_marks_the_notifications_of_others(answered, stranger, sign_in):
    one = Notification.objects.first()
    client = sign_in(stranger)
    assert client.get(f"/notifications/{one.pk}/").status_code == 404
    client.post("/notifications/read/", {"up_to": one.pk + 100})
    assert Notification.objects.filter(read_at=None).count() == 3


def test_marking_all_leaves_what_came_since(answered, asker, helper, sign_in):
    client = sign_in(asker)
    newest = client.get("/notifications/").context["newest"]
    actions.reply_to(answered, by=helper, body="Late words.")
    news.spread_news()
    client.post("/notifications/read/", {"up_to": newest})
    assert Notification.objects.filter(read_at=None).count() == 1
    for wrong in ("", "x", "9" * 40, "-1"):
        assert client.post("/notifications/read/", {"up_to": wrong}).status_code == 302
        assert client.get(f"/notifications/?before={wrong}").status_code == 200


def test_following_by_the_form(thread, stranger, sign_in):
    client = sign_in(stranger)
    path = thread.get_absolute_url()
    assert "Follow this question" in as_seen(client, path)[2]
    form = f"/threads/{thread.pk}/follow/"
    assert client.get(form).status_code == 200
    assert client.post(form, {"level": "professionals"})["Location"] == path
    assert "You will hear of replies by medical professionals" in as_seen(client, path)[2]
    assert "You follow this question" in as_seen(client, path)[2]
    assert_true(client, path)
    for level in ("mine", "muted", "professionals"):
        client.post(form, {"level": level})
        follows = "You follow this question" in as_seen(client, path)[2]
        assert follows == (level == "professionals")
        assert_true(client, path)
    assert client.post(form, {"level": "everything"}).status_code == 400
    assert Subscription.objects.get(user=stranger).level == "professionals"


def test_old_notifications_go(answered):
    Notification.objects.filter(pk=Notification.objects.first().pk).update(created_at="2020-01-01T00:00Z")
    assert news.forget_old() == 1
    assert Notification.objects.count() == 2


def test_a_hundred_on_a_page_and_then_older_ones(thread, asker, helper, sign_in):
    reply = actions.reply_to(thread, by=helper, body="Words.")
    replies = Reply.objects.bulk_create(
        [Reply(thread=thread, author=helper, body="x", body_html="x") for _ in range(104)]
    )
    Notification.objects.bulk_create([Notification(user=asker, reply=one, kind="answer") for one in [reply, *replies]])
    client = sign_in(asker)
    page = client.get("/notifications/")
    assert page.context["older"]
    older = client.get(f"/notifications/?before={page.context['older']}")
    assert len(older.context["groups"][0].notifications) == 5
    assert older.context["older"] is None
