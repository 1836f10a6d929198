"""Sessions, second factors and accounts elsewhere: what a browser gets to see of them."""

import os
import subprocess
import sys
from datetime import date, timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from allauth.usersessions.models import UserSession
from django.conf import settings as django_settings
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.actions import forget_ended_sessions, grant_badge
from accounts.models import User
from forum.actions import hide
from forum.models import Draft, Reply
from tests.conftest import PASSWORD, SYSTEM_ENVIRONMENT

pytestmark = pytest.mark.django_db
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


def is_signed_in(client):
    return client.get("/account/").status_code == 200


def sign_in_by_form(person):
    client = Client()
    client.post("/accounts/login/", {"login": person.username, "password": PASSWORD})
    return client


def let_pass(client, *, started=timedelta(), seen=timedelta()):
    session = client.session
    session["started"] -= int(started.total_seconds())
    session["seen"] -= int(seen.total_seconds())
    session.save()


# Sessions


@pytest.mark.parametrize(
    ("who", "passed", "stays"),
    [
        ("asker", {"seen": timedelta(days=13)}, True),
        ("asker", {"seen": timedelta(days=15)}, False),
        ("asker", {"started": timedelta(days=31)}, False),
        ("moderator", {"seen": timedelta(minutes=29)}, True),
        ("moderator", {"seen": timedelta(minutes=31)}, False),
        ("moderator", {"started": timedelta(hours=13)}, False),
    ],
)
def test_sessions_end_unused_and_in_any_case(request, sign_in, who, passed, stays):
    client = sign_in(request.getfixturevalue(who))
    assert is_signed_in(client)
    let_pass(client, **passed)
    assert is_signed_in(client) is stays


def test_reading_does_not_write_the_session_each_time(sign_in, asker, django_assert_num_queries):
    client = sign_in(asker)
    client.get("/about/")
    seen = client.session["seen"]
    let_pass(client, seen=timedelta(seconds=200))
    client.get("/about/")
    assert client.session["seen"] == seen - 200
    let_pass(client, seen=timedelta(seconds=200))
    client.get("/about/")
    assert client.session["seen"] >= seen


def test_a_new_password_ends_the_other_sessions(sign_in, asker):
    here, elsewhere = sign_in(asker), sign_in(asker)
    data = {"oldpassword": PASSWORD, "password1": "another row of words", "password2": "another row of words"}
    assert here.post("/accounts/password/change/", data).status_code == 302
    assert is_signed_in(here)
    assert not is_signed_in(elsewhere)


def test_the_session_gets_a_new_id_at_sign_in(asker):
    client = Client()
    client.get("/accounts/login/")
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies["sessionid"] = session.session_key
    client.post("/accounts/login/", {"login": "asker", "password": PASSWORD})
    assert client.session.session_key != session.session_key
    assert is_signed_in(client)


def test_one_device_can_be_signed_out_and_only_the_own(asker, stranger):
    here, elsewhere, other = (sign_in_by_form(person) for person in (asker, asker, stranger))
    sessions = {row.session_key: row.pk for row in UserSession.objects.all()}
    theirs, mine = sessions[other.session.session_key], sessions[elsewhere.session.session_key]
    assert here.post(f"/account/sessions/{theirs}/end/").status_code == 404
    assert here.post(f"/account/sessions/{mine}/end/").status_code == 302
    assert (is_signed_in(here), is_signed_in(elsewhere), is_signed_in(other)) == (True, False, True)
    assert forget_ended_sessions() == 0


def test_notes_about_ended_sessions_are_dropped(asker):
    sign_in_by_form(asker).session.delete()
    assert forget_ended_sessions() == 1


def test_signing_out_has_the_browser_forget_the_site(sign_in, asker):
    response = sign_in(asker).post("/accounts/logout/")
    assert response.url == "/account/signed-out/"
    assert response["Clear-Site-Data"] == '"cache", "cookies", "storage"'


# Second factor


@pytest.fixture
def strict(settings):
    settings.REQUIRE_SECOND_FACTOR = True


def test_staff_without_a_second_factor_do_not_get_into_the_admin(strict, sign_in, moderator):
    client = sign_in(moderator)
    for address in ("/admin/", "/admin/forum/thread/", "/admin/logout/"):
        response = client.get(address)
        assert response.status_code == 302
        assert response.url == reverse("mfa_index", query={"next": address})
    response = client.post("/admin/forum/thread/", {"action": "hide_selected"})
    assert response.url == reverse("mfa_index", query={"next": "/admin/"})
    Authenticator.objects.create(user=moderator, type=Authenticator.Type.TOTP, data={})
    assert client.get("/admin/").status_code == 200


