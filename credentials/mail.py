"""Mails about a request. Neutral: a lock screen or a shared inbox learns neither profession nor decision."""

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from common.mail import send_mail
from credentials.models import Credential, CredentialEvent


def tell(credential: Credential, what: CredentialEvent.What) -> None:
    """Say that there is news, and where to read it."""
    if not (credential.user.email and credential.user.is_active):
        return
    is_reminder = what == CredentialEvent.What.REMINDED
    context = {
        "site_name": settings.SITE_NAME,
        "address": settings.SITE_URL + reverse("credentials:status"),
        "is_reminder": is_reminder,
    }
    subject = _("Something to do in your account on %(site)s") if is_reminder else _("News in your account on %(site)s")
    body = render_to_string("credentials/emails/news.txt", context)
    send_mail(credential.user.email, subject % {"site": settings.SITE_NAME}, body)


def send_work_code(email: str, code: str) -> None:
    """The code that proves that somebody reads the work address."""
    context = {"site_name": settings.SITE_NAME, "code": code}
    subject = _("Your code for %(site)s") % {"site": settings.SITE_NAME}
    send_mail(email, subject, render_to_string("credentials/emails/work_code.txt", context))
