"""Production settings: strict, complete, and clean under Django's own deployment check."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.mail import bounce_mailbox
from tests.conftest import SYSTEM_ENVIRONMENT

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "SITE_URL": "https://forum.example.org",
    "SECRET_KEY": "Kq3v9Zr1Tn7Yx5Wb2Lm8Pd4Sg6Hj0Fc-Au_EiOoUyRtNeDsLkMvXzQw",
    "BEDSIDE_HOME": "/nonexistent",
    "MAIL_URL": "smtps://user:p%40ss@mail.example.org",
    "CONTACT_EMAIL": "team@example.org",
}
MAILGUN = {
    "MAIL_URL": "anymail://mailgun",
    "ANYMAIL_MAILGUN_API_KEY": "key",
    "ANYMAIL_MAILGUN_WEBHOOK_SIGNING_KEY": "other key",
}


def manage(*arguments, **changes):
    """Run manage.py as production would; a change to None takes a variable away."""
    environment = {**SYSTEM_ENVIRONMENT, "DATABASE_URL": os.environ["DATABASE_URL"], **PRODUCTION, **changes}
    environment = {name: value for name, value in environment.items() if value is not None}
    command = [sys.executable, "-W", "error::DeprecationWarning", "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_the_deployment_check_is_clean():
    done = manage("check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr
    assert "no issues (0 silenced)" in done.stdout


@pytest.mark.parametrize(
    "missing", ["SITE_URL", "SECRET_KEY", "BEDSIDE_HOME", "MAIL_URL", "DATABASE_URL", "CONTACT_EMAIL"]
)
def test_what_is_missing_is_named(missing):
    done = manage("check", **{missing: None})
    assert done.returncode != 0
    assert missing in done.stderr


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"DEMO": "1"}, "never on an https site"),
        ({"DEMO": "yes please"}, "DEMO"),
        ({"SECRET_KEY": "short"}, "50 characters"),
        ({"SITE_URL": "forum.example.org"}, "SITE_URL must be like"),
        ({"DATABASE_URL": "sqlite:///db"}, "DATABASE_URL must start with postgresql://"),
        ({"REPLICA_URL": "mysql://db/x"}, "REPLICA_URL must start with postgresql://"),
        ({"MAIL_URL": "mail.example.org"}, "MAIL_URL must be like"),
        ({"WEB_THREADS": "many"}, "WEB_THREADS"),
        ({"MAIL_URL": "anymail://pigeon"}, "the services are amazon_ses, brevo"),
        ({"MAIL_URL": "anymail://"}, "the services are"),
        ({"MAIL_URL": "anymail://mailgun"}, "needs ANYMAIL_MAILGUN_API_KEY"),
        ({**MAILGUN, "ANYMAIL_MAILGUN_WEBHOOK_SIGNING_KEY": ""}, "needs ANYMAIL_MAILGUN_WEBHOOK_SIGNING_KEY"),
        ({"MAIL_URL": "anymail://brevo", "ANYMAIL_BREVO_API_KEY": "key"}, "needs ANYMAIL_WEBHOOK_SECRET"),
        ({**MAILGUN, "ANYMAIL_WEBHOOK_SECRET": "one word"}, "ANYMAIL_WEBHOOK_SECRET must be like name:password"),
        ({**MAILGUN, "ANYMAIL_SEND_DEFAULTS": "{"}, "ANYMAIL_SEND_DEFAULTS cannot be read"),
        ({**MAILGUN, "ANYMAIL_REQUESTS_TIMEOUT": "soon"}, "ANYMAIL_REQUESTS_TIMEOUT cannot be read"),
        ({"BOUNCE_MAILBOX": "imap://user:password@mail.example.org"}, "BOUNCE_MAILBOX must be like"),
        ({"BOUNCE_MAILBOX": "imaps://mail.example.org/INBOX"}, "BOUNCE_MAILBOX must be like"),
        ({"BOUNCE_MAILBOX": "maildir://var/mail"}, "BOUNCE_MAILBOX must be like"),
    ],
)
def test_what_is_malformed_stops_the_start(changes, message):
    done = manage("check", **changes)
    assert done.returncode != 0
    assert message in done.stderr


def test_secrets_may_be_files(tmp_path):
    for name in ("SECRET_KEY", "MAIL_URL"):
        (tmp_path / name).write_text(PRODUCTION[name] + "\n")
    (tmp_path / "DATABASE_URL").write_text(os.environ["DATABASE_URL"] + "\n")
    files = {f"{path.name}_FILE": str(path) for path in tmp_path.iterdir()}
    done = manage(
        "check", "--deploy", "--fail-level", "WARNING", **files, SECRET_KEY=None, MAIL_URL=None, DATABASE_URL=None
    )
    assert done.returncode == 0, done.stderr


def test_production_cookies_and_mail(tmp_path):
    code = (
        "from django.conf import settings as s\n"
        "assert s.SESSION_COOKIE_NAME == '__Host-sessionid' and s.SESSION_COOKIE_SECURE and s.CSRF_COOKIE_SECURE\n"
        "assert s.SECURE_HSTS_SECONDS == 63072000 and s.SECURE_SSL_REDIRECT and not s.DEBUG\n"
        "assert s.MAILERS['default']['OPTIONS']['password'] == 'p@ss' and s.MAILERS['default']['OPTIONS']['use_ssl']\n"
        "assert s.DATABASES['default']['OPTIONS']['pool']['max_size'] == 6\n"
        "assert 'upgrade-insecure-requests' in s.SECURE_CSP and s.ALLOWED_HOSTS == ['forum.example.org']\n"
    )
    done = manage("shell", "--no-imports", "-c", code)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("url", "port", "tls"),
    [
        ("smtp://mail.example.org", 587, (True, False)),
        ("smtp://mail.example.org:25", 25, (False, False)),
        ("smtps://mail.example.org", 465, (False, True)),
        ("smtp+plain://127.0.0.1", 25, (False, False)),
        ("smtp+plain://127.0.0.1:2525", 2525, (False, False)),
    ],
)
def test_a_mail_server_is_asked_for_tls_unless_told_otherwise(url, port, tls):
    code = (
        "from django.conf import settings as s\n"
        "options = s.MAILERS['default']['OPTIONS']\n"
        f"assert (options['port'], options['use_tls'], options['use_ssl']) == {(port, *tls)!r}, options\n"
    )
    done = manage("shell", "--no-imports", "-c", code, MAIL_URL=url)
    assert done.returncode == 0, done.stderr


def test_without_a_replica_there_is_no_router_and_no_cookie_for_one():
    code = (
        "from django.conf import settings as s\n"
        "assert list(s.DATABASES) == ['default'] and s.DATABASE_ROUTERS == []\n"
        "assert not any('replica' in name for name in s.MIDDLEWARE)\n"
    )
    done = manage("shell", "--no-imports", "-c", code)
    assert done.returncode == 0, done.stderr


def test_a_replica_is_read_only_and_may_name_the_server_to_turn_to_when_it_is_away():
    code = (
        "from django.conf import settings as s\n"
        "assert s.MIDDLEWARE[0] == 'common.replica.choose_database' and s.PIN_COOKIE_NAME == '__Host-pin'\n"
        "options = s.DATABASES['replica']['OPTIONS']\n"
        "assert options['host'] == 'copy,main' and options['target_session_attrs'] == 'prefer-standby'\n"
        "assert 'default_transaction_read_only=on' in options['options'] and options['pool']['max_size'] == 6\n"
        "assert 'read_only' not in s.DATABASES['default']['OPTIONS']['options']\n"
    )
    url = "postgresql://bedside:secret@/bedside?host=copy,main&target_session_attrs=prefer-standby"
    done = manage("shell", "--no-imports", "-c", code, REPLICA_URL=url)
    assert done.returncode == 0, done.stderr


def test_a_mail_service_is_configured_by_its_variables_alone(tmp_path):
    (tmp_path / "key").write_text("0123\n")
    changes = {
        **MAILGUN,
        "ANYMAIL_MAILGUN_API_KEY": None,
        "ANYMAIL_MAILGUN_API_KEY_FILE": str(tmp_path / "key"),
        "ANYMAIL_REQUESTS_TIMEOUT": "7.5",
        "ANYMAIL_WEBHOOK_SECRET": '["old:one", "new:one"]',
    }
    code = (
        "from django.conf import settings as s\n"
        "assert s.MAILERS['default']['BACKEND'] == 'anymail.backends.mailgun.EmailBackend'\n"
        "assert s.MAIL_SERVICE == 'mailgun' and 'anymail' in s.INSTALLED_APPS\n"
        "assert s.ANYMAIL['MAILGUN_API_KEY'] == '0123' and s.ANYMAIL['REQUESTS_TIMEOUT'] == 7.5\n"
        "assert s.ANYMAIL['WEBHOOK_SECRET'] == ['old:one', 'new:one']\n"
        "assert s.ANYMAIL['MAILGUN_SEND_DEFAULTS'] == {'track_opens': False, 'track_clicks': False}\n"
        "from django.core.mail import mailers\n"
        "assert mailers.default.api_key == '0123'\n"
        "from django.test import Client\n"
        "ask = Client(headers={'host': 'forum.example.org'}).post\n"
        "answer = ask('/hooks/mail/mailgun/tracking/', '{}', 'application/json', secure=True)\n"
        "assert answer.status_code == 403, answer.status_code\n"
    )
    done = manage("shell", "--no-imports", "-c", code, **changes)
    assert done.returncode == 0, done.stderr
    done = manage("check", "--deploy", "--fail-level", "WARNING", **changes)
    assert done.returncode == 0, done.stderr


def test_without_a_mail_service_nothing_of_it_is_there():
    code = (
        "from django.conf import settings as s\n"
        "assert s.MAIL_SERVICE == '' and s.ANYMAIL == {} and 'anymail' not in s.INSTALLED_APPS\n"
        "assert s.BOUNCE_MAILBOX == {} and 'read-bounces' not in s.TASKS['default']['OPTIONS']['SCHEDULES']\n"
    )
    done = manage("shell", "--no-imports", "-c", code, ANYMAIL_MAILGUN_API_KEY="key")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("imaps://me%40example.org:p%2Fss@mail.example.org/Come%20back", ("me@example.org", "p/ss", 993, "Come back")),
        ("imaps://me:pass@mail.example.org:9993", ("me", "pass", 9993, "INBOX")),
        ("pop3s://me:pass@mail.example.org", ("me", "pass", 995, "INBOX")),
    ],
)
def test_the_address_of_a_mailbox_is_read_whole(address, parts):
    where = bounce_mailbox(address)
    assert (where["user"], where["password"], where["port"], where["folder"]) == parts
    assert where["host"] == "mail.example.org"


def test_a_mailbox_is_read_every_five_minutes():
    code = (
        "from django.conf import settings as s\n"
        "assert s.BOUNCE_MAILBOX == {'scheme': 'maildir', 'path': '/var/mail/come back'}\n"
        "assert s.TASKS['default']['OPTIONS']['SCHEDULES']['read-bounces']['every'] == 300\n"
    )
    done = manage("shell", "--no-imports", "-c", code, BOUNCE_MAILBOX="maildir:///var/mail/come%20back")
    assert done.returncode == 0, done.stderr