def test_a_new_factor_signs_every_other_device_out(asker):
    """A thief who is signed in by the password alone must not be let in by the owner's new factor."""
    thief, owner = sign_in_by_form(asker), sign_in_by_form(asker)
    request = owner.get("/account/").wsgi_request
    totp = Authenticator.objects.create(user=asker, type=Authenticator.Type.TOTP, data={})
    authenticator_added.send(sender=Authenticator, request=request, user=asker, authenticator=totp)
    assert (is_signed_in(owner), is_signed_in(thief)) == (True, False)


def test_staff_without_a_factor_see_what_members_see(strict, sign_in, moderator, thread):
    hide(thread, by=moderator)
    client = sign_in(moderator)
    assert client.get(thread.get_absolute_url()).status_code == 410  # as for any member: it was there once
    Authenticator.objects.create(user=moderator, type=Authenticator.Type.TOTP, data={})
    assert client.get(thread.get_absolute_url(), follow=True).status_code == 200


def test_recovery_codes_alone_are_no_second_factor(strict, sign_in, moderator):
    Authenticator.objects.create(user=moderator, type=Authenticator.Type.RECOVERY_CODES, data={})
    assert sign_in(moderator).get("/admin/").status_code == 302


def test_professionals_read_freely_but_write_only_with_a_second_factor(strict, sign_in, clinician, thread):
    client = sign_in(clinician)
    page = client.get(thread.get_absolute_url())
    assert page.status_code == 200
    assert "second way to sign in" in page.content.decode()
    response = client.post(f"/threads/{thread.pk}/reply/", {"body": "A careful answer"}, headers=SAME_ORIGIN)
    assert response.url == f"/accounts/2fa/?next=%2Fthreads%2F{thread.pk}%2Freply%2F"
    assert not Reply.objects.exists()
    assert Draft.objects.get(user=clinician).body == "A careful answer"
    Authenticator.objects.create(user=clinician, type=Authenticator.Type.WEBAUTHN, data={})
    client.post(f"/threads/{thread.pk}/reply/", {"body": "A careful answer"})
    assert Reply.objects.get().has_badge


def test_members_need_none(strict, sign_in, asker, thread):
    assert sign_in(asker).get(f"/threads/{thread.pk}/reply/").status_code == 200


def test_the_last_factor_stays_where_one_is_required(strict, clinician, asker):
    for person, is_kept in [(clinician, True), (asker, False)]:
        client = sign_in_by_form(person)
        client.post("/accounts/reauthenticate/", {"password": PASSWORD})
        Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={"secret": "x"})
        client.post("/accounts/2fa/totp/deactivate/")
        assert Authenticator.objects.filter(user=person).exists() is is_kept


def test_secrets_of_second_factors_are_encrypted():
    from accounts.adapter import SecondFactorAdapter

    stored = SecondFactorAdapter().encrypt("JBSWY3DPEHPK3PXP")
    assert "JBSWY3DPEHPK3PXP" not in stored
    assert SecondFactorAdapter().decrypt(stored) == "JBSWY3DPEHPK3PXP"


def test_a_new_secret_key_still_reads_what_the_old_one_stored(settings):
    from common.encryption import Undecryptable, decrypt, encrypt

    stored, old = encrypt("text"), settings.SECRET_KEY
    settings.SECRET_KEY = "n" * 60
    with pytest.raises(Undecryptable):
        decrypt(stored)
    settings.SECRET_KEY_FALLBACKS = [old]
    assert decrypt(stored) == "text"


def test_a_sign_in_with_a_second_factor_stops_for_it(asker, client):
    Authenticator.objects.create(user=asker, type=Authenticator.Type.TOTP, data={"secret": "x"})
    response = client.post("/accounts/login/", {"login": "asker", "password": PASSWORD})
    assert response.url == "/accounts/2fa/authenticate/"
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    "credential",
    ["", "{}", '{"id":1}', "[]", "null", "9" * 5_000, "[" * 15_000, "x" * 50_000, '{"id":"AA","response":{}}', "\x00"],
)
def test_an_odd_answer_of_a_passkey_is_a_wrong_one(client, asker, sign_in, credential):
    for browser, address in [(client, "mfa_login_webauthn"), (sign_in(asker), "mfa_reauthenticate_webauthn")]:
        assert browser.post(reverse(address), {"credential": credential}).status_code in (200, 302, 422)
    assert not is_signed_in(client)


# Accounts elsewhere

PROVIDERS = (
    """print([app for app in settings.INSTALLED_APPS if "providers" in app], settings.SECURE_CSP["form-action"])"""
)


