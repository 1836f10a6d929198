"""Mails that leave through a service of django-anymail, and what the service reports on them."""

import hashlib
import hmac
import json
import traceback
import warnings
from base64 import b64encode
from datetime import timedelta

import anymail.backends.base as anymail_backends
import pytest
import requests
from anymail.exceptions import (
    AnymailAPIError,
    AnymailConfigurationError,
    AnymailInvalidAddress,
    AnymailNotSupportedWarning,
    AnymailRecipientsRefused,
    AnymailRequestsAPIError,
    AnymailUnsupportedFeature,
)
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import mailers
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from common.mail import NotSent, send_mail, site_mail
from common.shared_pages import pages
from config.mail import NEEDED, WATCHING, service_settings
from forum import actions
from notifications import actions as news
from notifications.actions import mailing
from notifications.failures import failure_of
from notifications.letters import Letter
from notifications.models import Bounce, Choice, Mail, Notification, Preferences
from notifications.views.hooks import view_of

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:django-anymail has dropped official support")]

SECRET = "hook:only for this test"
BASIC = {"Authorization": f"Basic {b64encode(SECRET.encode()).decode()}"}


def all_variables(service):
    """What is set for a service, each variable of a choice."""
    names = [name for needed in NEEDED[service] for name in ([needed] if isinstance(needed, str) else needed)]
    values = {name: SECRET if name == "WEBHOOK_SECRET" else "a" * 32 for name in names}
    values |= {name: "https://mail.example.org/api/" for name in names if name.endswith("_URL")}
    values.pop("RESEND_SIGNING_SECRET", None)  # needs a package of its own
    return values | ({"AMAZON_SES_CLIENT_PARAMS": '{"region_name": "eu-west-1"}'} if service == "amazon_ses" else {})


@pytest.fixture
def use(settings):
    """Configure the site for a service, as its variables would."""

    def use(service, **variables):
        settings.MAIL_SERVICE = service
        settings.ANYMAIL = service_settings(service, all_variables(service) | variables)
        settings.ANYMAIL.pop("SENDGRID_TRACKING_WEBHOOK_VERIFICATION_KEY", None)  # no real key
        settings.MAILERS = {"default": {"BACKEND": f"anymail.backends.{service}.EmailBackend"}}

    return use


@pytest.fixture
def sent(asker):
    """A mail that a service took."""

    def make(service_id="id-1", user=asker, **fields):
        fields = {"letter": "digest", "tries": 1, "ended_at": timezone.now(), "outcome": "sent", **fields}
        return Mail.objects.create(user=user, service_id=service_id, **fields)

    return make


# What the services send


def mailgun(address, message_id="id-1", event="failed", **fields):
    timestamp, token = "1767225600", "f" * 50
    signature = hmac.new(b"a" * 32, f"{timestamp}{token}".encode(), hashlib.sha256).hexdigest()
    data = {
        "event": event, "timestamp": 1767225600.5, "recipient": address, "severity": "permanent", "reason": "bounce",
        "delivery-status": {"code": 550, "message": "5.1.1 The email account that you tried to reach does not exist."},
        "message": {"headers": {"message-id": message_id, "to": address, "subject": "Plantedsubject"}},
        **fields,
    }  # fmt: skip
    return {"signature": {"timestamp": timestamp, "token": token, "signature": signature}, "event-data": data}, {}


def postmark(address, message_id="id-1", record="Bounce", **fields):
    event = {
        "RecordType": record, "Type": "HardBounce", "TypeCode": 1, "ID": 4323372036854775807, "MessageID": message_id,
        "Email": address, "Recipient": address, "BouncedAt": "2026-01-01T00:00:00Z", "MessageStream": "outbound",
        "Description": "The server was unable to deliver your message (ex: unknown user, mailbox not found).",
        "Details": "smtp;550 5.1.1 The email account that you tried to reach does not exist.", **fields,
    }  # fmt: skip
    return event, BASIC


