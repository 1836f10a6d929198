"""Every address of the site, for every role. A new address has to be added here."""

import time
from io import StringIO

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from config import views
from credentials.models import Evidence
from forum.actions import ask, reply_to
from tests.conftest import make_user
from tests.unit.resources.test_resources import make_resource

pytestmark = pytest.mark.django_db

ROLES = ["visitor", "stranger", "asker", "clinician", "moderator", "reviewer", "administrator", "applicant"]
# What a GET gives each of them; `asker` wrote what is asked for, and there is a request that waits for a reviewer.
# An applicant gets what any member gets, unless the last entry of a row says more. L: sent to sign in.
L = 302
PUBLIC = (200, 200, 200, 200, 200, 200, 200)
MEMBERS = (L, 200, 200, 200, 200, 200, 200)
POST_ONLY = (405, 405, 405, 405, 405, 405, 405)
OWN = (L, 403, 200, 403, 403, 403, 403)
ELSEWHERE = (302, 302, 302, 302, 302, 302, 302)
NOWHERE = (404, 404, 404, 404, 404, 404, 404)
TABLE = {
    "forum:home": ({}, PUBLIC),
    "forum:waiting": ({}, PUBLIC),
    "forum:forum": ({"slug": "moles"}, PUBLIC),
    "forum:feed": ({}, PUBLIC),
    "forum:forum_feed": ({"slug": "moles"}, PUBLIC),
    "forum:thread_feed": ({"thread_id": "thread"}, PUBLIC),
    "forum:ask": ({}, MEMBERS),
    "forum:forum_ask": ({"slug": "moles"}, MEMBERS),
    "search:similar": ({}, MEMBERS),
    "forum:thread_newest": ({"thread_id": "thread"}, ELSEWHERE),
    "forum:thread_professional": ({"thread_id": "thread"}, ELSEWHERE),
    "forum:thread_bare": ({"thread_id": "thread"}, (301, 301, 301, 301, 301, 301, 301)),
    "forum:thread": ({"thread_id": "thread", "slug": "is-it-bad"}, PUBLIC),
    "forum:thread_reply": ({"thread_id": "thread"}, MEMBERS),
    "forum:thread_follow": ({"thread_id": "thread"}, MEMBERS),
    "forum:thread_people": ({"thread_id": "thread"}, MEMBERS),
    "forum:thread_edit": ({"thread_id": "thread"}, OWN),
    "forum:thread_delete": ({"thread_id": "thread"}, OWN),
    "forum:thread_history": ({"thread_id": "thread"}, (L, 404, 200, 404, 200, 200, 200)),
    "forum:reply": ({"reply_id": "reply"}, (302, 302, 302, 302, 302, 302, 302)),
    "forum:reply_edit": ({"reply_id": "reply"}, OWN),
    "forum:reply_delete": ({"reply_id": "reply"}, OWN),
    "forum:reply_history": ({"reply_id": "reply"}, (L, 404, 200, 404, 200, 200, 200)),
    "forum:reply_helpful": ({"reply_id": "reply"}, POST_ONLY),
    "forum:reply_helpful_undo": ({"reply_id": "reply"}, POST_ONLY),
    "forum:reply_agree": ({"reply_id": "reply"}, POST_ONLY),
    "forum:reply_caution": ({"reply_id": "reply"}, (L, 403, 403, 200, 403, 403, 403)),
    "forum:reply_opinion_withdraw": ({"reply_id": "reply"}, POST_ONLY),
    "forum:draft": ({}, POST_ONLY),
    "forum:draft_discard": ({}, POST_ONLY),
    "forum:person": ({"username": "asker"}, PUBLIC),
    "moderation:report_thread": ({"thread_id": "thread"}, PUBLIC),
    "moderation:report_reply": ({"reply_id": "reply"}, PUBLIC),
    "moderation:report_person": ({"username": "asker"}, PUBLIC),
    "moderation:redact_thread": ({"thread_id": "thread"}, (L, 404, 200, 404, 200, 200, 200)),
    "moderation:redact_reply": ({"reply_id": "reply"}, (L, 404, 200, 404, 200, 200, 200)),
    "moderation:report": ({"reference": "2222-2222-2222-2222"}, NOWHERE),
    "moderation:decisions": ({}, MEMBERS),
    "moderation:decision": ({"reference": "2222-2222-2222-2222"}, (L, 404, 404, 404, 404, 404, 404)),
    "moderation:transparency": ({}, PUBLIC),
    "moderation:transparency_year": ({"year": 1999}, NOWHERE),
    "notifications:notification_list": ({}, MEMBERS),
    "notifications:count": ({}, MEMBERS),
    "notifications:read_all": ({}, POST_ONLY),
    "notifications:mail_events": ({"service": "mailgun"}, NOWHERE),
    "notifications:notification": ({"notification_id": 1}, (L, 404, 404, 404, 404, 404, 404)),
    "notifications:preferences": ({}, MEMBERS),
    "notifications:stop_all": ({}, POST_ONLY),
    "notifications:resume": ({}, POST_ONLY),
    "notifications:unsubscribe": ({"token": "forged"}, NOWHERE),
    "forum:forum_follow": ({"slug": "moles"}, MEMBERS),
    "forum:field_list": ({}, MEMBERS),
    "forum:field_follow": ({"key": "dermatologist"}, MEMBERS),
    "forum:week": ({}, MEMBERS),
    "forum:thread_no_answer": ({"thread_id": "thread"}, (L, 404, 200, 404, 404, 404, 404)),
    "forum:person_block": ({"username": "asker"}, POST_ONLY),
    "forum:person_unblock": ({"username": "asker"}, POST_ONLY),
    "resources:resource_list": ({}, PUBLIC),
    "resources:resource": ({"slug": "moles"}, PUBLIC),
    "resources:help_now": ({}, PUBLIC),
    "page_badge": ({}, PUBLIC),
    "page_guidelines": ({}, PUBLIC),
    "page_privacy": ({}, PUBLIC),
    "page_accessibility": ({}, PUBLIC),
    "page_about": ({}, PUBLIC),
    "reading_settings": ({}, POST_ONLY),
    "manifest": ({}, PUBLIC),
    "favicon": ({}, ELSEWHERE),
    "search:search": ({}, PUBLIC),
    "search:suggest": ({}, PUBLIC),
    "styleguide": ({}, (404, 404, 404, 404, 200, 200, 200)),
    "offline": ({}, PUBLIC),
    "offline_worker": ({}, PUBLIC),
    "robots": ({}, PUBLIC),
    "sitemap": ({}, PUBLIC),
    # Ids of tests grow from run to run, so the first range may be empty; it is served all the same.
    "sitemap_threads": ({"number": 1}, PUBLIC),
    "sitemap_forums": ({}, PUBLIC),
    "sitemap_resources": ({}, PUBLIC),
    "sitemap_pages": ({}, PUBLIC),
    "gpc": ({}, PUBLIC),
    "healthz": ({}, PUBLIC),
    "readyz": ({}, PUBLIC),
    "account_settings": ({}, MEMBERS),
    "account_login": ({}, (200, 302, 302, 302, 302, 302, 302)),
    "account_signup": ({}, (200, 302, 302, 302, 302, 302, 302)),
    "account_logout": ({}, (302, 200, 200, 200, 200, 200, 200)),
    "account_inactive": ({}, PUBLIC),
    "account_email": ({}, MEMBERS),
    "account_email_verification_sent": ({}, (302, 302, 302, 302, 302, 302, 302)),
    "account_confirm_login_code": ({}, (302, 302, 302, 302, 302, 302, 302)),
    "account_request_login_code": ({}, (200, 302, 302, 302, 302, 302, 302)),
    "account_reauthenticate": ({}, (L, 200, 200, 200, 200, 200, 200)),
    "account_change_password": ({}, MEMBERS),
    "account_set_password": ({}, (L, 302, 302, 302, 302, 302, 302)),
    "account_reset_password": ({}, PUBLIC),
    "account_confirm_password_reset_code": ({}, (302, 302, 302, 302, 302, 302, 302)),
    "account_complete_password_reset": ({}, (302, 302, 302, 302, 302, 302, 302)),
    "account_password_reset_completed": ({}, PUBLIC),
    "account_signed_out": ({}, PUBLIC),
    "account_session_end": ({"session": 1}, POST_ONLY),
    "avatar": ({"name": "0" * 32}, NOWHERE),
    "usersessions_list": ({}, MEMBERS),
    "mfa_index": ({}, MEMBERS),
    "mfa_authenticate": ({}, ELSEWHERE),
    "mfa_reauthenticate": ({}, ELSEWHERE),
    # Signed in, but not confirmed just now: sent to do so.
    "mfa_activate_totp": ({}, ELSEWHERE),
    "mfa_generate_recovery_codes": ({}, ELSEWHERE),
    "mfa_add_webauthn": ({}, ELSEWHERE),
    "mfa_reauthenticate_webauthn": ({}, ELSEWHERE),
    "mfa_remove_webauthn": ({"pk": 1}, ELSEWHERE),
    "mfa_edit_webauthn": ({"pk": 1}, ELSEWHERE),
    "mfa_login_webauthn": ({}, ELSEWHERE),
    "mfa_list_webauthn": ({}, MEMBERS),
    # Nobody in this table has a second factor.
    "mfa_deactivate_totp": ({}, (L, 404, 404, 404, 404, 404, 404)),
    "mfa_view_recovery_codes": ({}, (L, 404, 404, 404, 404, 404, 404)),
    "mfa_download_recovery_codes": ({}, (L, 404, 404, 404, 404, 404, 404)),
    "socialaccount_login_cancelled": ({}, PUBLIC),
    "socialaccount_login_error": ({}, (401, 401, 401, 401, 401, 401, 401)),
    "socialaccount_signup": ({}, ELSEWHERE),
    "socialaccount_connections": ({}, MEMBERS),
    "credentials:status": ({}, MEMBERS),
    "credentials:start": ({}, POST_ONLY),
    # Without an open request back to the first page.
    "credentials:profession": ({}, ELSEWHERE, 200),
    "credentials:registration": ({}, ELSEWHERE, 200),
    "credentials:link": ({}, ELSEWHERE, 200),
    "credentials:declaration": ({}, ELSEWHERE, 200),
    "credentials:send": ({}, ELSEWHERE, 200),
    "credentials:evidence_remove": ({}, POST_ONLY),
    "credentials:take_back": ({}, POST_ONLY),
    "credentials:withdraw": ({}, ELSEWHERE, 200),
    "credentials:give_up": ({}, ELSEWHERE),
    "credentials:desk": ({}, (L, 302, 302, 200, 302, 302, 302)),
    "admin:credentials_credential_change": ({"object_id": "request"}, (302, 302, 302, 302, 404, 200, 200)),
    "admin:credentials_evidence_download": ({"evidence_id": "document"}, (404, 404, 404, 404, 404, 200, 200)),
    "admin:index": ({}, (302, 302, 302, 302, 200, 200, 200)),
}