def settings_say(code, **environ):
    """Run a line of code with the settings of a real site in this environment."""
    values = {
        **SYSTEM_ENVIRONMENT,
        "PYTHONPATH": str(django_settings.BASE_DIR),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SITE_URL": "https://forum.example.org",
        "SECRET_KEY": "k" * 60,
        "CONTACT_EMAIL": "a@example.org",
        "BEDSIDE_HOME": str(django_settings.BEDSIDE_HOME),
        "DATABASE_URL": os.environ["DATABASE_URL"],
        "MAIL_URL": "smtp://mail.example.org",
        **environ,
    }
    whole = f"import django; django.setup(); from django.conf import settings\n{code}"
    return subprocess.run([sys.executable, "-c", whole], env=values, capture_output=True, text=True, check=False)


def test_no_account_elsewhere_unless_configured():
    assert settings_say(PROVIDERS).stdout.strip() == "[] [\"'self'\"]"


@pytest.mark.parametrize(
    ("environ", "app", "origin"),
    [
        ({"GOOGLE_CLIENT_ID": "i", "GOOGLE_CLIENT_SECRET": "s"}, "google", "https://accounts.google.com"),
        (
            {"APPLE_CLIENT_ID": "i", "APPLE_TEAM_ID": "t", "APPLE_KEY_ID": "k", "APPLE_PRIVATE_KEY": "p"},
            "apple",
            "https://appleid.apple.com",
        ),
        (
            {"OIDC_SERVER_URL": "https://id.example.org/x", "OIDC_CLIENT_ID": "i", "OIDC_CLIENT_SECRET": "s"},
            "openid_connect",
            "https://id.example.org",
        ),
    ],
)
def test_each_provider_is_on_when_its_variables_are_set(environ, app, origin):
    out = settings_say(PROVIDERS, **environ).stdout
    assert f"allauth.socialaccount.providers.{app}" in out
    assert origin in out
    first = next(iter(environ))
    incomplete = settings_say(PROVIDERS, **{first: environ[first]})
    assert incomplete.returncode
    assert "as well" in incomplete.stderr


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"MINIMUM_AGE": "12"}, "MINIMUM_AGE must be 13 or more"),
        ({"REQUIRE_SECOND_FACTOR": "0"}, "for demo mode only"),
        ({"OIDC_SERVER_URL": "http://x", "OIDC_CLIENT_ID": "i", "OIDC_CLIENT_SECRET": "s"}, "OIDC_SERVER_URL must be"),
    ],
)
def test_settings_that_would_harm_stop_the_start(environ, message):
    done = settings_say("", **environ)
    assert done.returncode
    assert message in done.stderr


def test_the_second_factor_is_required_on_a_real_site():
    assert settings_say("print(settings.REQUIRE_SECOND_FACTOR)").stdout.strip() == "True"


def test_limits_of_the_table_are_in_the_settings(settings):
    limits = settings.ACCOUNT_RATE_LIMITS
    assert limits["login"] == "30/m/ip"
    assert limits["confirm_email"] == "1/3m/key"
    assert limits["reset_password"] == "20/m/ip,5/m/key"


def test_the_admin_counts_wrong_passwords_like_the_site(asker, client):
    response = client.get("/admin/login/?next=/admin/")
    assert response.status_code == 302
    assert response.url.startswith("/accounts/login/")
    assert client.post("/admin/login/", {"username": "asker", "password": PASSWORD}).status_code == 302
    assert not is_signed_in(client)


def test_the_admins_own_password_page_is_the_sites(sign_in, administrator):
    assert sign_in(administrator).get("/admin/password_change/").url == "/accounts/password/change/"


def test_the_admin_saves_only_what_was_changed(sign_in, administrator, asker):
    """Two people at once: a form that changes the name must not bring back an old password."""
    client = sign_in(administrator)
    address = reverse("admin:accounts_user_change", args=[asker.pk])
    save = User.save

    def meanwhile(self, *args, **kwargs):
        User.objects.filter(pk=asker.pk).update(password="set meanwhile", bio="written meanwhile")
        save(self, *args, **kwargs)

    data = {"username": "asker", "display_name": "New name", "is_active": "on"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(User, "save", meanwhile)
        assert client.post(address, data).status_code == 302
    asker.refresh_from_db()
    assert (asker.display_name, asker.password, asker.bio) == ("New name", "set meanwhile", "written meanwhile")


def test_a_professional_who_loses_the_badge_needs_no_factor_any_more(strict, sign_in, helper, thread):
    grant_badge(helper, specialty="nurse", verified_on=date(2026, 1, 1))
    client = sign_in(helper)
    assert client.get(f"/threads/{thread.pk}/reply/").status_code == 302
    User.objects.filter(pk=helper.pk).update(is_medical_professional=False)
    assert client.get(f"/threads/{thread.pk}/reply/").status_code == 200
    cache.clear()