def amazon_ses(address, message_id="id-1", event="Bounce", **fields):
    recipient = {"emailAddress": address, "status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1 user unknown"}
    about = {
        "Bounce": {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": [recipient]},
        "Complaint": {"complaintFeedbackType": "abuse", "complainedRecipients": [{"emailAddress": address}]},
        "Delivery": {"recipients": [address], "smtpResponse": "250 2.0.0 OK"},
    }[event] | fields
    mail = {"messageId": message_id, "destination": [address], "headers": [{"name": "Subject", "value": "Planted"}]}
    inner = {"eventType": event, "mail": mail, event.lower(): about}
    outer = {
        "Type": "Notification", "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324", "Message": json.dumps(inner),
        "TopicArn": "arn:aws:sns:eu-west-1:123456789012:mails", "Timestamp": "2026-01-01T00:00:00.000Z",
    }  # fmt: skip
    return outer, BASIC | {"x-amz-sns-message-type": "Notification", "x-amz-sns-message-id": outer["MessageId"]}


def mailersend(address, message_id="id-1", kind="hard_bounced", **fields):
    morph = {"object": "recipient_bounce", "reason": "Host or domain name not found"}
    email = {"message": {"id": message_id}, "recipient": {"email": address}, "tags": None}
    data = {"id": "1", "type": kind, "created_at": "2026-01-01T00:00:00Z", "email": email, "morph": morph, **fields}
    event = {"type": f"activity.{kind}", "data": data}
    return event, {"Signature": hmac.new(b"a" * 32, json.dumps(event).encode(), hashlib.sha256).hexdigest()}


def brevo(address, message_id="id-1", event="hard_bounce", **fields):
    about = {"event": event, "email": address, "message-id": message_id, "ts_epoch": 1767225600000, "reason": "no user"}
    return about | fields, BASIC


def mailjet(address, message_id="id-1", event="bounce", **fields):
    about = {"event": event, "time": 1767225600, "MessageID": message_id, "email": address, "hard_bounce": True}
    return [about | {"error": "user unknown", "error_related_to": "recipient", **fields}], BASIC


def sparkpost(address, message_id="id-1", kind="bounce", **fields):
    event = {"type": kind, "timestamp": "1767225600", "transmission_id": message_id, "raw_rcpt_to": address}
    event |= {"bounce_class": "10", "raw_reason": "550 5.1.1 unknown", **fields}
    return [{"msys": {"message_event": event}}], BASIC


def sendgrid(address, message_id="id-1", event="bounce", **fields):
    about = {"event": event, "email": address, "timestamp": 1767225600, "anymail_id": message_id, "type": "bounce"}
    return [about | {"reason": "550 unknown", "status": "5.1.1", **fields}], BASIC


def resend(address, message_id="id-1", event="email.bounced", **fields):
    bounce = {"message": "The recipient's email provider sent a hard bounce message", "type": "Permanent", **fields}
    data = {"email_id": message_id, "to": [address], "bounce": bounce, "subject": "Plantedsubject"}
    return {"type": event, "created_at": "2026-01-01T00:00:00Z", "data": data}, BASIC


def mailtrap(address, message_id="id-1", event="bounce", **fields):
    event = {"event": event, "message_id": message_id, "email": address, "timestamp": 1767225600, **fields}
    body = {"events": [event]}
    return body, BASIC | {"Mailtrap-Signature": hmac.new(b"a" * 32, json.dumps(body).encode(), "sha256").hexdigest()}


def post(service, content, headers, path=None):
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    body = content if isinstance(content, bytes | str) else json.dumps(content)
    path = path or f"/hooks/mail/{service}/tracking/"
    return client.post(path, body, content_type="application/json", headers=headers)


HARD, SOFT, COMPLAINT = Bounce.Kind.HARD, Bounce.Kind.SOFT, Bounce.Kind.COMPLAINT
EVENTS = [
    (mailgun, {}, HARD),
    (mailgun, {"reason": "suppress-bounce", "delivery-status": {"code": 605, "message": ""}}, HARD),
    (mailgun, {"reason": "generic", "delivery-status": {"message": "5.7.1 looks like spam"}}, SOFT),
    (mailgun, {"reason": "generic", "delivery-status": {"message": "5.1.1 no such user"}}, HARD),
    (mailgun, {"reason": "old", "delivery-status": {"message": "Too old"}}, SOFT),
    (mailgun, {"severity": "temporary"}, None),
    (mailgun, {"event": "complained"}, COMPLAINT),
    (mailgun, {"event": "delivered"}, None),
    (mailgun, {"event": "opened"}, None),
    (postmark, {}, HARD),
    (postmark, {"Type": "SoftBounce"}, SOFT),
    (postmark, {"Type": "BadEmailAddress"}, HARD),
    (postmark, {"Type": "Blocked"}, SOFT),
    (postmark, {"Type": "Transient"}, None),
    (postmark, {"record": "SpamComplaint", "Type": "SpamComplaint"}, COMPLAINT),
    (postmark, {"record": "Delivery"}, None),
    (amazon_ses, {}, HARD),
    (amazon_ses, {"bounceType": "Transient", "bounceSubType": "MailboxFull"}, SOFT),
    (amazon_ses, {"bounceType": "Undetermined", "bounceSubType": "Undetermined"}, SOFT),
    (amazon_ses, {"event": "Complaint"}, COMPLAINT),
    (amazon_ses, {"event": "Delivery"}, None),
    (mailersend, {}, HARD),
    (mailersend, {"kind": "soft_bounced"}, SOFT),
    (mailersend, {"kind": "spam_complaint", "morph": {"object": "spam_complaint"}}, COMPLAINT),
    (brevo, {}, HARD),
    (brevo, {"event": "soft_bounce"}, SOFT),
    (brevo, {"event": "blocked"}, SOFT),
    (brevo, {"event": "spam"}, COMPLAINT),
    (mailjet, {}, HARD),
    (mailjet, {"hard_bounce": False, "error": "quota exceeded"}, SOFT),
    (mailjet, {"event": "spam"}, COMPLAINT),
    (sparkpost, {}, HARD),
    (sparkpost, {"bounce_class": "22"}, SOFT),
    (sparkpost, {"kind": "spam_complaint"}, COMPLAINT),
    (sendgrid, {}, HARD),
    (sendgrid, {"type": "blocked"}, SOFT),
    (sendgrid, {"event": "dropped", "type": "", "reason": "Bounced Address"}, SOFT),
    (sendgrid, {"event": "spamreport"}, COMPLAINT),
    (resend, {}, HARD),
    (resend, {"type": "Transient"}, SOFT),
    (resend, {"event": "email.complained"}, COMPLAINT),
    (mailtrap, {}, HARD),
    (mailtrap, {"event": "soft bounce"}, None),
    (mailtrap, {"event": "reject"}, SOFT),
    (mailtrap, {"event": "spam"}, COMPLAINT),
]


@pytest.mark.parametrize(("service", "fields", "kind"), EVENTS)
def test_what_a_service_reports_is_noted_and_stops_mails_where_it_must(use, sent, asker, service, fields, kind):
    use(service.__name__)
    mail = sent("<id-1>" if service is mailgun else "id-1")  # with the brackets of a Message-ID
    sent("id-2", letter="waiting", made_at=timezone.now() + timedelta(minutes=1))
    answer = post(service.__name__, *service(asker.email, **fields))
    assert answer.status_code == 200
    assert not answer.cookies
    assert list(Bounce.objects.values_list("mail", "kind", "source")) == ([(mail.pk, kind, "service")] if kind else [])
    stopped = {HARD: "bounced", COMPLAINT: "complained"}.get(kind, "")
    assert Preferences.of(asker).stopped == stopped
    assert Preferences.of(asker).takes_no_mail == bool(stopped)


@pytest.mark.parametrize(
    ("service", "key", "status"),
    [(mailgun, None, 403), (mailersend, "Signature", 403), (mailtrap, "Mailtrap-Signature", 403),
     (postmark, "Authorization", 403), (sparkpost, "Authorization", 403), (amazon_ses, "Authorization", 401)],
)  # fmt: skip
def test_what_is_forged_is_refused_and_changes_nothing(use, sent, asker, service, key, status):
    use(service.__name__)
    sent()
    event, headers = service(asker.email)
    if key:
        wrong = BASIC["Authorization"][:-6] + "AAAA==" if key == "Authorization" else "0" * 64
        tries = [(event, headers | {key: wrong}, 403), (event, {k: v for k, v in headers.items() if k != key}, status)]
    else:
        forged = json.loads(json.dumps(event))
        forged["signature"]["signature"] = "0" * 64
        tries = [(forged, {}, 403), ({"event-data": event["event-data"]}, {}, 403)]
    for content, sent_headers, expected in tries:
        answer = post(service.__name__, content, sent_headers)
        assert answer.status_code == expected
        assert not answer.cookies
        assert asker.email not in answer.text
    assert not Bounce.objects.exists()
    assert not Preferences.of(asker).takes_no_mail


@pytest.mark.parametrize("service", [mailgun, postmark, amazon_ses, mailersend, sendgrid, mailjet])
@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe", b"[]", b"null", b'"x"', b"[[]]", b"{}", b"[1]", b"[" * 20_000, b'{"signature": 1}',
     '{"signature": {"token": "é", "timestamp": "1", "signature": "x"}}'.encode(), b'{"Type": {}}'],
)  # fmt: skip
def test_what_no_service_sends_is_a_bad_request(use, service, body):
    use(service.__name__)
    _event, headers = service("planted@example.org")
    if "Signature" in headers:
        headers = {"Signature": hmac.new(b"a" * 32, body, hashlib.sha256).hexdigest()}
    answer = post(service.__name__, body, headers | BASIC)
    # An object that says nothing is, for some, an event of a kind that is not known, and an empty list is no event.
    says_something = body in (b"", b"{", b"\xff\xfe", b'"x"', b"[1]", b"[" * 20_000)
    assert answer.status_code in ((400, 403) if says_something else (200, 400, 403))
    assert not Bounce.objects.exists()


