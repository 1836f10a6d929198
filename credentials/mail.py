"""Mails about a request. Neutral: a lock screen or a shared inbox learns neither profession nor decision."""

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from common.mail import send_mail
from credentials.models import Credential, CredentialEvent


def tell(credential: Credential, what: CredentialEvent.What) -> None:
    """Say that there is news, and where to read it."""
    if not (credential.user.email and credential.user.is_active):
        return
    context = {
        "site_name": settings.SITE_NAME,
        "address": settings.SITE_URL + reverse("credentials:status"),
        "is_reminder": what == CredentialEvent.What.REMINDED,
    }
    subject = (
        f"Something to do in your account on {settings.SITE_NAME}"
        if context["is_reminder"]
        else (f"News in your account on {settings.SITE_NAME}")
    )
    send_mail(credential.user.email, subject, render_to_string("credentials/emails/news.txt", context))


def send_work_code(email: str, code: str) -> None:
    """The code that proves that somebody reads the work address."""
    context = {"site_name": settings.SITE_NAME, "code": code}
    send_mail(
        email, f"Your code for {settings.SITE_NAME}", render_to_string("credentials/emails/work_code.txt", context)
    )