# The admin, by model: what a list gives moderator, reviewer and administrator. Everybody else is sent to sign in.
ADMIN = {
    "accounts_user": (200, 200, 200),
    "auth_group": (403, 403, 200),
    "credentials_credential": (403, 200, 200),
    "django_ox_oxschedule": (403, 403, 200),
    "django_ox_oxtask": (403, 403, 200),
    "forum_category": (200, 403, 200),
    "forum_forum": (200, 403, 200),
    "forum_forummoderator": (403, 403, 200),
    "forum_screeningrule": (200, 403, 200),
    "moderation_case": (200, 200, 200),
    "moderation_decision": (200, 200, 200),
    "moderation_messagetemplate": (200, 403, 200),
    "forum_helpfulvote": (200, 403, 200),
    "forum_peeropinion": (200, 200, 200),
    "forum_reply": (200, 200, 200),
    "forum_revision": (200, 403, 200),
    "forum_thread": (200, 403, 200),
    "mfa_authenticator": (403, 403, 200),
    "resources_crisisline": (200, 403, 200),
    "resources_resource": (200, 403, 200),
    "search_searchsynonym": (200, 403, 200),
    "search_searchterm": (200, 403, 200),
}


def names(resolver, prefix=""):
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            if inner != "admin:":  # Django's own pages behind its own sign-in; the index stands for them
                yield from names(pattern, inner)
        elif isinstance(pattern, URLPattern) and pattern.name:  # without: redirects from addresses of long ago
            yield f"{prefix}{pattern.name}"