def test_only_the_configured_service_has_an_address(use, asker, settings):
    use("postmark")
    for other in ("mailgun", "amazon_ses", "Postmark", "nothing"):
        assert post(other, *postmark(asker.email)).status_code == 404
    assert post("postmark", *postmark(asker.email), path="/hooks/mail/postmark/inbound/").status_code == 404
    assert Client().get("/hooks/mail/postmark/tracking/").status_code == 405
    settings.MAIL_SERVICE = ""
    assert post("postmark", *postmark(asker.email)).status_code == 404


# Which mail it is about


def test_an_event_with_our_own_message_id_finds_its_mail(use, sent, asker):
    use("mailgun")
    mail = sent(service_id="")
    sent(service_id="", made_at=timezone.now() + timedelta(minutes=1))
    post("mailgun", *mailgun(asker.email, f"{mail.pk.hex}@testserver"))
    assert Bounce.objects.get().mail == mail
    assert Bounce.objects.get().code == "5.1.1"


def test_an_event_about_another_mail_is_that_of_the_newest_one_to_the_address(use, sent, asker, helper):
    use("postmark")
    sent(user=helper)
    sent(made_at=timezone.now() - timedelta(days=2))
    mail = sent(service_id="id-2", made_at=timezone.now() - timedelta(days=1))
    sent(service_id="", letter="news", tries=0, ended_at=None, outcome="")  # waits to be sent
    sent(service_id="", letter="news", outcome="empty")
    post("postmark", *postmark(asker.email.upper(), "of a sign-in"))
    assert Bounce.objects.get().mail == mail
    assert Preferences.of(asker).takes_no_mail


