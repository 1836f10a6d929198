"""Production settings: strict, complete, and clean under Django's own deployment check."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import SYSTEM_ENVIRONMENT

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "SITE_URL": "https://forum.example.org",
    "SECRET_KEY": "Kq3v9Zr1Tn7Yx5Wb2Lm8Pd4Sg6Hj0Fc-Au_EiOoUyRtNeDsLkMvXzQw",
    "BEDSIDE_HOME": "/nonexistent",
    "MAIL_URL": "smtps://user:p%40ss@mail.example.org",
    "CONTACT_EMAIL": "team@example.org",
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
