"""Which devices an account knows, and when a sign-in with another one is worth a mail."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.tasks import default_task_backend
from django.utils import timezone

from accounts import devices, tasks
from accounts.devices import FORGOTTEN_AFTER, forget_old, note_sign_in, recognise
from accounts.models import KnownDevice, User
from config.settings import TASKS
from tests.conftest import make_user

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile/15E148 Safari/604.1"
CHROME = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/141.0 Mobile Safari/537.36"


@pytest.fixture(autouse=True)
def no_tasks():
    default_task_backend.clear()


def let_pass(**time):
    KnownDevice.objects.update(last_seen_at=timezone.now() - timedelta(**time))


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Windows"),
        (SAFARI, "Safari on iPhone"),
        (CHROME, "Chrome on Android"),
        ("Firefox", "Firefox"),
        ("something for Android", "an unknown browser on Android"),
        ("Firefox on Windows, see https://evil.example/", "Firefox on Windows"),
        ("Read https://evil.example/\r\nBcc: a@evil.example", "an unknown browser"),
        ("curl/8.1", "an unknown browser"),
        ("", "an unknown browser"),
    ],
)
def test_words_for_a_device_are_ours(agent, words):
    assert recognise(agent).words == words


def test_the_first_device_of_an_account_is_only_noted(asker):
    assert not note_sign_in(asker, FIREFOX)
    assert not note_sign_in(asker, FIREFOX)
    assert KnownDevice.objects.get().user == asker
    assert default_task_backend.results == []


def test_a_later_device_is_told_of_once(asker):
    assert [note_sign_in(asker, agent) for agent in (FIREFOX, SAFARI, SAFARI, FIREFOX)] == [False, True, False, False]
    (task,) = default_task_backend.results
    assert task.task == tasks.tell_of_sign_in


def test_an_update_of_browser_or_system_is_no_new_device(asker):
    note_sign_in(asker, FIREFOX)
    note_sign_in(asker, CHROME)
    assert not note_sign_in(asker, FIREFOX.replace("140", "152"))
    assert not note_sign_in(asker, FIREFOX.replace("NT 10.0", "NT 11.0"))
    assert not note_sign_in(asker, CHROME.replace("Android 15", "Android 16").replace("141", "142"))


def test_another_browser_on_the_same_system_is_a_new_device(asker):
    note_sign_in(asker, FIREFOX)
    assert note_sign_in(asker, FIREFOX.replace("Firefox", "Chrome"))
    assert note_sign_in(asker, FIREFOX.replace("Windows", "Linux"))


def test_what_one_account_knows_says_nothing_about_another(asker, stranger):
    note_sign_in(asker, FIREFOX)
    note_sign_in(stranger, SAFARI)
    assert note_sign_in(stranger, FIREFOX)
    assert KnownDevice.objects.values("fingerprint").distinct().count() == 3  # the same device has another hash


def test_nothing_readable_is_stored(asker):
    note_sign_in(asker, FIREFOX)
    assert [field.name for field in KnownDevice._meta.get_fields()] == ["id", "user", "fingerprint", "last_seen_at"]
    assert re.fullmatch(r"[0-9a-f]{64}", KnownDevice.objects.get().fingerprint)


def test_a_task_holds_the_account_the_time_and_the_words(asker):
    note_sign_in(asker, SAFARI)
    before = timezone.now()
    note_sign_in(asker, FIREFOX)
    (task,) = default_task_backend.results
    account, at, words = task.args
    assert (account, words, task.kwargs) == (asker.pk, "Firefox on Windows", {})
    assert before.isoformat() <= at <= timezone.now().isoformat()


def test_a_new_secret_key_makes_no_device_new(asker, settings):
    for agent in (FIREFOX, SAFARI):
        note_sign_in(asker, agent)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 60, [settings.SECRET_KEY]
    assert not note_sign_in(asker, FIREFOX)
    assert note_sign_in(asker, CHROME)
    settings.SECRET_KEY_FALLBACKS = []
    assert not note_sign_in(asker, FIREFOX)  # by now it is known under the new key


def test_devices_are_forgotten_a_year_after_they_were_last_seen(asker):
    note_sign_in(asker, FIREFOX)
    note_sign_in(asker, SAFARI)
    let_pass(days=364)
    assert forget_old() == 0
    let_pass(days=366)
    note_sign_in(asker, FIREFOX)  # seen again
    assert tasks.forget_devices.call() == 1
    assert note_sign_in(asker, SAFARI)
    assert not note_sign_in(asker, FIREFOX)


def test_forgetting_takes_batch_after_batch(asker, stranger, monkeypatch):
    monkeypatch.setattr(devices, "BATCH", 2)
    for person in (asker, stranger):
        for agent in (FIREFOX, SAFARI, CHROME, ""):
            note_sign_in(person, agent)
    let_pass(days=366)
    note_sign_in(asker, CHROME)
    assert forget_old() == 7
    assert KnownDevice.objects.count() == 1


def test_forgetting_is_done_every_night():
    schedules = TASKS["default"]["OPTIONS"]["SCHEDULES"].values()
    (schedule,) = [one for one in schedules if one["task"] == tasks.forget_devices.module_path]
    assert schedule["cron"].endswith(" 3 * * *")


@pytest.mark.parametrize(("away", "is_told"), [(timedelta(days=30), False), (FORGOTTEN_AFTER + timedelta(1), True)])
def test_a_sign_in_after_all_devices_were_forgotten_is_told_of(asker, away, is_told):
    """Nothing known can mean that nobody has been here for a year, and that is whose password is in a leak."""
    asker.previous_login = timezone.now() - away
    assert note_sign_in(asker, FIREFOX) is is_told
    assert not note_sign_in(asker, FIREFOX)


def test_devices_go_with_the_account(asker):
    note_sign_in(asker, FIREFOX)
    asker.delete()
    assert not KnownDevice.objects.exists()


def signs_in(person, agent):
    """A sign-in of its own thread: whether it was told of, and how many tasks came of it."""

    def sign_in():
        default_task_backend.clear()
        return note_sign_in(User.objects.get(pk=person.pk), agent), len(default_task_backend.results)

    return sign_in


@pytest.mark.django_db(transaction=True)
def test_ten_sign_ins_at_once_with_a_new_device_are_told_of_once(asker, at_once):
    note_sign_in(asker, SAFARI)
    told = at_once([signs_in(asker, FIREFOX)] * 10)
    assert sorted(told) == [(False, 0)] * 9 + [(True, 1)]
    assert KnownDevice.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_ten_first_sign_ins_at_once_with_one_device_are_not_told_of(asker, at_once):
    assert at_once([signs_in(asker, FIREFOX)] * 10) == [(False, 0)] * 10
    assert KnownDevice.objects.count() == 1


# The mail

AT = "2026-03-04T05:06:07+00:00"


def test_the_mail_says_when_with_what_and_what_to_do(asker):
    tasks.tell_of_sign_in.call(asker.pk, AT, "Firefox on Android")
    (message,) = mail.outbox
    assert message.to == [asker.email]
    assert message.subject == "New sign-in to your account on Bedside"
    assert message.body.strip().split("\n\n") == [
        "Hello,",
        "somebody signed in to your account with a device or a browser that was new to it.",
        "When: 4 March 2026, 05:06 UTC\nWith: Firefox on Android",
        "Was it you? Then there is nothing to do. If not, set a new password at once and sign out all other devices:",
        "http://testserver/accounts/password/reset/\nhttp://testserver/accounts/sessions/",
        "If you cannot sign in any more, write to contact@bedside.example.",
        "Bedside\nhttp://testserver",
    ]
    (page,) = message.alternatives
    assert '<a href="http://testserver/accounts/sessions/">' in page.content


def test_the_mail_cannot_be_unsubscribed_from(asker):
    tasks.tell_of_sign_in.call(asker.pk, AT, "Firefox")
    whole = mail.outbox[0].message().as_string().lower()
    assert "unsubscribe" not in whole
    assert "precedence" not in whole
    assert "auto-submitted: auto-generated" in whole


def test_the_time_is_in_utc_on_any_site(asker, settings):
    settings.TIME_ZONE = "Asia/Tokyo"
    with timezone.override("Asia/Tokyo"):
        tasks.tell_of_sign_in.call(asker.pk, AT, "Firefox")
    assert "4 March 2026, 05:06 UTC" in mail.outbox[0].body


@pytest.mark.parametrize("change", [{"is_active": False}, {"email": ""}])
def test_to_an_account_that_is_closed_or_has_no_address_nothing_is_sent(asker, change, monkeypatch):
    User.objects.filter(pk=asker.pk).update(**change)
    sent = []
    monkeypatch.setattr("accounts.mail.send_mail", lambda *mail: sent.append(mail))
    tasks.tell_of_sign_in.call(asker.pk, AT, "Firefox")
    assert sent == []


def test_somebody_erased_meanwhile_gets_no_mail():
    person = make_user("gone")
    pk = person.pk
    person.delete()
    tasks.tell_of_sign_in.call(pk, AT, "Firefox")
    assert mail.outbox == []


def test_somebody_suspended_gets_the_mail(asker):
    User.objects.filter(pk=asker.pk).update(suspended_until=timezone.now() + timedelta(days=3))
    tasks.tell_of_sign_in.call(asker.pk, AT, "Firefox")
    assert len(mail.outbox) == 1


def test_a_mail_server_that_refuses_fails_the_task_so_that_it_is_tried_again(asker, monkeypatch):
    def refuse(*args):
        raise ConnectionRefusedError

    monkeypatch.setattr("accounts.mail.send_mail", refuse)
    with pytest.raises(ConnectionRefusedError):
        tasks.tell_of_sign_in.call(asker.pk, AT, "Firefox")


def test_a_site_with_a_difficult_name_has_one_line_as_the_subject(asker, settings):
    settings.SITE_NAME = "Bed & “Side”"
    tasks.tell_of_sign_in.call(asker.pk, AT, "Firefox")
    assert mail.outbox[0].subject == "New sign-in to your account on Bed & “Side”"
    assert "Bed & “Side”\n" in mail.outbox[0].body