@pytest.mark.parametrize("what", ["nobody", "no address", "NUL", "old", "erased"])
def test_events_about_nothing_that_is_kept_change_nothing(use, sent, asker, what):
    use("postmark")
    mail = sent()
    address, message_id = asker.email, "id-1"
    match what:
        case "nobody":
            address, message_id = "nobody@example.org", "id-9"
        case "no address":
            address, message_id = None, None
        case "NUL":
            address, message_id = "a\0b@example.org", "id\0"
        case "old":
            Mail.objects.update(made_at=timezone.now() - timedelta(days=91))
        case "erased":
            asker.delete()
    assert post("postmark", *postmark(address, message_id)).status_code == 200
    assert post("postmark", *postmark(address, mail.pk.hex)).status_code == 200
    assert not Bounce.objects.exists()


def test_an_address_that_is_not_the_persons_any_more_stops_nothing(use, sent, asker):
    use("postmark")
    old = asker.email
    sent()
    User.objects.filter(pk=asker.pk).update(email="new@example.org")
    post("postmark", *postmark(old))
    assert Bounce.objects.get().kind == HARD
    assert not Preferences.of(User.objects.get(pk=asker.pk)).stopped


def test_the_same_event_twice_is_one_bounce_and_does_not_undo_another_try(use, sent, asker):
    use("postmark")
    sent()
    for _again in range(3):
        assert post("postmark", *postmark(asker.email)).status_code == 200
    assert Bounce.objects.count() == 1
    news.resume_mail(asker)
    post("postmark", *postmark(asker.email))
    assert not Preferences.of(asker).takes_no_mail
    with pytest.raises(IntegrityError), transaction.atomic():
        Bounce.objects.create(user=asker, mail=Mail.objects.get(), kind=HARD, source="service")