def test_the_table_is_complete():
    assert set(names(get_resolver())) | {name for name in TABLE if name.startswith("admin:")} == TABLE.keys()


def test_the_table_of_the_admin_is_complete():
    lists = {f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry}
    assert lists == ADMIN.keys()


@pytest.fixture
def grouped(moderator, reviewer):
    """With the rights of the groups that come with the site, and no other."""
    call_command("load_defaults", stdout=StringIO())
    for person, group in [(moderator, "Moderators"), (reviewer, "Reviewers")]:
        person.user_permissions.clear()
        person.groups.add(Group.objects.get(name=group))


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_what_the_table_of_the_admin_says(role, grouped, request, sign_in, client):
    client = client if role == "visitor" else sign_in(request.getfixturevalue(role))
    place = ROLES.index(role) - ROLES.index("moderator")
    got = {name: client.get(reverse(f"admin:{name}_changelist")).status_code for name in ADMIN}
    assert got == {name: expected[place] if 0 <= place < 3 else 302 for name, expected in ADMIN.items()}


@pytest.mark.parametrize("role", ["moderator", "reviewer"])
def test_what_may_not_be_listed_may_not_be_added_or_changed_either(role, grouped, request, sign_in):
    person = request.getfixturevalue(role)
    client, place = sign_in(person), ["moderator", "reviewer"].index(role)
    closed = [name for name, expected in ADMIN.items() if expected[place] == 403]
    assert len(closed) > 3
    for name in closed:
        assert client.get(reverse(f"admin:{name}_add")).status_code == 403, name
        assert client.post(reverse(f"admin:{name}_add"), {}).status_code == 403, name
    for address in (
        f"/admin/auth/group/{Group.objects.first().pk}/change/",
        f"/admin/accounts/user/{person.pk}/delete/",
    ):
        assert client.get(address).status_code == 403
        assert client.post(address, {"post": "yes"}).status_code == 403


