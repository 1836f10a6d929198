"""How mails leave (MAIL_URL), and the mailbox to which those come back that could not be delivered (BOUNCE_MAILBOX)."""

import json
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from environs import FileAwareEnv

SECRET = "WEBHOOK_SECRET"
# The services that report what became of a mail, and what anymail needs for each (the names without ANYMAIL_).
# A tuple: one of them. Where the reports are signed in any case, the key that checks them is among it.
NEEDED: dict[str, list[str | tuple[str, ...]]] = {
    "amazon_ses": [SECRET],
    "brevo": ["BREVO_API_KEY", SECRET],
    "mailersend": ["MAILERSEND_API_TOKEN", "MAILERSEND_SIGNING_SECRET"],
    "mailgun": ["MAILGUN_API_KEY", "MAILGUN_WEBHOOK_SIGNING_KEY"],
    "mailjet": ["MAILJET_API_KEY", "MAILJET_SECRET_KEY", SECRET],
    "mailtrap": ["MAILTRAP_API_TOKEN", ("MAILTRAP_TRACKING_SECRET", SECRET)],
    "mandrill": ["MANDRILL_API_KEY", "MANDRILL_WEBHOOK_KEY"],
    "postal": ["POSTAL_API_KEY", "POSTAL_API_URL", "POSTAL_WEBHOOK_KEY"],
    "postmark": ["POSTMARK_SERVER_TOKEN", SECRET],
    "resend": ["RESEND_API_KEY", ("RESEND_SIGNING_SECRET", SECRET)],
    "sendgrid": ["SENDGRID_API_KEY", ("SENDGRID_TRACKING_WEBHOOK_VERIFICATION_KEY", SECRET)],
    "sparkpost": ["SPARKPOST_API_KEY", SECRET],
    "unisender_go": ["UNISENDER_GO_API_KEY", "UNISENDER_GO_API_URL"],  # signs with the key that sending needs
}
# Those that can be told with each mail to count neither who opens it nor who clicks; others are told in their account.
WATCHING = ("mailersend", "mailgun", "mailjet", "mandrill", "postmark", "sendgrid", "sparkpost", "unisender_go")
SMTP_PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}  # TLS after greeting, from the start, never
UNWATCHED = {"track_opens": False, "track_clicks": False}
DEFAULTS: dict[str, Any] = {
    "REQUESTS_TIMEOUT": 10,
    "AMAZON_SES_CLIENT_PARAMS": {
        "config": {"connect_timeout": 5, "read_timeout": 10, "retries": {"total_max_attempts": 2}}
    },
}


def mail_settings(env: FileAwareEnv, environment: Mapping[str, str]) -> tuple[dict[str, Any], str, dict[str, Any]]:
    """The values of MAILERS, MAIL_SERVICE (the name of a mail service, or nothing) and ANYMAIL."""
    url = urlsplit(env.str("MAIL_URL"))
    if url.scheme in SMTP_PORTS:
        return _mailer("django.core.mail.backends.smtp.EmailBackend", smtp_options(url)), "", {}
    if url.scheme == "folder" and url.path:
        return _mailer("django.core.mail.backends.filebased.EmailBackend", {"file_path": unquote(url.path)}), "", {}
    if url.scheme == "anymail":
        service = url.hostname or ""
        given = {name: env.str(f"ANYMAIL_{name}") for name in _names(environment)}
        return _mailer(f"anymail.backends.{service}.EmailBackend", {}), service, service_settings(service, given)
    raise ImproperlyConfigured("MAIL_URL must be like smtp://user:password@mail.example.org:587 or anymail://mailgun")


def _mailer(backend: str, options: dict[str, Any]) -> dict[str, Any]:
    return {"default": {"BACKEND": backend, "OPTIONS": options}}


def smtp_options(url: SplitResult) -> dict[str, Any]:
    return {
        "host": url.hostname,
        "port": url.port or SMTP_PORTS[url.scheme],
        "username": unquote(url.username or ""),
        "password": unquote(url.password or ""),
        "use_ssl": url.scheme == "smtps",
        "use_tls": url.scheme == "smtp" and url.port != 25,
        "timeout": 10,
    }


def _names(environment: Mapping[str, str]) -> set[str]:
    """Of the variables ANYMAIL_…, the part that is left; those that name a file count under the name of the value."""
    return {name.removeprefix("ANYMAIL_").removesuffix("_FILE") for name in environment if name.startswith("ANYMAIL_")}


def service_settings(service: str, given: Mapping[str, str]) -> dict[str, Any]:
    """The value of ANYMAIL. ImproperlyConfigured where mails could not be sent or anybody could report on them."""
    if service not in NEEDED:
        raise ImproperlyConfigured(f"MAIL_URL=anymail://{service}: the services are {', '.join(NEEDED)}")
    for needed in NEEDED[service]:
        choice = (needed,) if isinstance(needed, str) else needed
        if not any(given.get(name) for name in choice):
            raise ImproperlyConfigured(
                f"MAIL_URL=anymail://{service} needs {' or '.join(f'ANYMAIL_{name}' for name in choice)}"
            )
    if service == "amazon_ses" and not find_spec("boto3"):
        raise ImproperlyConfigured("MAIL_URL=anymail://amazon_ses needs the packages of requirements/s3.txt")
    if service == "resend" and "RESEND_SIGNING_SECRET" in given and not find_spec("svix"):
        raise ImproperlyConfigured("ANYMAIL_RESEND_SIGNING_SECRET needs the package svix")
    own = service.upper()
    values = {**DEFAULTS, **{name: _value(name, text) for name, text in given.items()}}
    secrets = values.get(SECRET, [])
    if any(":" not in secret for secret in ([secrets] if isinstance(secrets, str) else secrets)):
        raise ImproperlyConfigured(f"ANYMAIL_{SECRET} must be like name:password")
    if service in WATCHING:
        asked = {**values.get("SEND_DEFAULTS", {}), **values.get(f"{own}_SEND_DEFAULTS", {})}
        values[f"{own}_SEND_DEFAULTS"] = {**asked, **UNWATCHED}
    return values


def _value(name: str, text: str) -> Any:
    """A variable as anymail wants it: lists and objects are JSON, seconds are numbers, keys stay as they are."""
    try:
        if text.startswith(("{", "[")) or text in ("true", "false"):
            return json.loads(text)
        return float(text) if name.endswith("TIMEOUT") else text
    except ValueError:
        raise ImproperlyConfigured(f"ANYMAIL_{name} cannot be read") from None


PORTS = {"imaps": 993, "pop3s": 995}


def bounce_mailbox(address: str) -> dict[str, Any]:
    """The value of BOUNCE_MAILBOX: where the mailbox is and how to open it; nothing where there is none."""
    if not address:
        return {}
    url = urlsplit(address)
    if url.scheme == "maildir" and not url.netloc and PurePosixPath(url.path).is_absolute():
        return {"scheme": "maildir", "path": unquote(url.path)}
    if url.scheme in PORTS and url.hostname and url.username and url.password:
        return {
            "scheme": url.scheme,
            "host": url.hostname,
            "port": url.port or PORTS[url.scheme],
            "user": unquote(url.username),
            "password": unquote(url.password),
            "folder": unquote(url.path.strip("/")) or "INBOX",
        }
    raise ImproperlyConfigured(
        "BOUNCE_MAILBOX must be like imaps://user:password@mail.example.org/INBOX, pop3s://… or maildir:///path"
    )