@pytest.mark.django_db(transaction=True)
def test_the_same_event_many_times_at_once_is_one_bounce(use, sent, asker, at_once):
    use("postmark")
    sent()
    answers = at_once([lambda: post("postmark", *postmark(asker.email)).status_code] * 6)
    assert answers == [200] * 6
    assert Bounce.objects.count() == 1


def test_a_batch_is_taken_in_whole(use, sent, asker, helper, stranger):
    use("sparkpost")
    events = []
    for number, user in enumerate((asker, helper, stranger)):
        sent(f"id-{number}", user=user)
        events += sparkpost(user.email, f"id-{number}")[0]
    events[1:1] = [{"msys": {}}, *sparkpost("nobody@example.org", "id-9")[0]]
    assert post("sparkpost", events, BASIC).status_code == 200
    assert set(Bounce.objects.values_list("user", flat=True)) == {asker.pk, helper.pk, stranger.pk}


def test_unsubscribing_at_the_service_stops_mails_of_that_kind(use, sent, asker, thread, helper):
    use("mailgun")
    sent(letter="digest")
    post("mailgun", *mailgun(asker.email, event="unsubscribed"))
    assert list(Choice.objects.values_list("user", "kind", "timing")) == [(asker.pk, "digest", "never")]
    actions.reply_to(thread, by=helper, body="Words.")
    news.spread_news()
    about_news = sent("id-2", letter="news")
    Notification.objects.filter(user=asker).update(mail=about_news, mail_due_at=None)
    post("mailgun", *mailgun(asker.email, "id-2", event="unsubscribed"))
    assert set(Choice.objects.filter(timing="never").values_list("kind", flat=True)) == {"digest", "answer"}
    Choice.objects.all().delete()
    post("mailgun", *mailgun(asker.email, sent("id-3", letter="urgent").service_id, event="unsubscribed"))
    assert not Choice.objects.exists()  # a mail that cannot be stopped
    assert not Bounce.objects.exists()