@pytest.fixture
def addresses(forum, asker, sent, helper, document, monkeypatch):
    monkeypatch.setattr(views, "STARTED", time.monotonic())  # a silent worker is forgiven at first
    thread = ask(by=asker, forum=forum, title="Is it bad?", body="Look")
    reply = reply_to(thread, by=asker, body="More")
    make_resource()
    credential = sent()
    evidence = Evidence.objects.create(
        credential=credential, kind="letter", name="a.pdf", file="evidence/a", content_type="application/pdf", size=1
    )
    evidence.file.storage.save("evidence/a", ContentFile(b"%PDF-1.7"))
    pks = {"thread": thread.pk, "reply": reply.pk, "request": credential.pk, "document": evidence.pk}
    return {
        name: reverse(name, kwargs={key: pks.get(value, value) for key, value in arguments.items()})
        for name, (arguments, *_) in TABLE.items()
    }


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_what_the_table_says(role, addresses, request, sign_in, client):
    client = client if role == "visitor" else sign_in(request.getfixturevalue(role))
    got = {name: client.get(address).status_code for name, address in addresses.items()}
    assert got == {name: expected_of(row, role) for name, row in TABLE.items()}


def expected_of(row, role):
    _, expected, *of_applicant = row
    if role == "applicant":
        return of_applicant[0] if of_applicant else expected[ROLES.index("stranger")]
    return expected[ROLES.index(role)]


@pytest.fixture
def applicant(filled):
    return filled(make_user("applicant")).user


@pytest.mark.parametrize("name", [name for name, row in TABLE.items() if row[1][0] in (200, 405)])
def test_visitors_get_no_cookie(name, addresses, client):
    client.get(addresses[name])
    if not name.startswith(("account_", "moderation:report_")):  # they show a form that changes something
        assert client.cookies == {}