def test_no_log_line_names_an_address_or_a_subject(use, sent, asker, capfd, caplog):
    caplog.set_level("DEBUG")
    for service in (mailgun, postmark, amazon_ses):
        use(service.__name__)
        sent()
        event, headers = service(asker.email)
        post(service.__name__, event, headers)
        post(service.__name__, json.dumps(event)[:-3], headers)
        post(service.__name__, json.dumps(event).replace("id-1", "id-9"), headers)
        post(service.__name__, {**event, "signature": {}}, {})
    out, err = capfd.readouterr()
    log = out + err + caplog.text
    assert "mail event" in log
    assert "mail event refused" in log
    assert asker.email not in log
    assert "lanted" not in log


# Sending


def letter(settings):
    settings.BOUNCE_ADDRESS = "returned@example.org"
    return Letter("A subject", "Some text.", ("answer",))


@pytest.mark.parametrize("service", NEEDED)
def test_every_service_gets_the_whole_mail_and_is_told_to_watch_nobody(use, settings, asker, sent, service):
    use(service)
    message = mailing.message_of(sent(), letter(settings))
    backend = mailers.default
    payload = backend.build_message_payload(message, backend.send_defaults)
    if service == "amazon_ses":
        payload.finalize_payload()
        said = payload.params["Content"]["Raw"]["Data"].decode("ascii")
        assert "\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\n" in said
    else:
        said = str(payload.get_request_params(backend.api_url))
    for part in ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click", "/u/", "Auto-Submitted", "Some text."):
        assert part in said
    can_watch = type(payload).set_track_opens is not anymail_backends.BasePayload.set_track_opens
    assert can_watch == (service in WATCHING)
    switches = {"track_opens": False, "track_clicks": False}
    assert {name: backend.send_defaults.get(name) for name in switches} == (
        switches if can_watch else dict.fromkeys(switches)
    )


def test_nobody_is_watched_whatever_is_set(use, sent, settings):
    use("postmark", SEND_DEFAULTS='{"track_opens": true, "tags": ["forum"]}', POSTMARK_SEND_DEFAULTS="{}")
    backend = mailers.default
    payload = backend.build_message_payload(mailing.message_of(sent(), letter(settings)), backend.send_defaults)
    assert payload.data["TrackOpens"] is False
    assert payload.data["TrackLinks"] == "None"
    assert payload.data["Tag"] == "forum"


@pytest.mark.parametrize("service", NEEDED)
def test_the_variables_that_stop_the_start_are_all_that_a_service_needs(use, service):
    use(service)
    with warnings.catch_warnings(action="error"):
        warnings.simplefilter("ignore", AnymailNotSupportedWarning)
        view = view_of(service)
        mailers.create_connection("default")
        view.view_class()
    for needed in NEEDED[service]:
        names = [needed] if isinstance(needed, str) else needed
        with pytest.raises(ImproperlyConfigured, match=f"ANYMAIL_{names[0]}"):
            service_settings(service, {k: v for k, v in all_variables(service).items() if k not in names})


@pytest.fixture
def server(monkeypatch):
    """A mail service that answers what it is told to."""
    seen = []

    def start(status, answer):
        def request(self, **about):
            seen.append(about)
            response = requests.Response()
            response.status_code, response._content = status, json.dumps(answer).encode()
            return response

        monkeypatch.setattr(requests.Session, "request", request)
        return seen

    return start


def sent_by_site(asker):
    mail = Mail.objects.create(user=asker, letter="news")
    news.send_mails()
    mail.refresh_from_db()
    return mail


@pytest.fixture
def says_something(monkeypatch):
    monkeypatch.setitem(mailing.LETTERS, "news", lambda _mail: Letter("A subject", "Some text.", ("answer",)))


def test_what_the_service_calls_a_mail_is_kept_so_that_its_reports_find_it(use, server, says_something, asker):
    use("postmark")
    answer = {"ErrorCode": 0, "Message": "OK", "MessageID": "b7bc2f4a", "To": asker.email, "SubmittedAt": "2026"}
    seen = server(200, answer)
    mail = sent_by_site(asker)
    assert (mail.outcome, mail.service_id) == ("sent", "b7bc2f4a")
    body = json.loads(seen[0]["data"])
    assert body["TrackOpens"] is False
    assert {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"} in body["Headers"]
    assert seen[0]["timeout"] == 10
    post("postmark", *postmark(asker.email, "b7bc2f4a"))
    assert Bounce.objects.get().mail == mail


def test_the_site_keeps_an_address_for_what_comes_back_to_itself(use, server, says_something, asker, settings):
    settings.BOUNCE_ADDRESS = "returned@example.org"
    use("brevo")
    seen = server(201, {"messageId": "<1@smtp-relay.example>"})
    assert sent_by_site(asker).service_id == "<1@smtp-relay.example>"
    body = json.loads(seen[0]["data"])
    assert body["sender"]["email"] == "no-reply@testserver"
    assert "mailto:returned@example.org?" in body["headers"]["List-Unsubscribe"]


def test_mails_about_the_account_go_the_same_way(use, server, asker):
    use("mailgun")
    seen = server(200, {"id": "<x@testserver>", "message": "Queued. Thank you."})
    site_mail(asker.email, "Your code", "Hello").send()
    assert seen[0]["data"]["o:tracking-opens"] == "no"
    assert seen[0]["data"]["o:tracking-clicks"] == "no"


def test_a_mail_about_the_account_that_is_not_taken_does_not_say_to_whom_it_was(use, server, asker):
    use("postmark")
    server(422, {"ErrorCode": 300, "Message": f"Invalid 'To' address: '{asker.email}'."})
    with pytest.raises(NotSent) as refused:
        send_mail(asker.email, "Your code", "Hello")
    assert asker.email not in "".join(traceback.format_exception(refused.value))


def test_the_privacy_page_says_that_a_service_delivers_mails(use, client):
    says_so = "A mail service delivers them for us"
    assert says_so not in client.get("/privacy/").text
    pages.clear()
    use("postmark")
    assert says_so in client.get("/privacy/").text


@pytest.mark.parametrize("status", [400, 422, 401, 429, 500])
def test_a_service_that_will_not_is_asked_again_and_nobody_is_blamed(
    use, server, says_something, asker, helper, status
):
    use("brevo")
    seen = server(status, {"code": "invalid_parameter", "message": "no"})
    for user in (asker, helper):
        Mail.objects.create(user=user, letter="news")
    news.send_mails()
    assert len(seen) == (2 if status in (400, 422) else 1)  # the others would fail the same way
    assert not Bounce.objects.exists()
    assert set(Mail.objects.values_list("outcome", flat=True)) == {""}


def test_an_address_that_the_service_refuses_at_once_is_a_bounce(use, server, says_something, asker):
    use("postmark")
    refused = {"ErrorCode": 406, "Message": f"You tried to send to recipient(s) that have been marked as inactive. "
               f"Found inactive addresses: {asker.email}. Inactive recipients are ones that have generated a hard "
               "bounce, a spam complaint, or a manual suppression."}  # fmt: skip
    server(422, refused)
    assert sent_by_site(asker).outcome == "refused"
    assert Preferences.of(asker).takes_no_mail


@pytest.mark.parametrize(
    ("error", "is_of_server", "kind"),
    [
        (AnymailUnsupportedFeature("envelope_sender"), True, None),
        (AnymailConfigurationError("no key"), True, None),
        (ImproperlyConfigured("no backend"), True, None),
        (AnymailAPIError("away"), True, None),
        (AnymailRequestsAPIError("no", status_code=400), False, None),
        (AnymailInvalidAddress("x"), False, HARD),
        (AnymailRecipientsRefused(), False, HARD),
    ],
)
def test_what_an_error_of_anymail_means(error, is_of_server, kind):
    failure = failure_of(error)
    assert (failure.is_of_server, failure.bounce, failure.is_final) == (is_of_server, kind, kind is not None)
