"""Mails about the security of an account. They go out whatever the person has chosen, so they offer no way out."""

import json
from datetime import datetime
from smtplib import SMTPException

from anymail.exceptions import AnymailError
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from accounts import tasks
from accounts.models import User
from common.encryption import decrypt, encrypt
from common.mail import SiteMail, send_mail


class LastingMail(SiteMail):
    """A mail that a task sends where the mail server does not take it now. The page that sends it goes on."""

    def send(self, fail_silently: bool = False, *, using: str | None = None) -> int:
        try:
            return super().send(using=using)
        except (OSError, SMTPException, AnymailError):
            # It may hold a code, so nobody is to read it in the meantime.
            tasks.send_again.enqueue(encrypt(json.dumps([self.to[0], str(self.subject), str(self.body)])))
            return 0


def send_again(sealed: str) -> None:
    """Send a mail that could not be sent before."""
    email, subject, text = json.loads(decrypt(sealed))
    send_mail(email, subject, text)


def tell_of_sign_in(pk: int, at: datetime, device: str) -> None:
    """Tell somebody that their account was signed in to with a device that was new to it."""
    user = User.objects.filter(pk=pk, is_active=True).exclude(email="").first()
    if user is None:
        return
    context = {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "contact_email": settings.CONTACT_EMAIL,
        "timestamp": at,
        "device": device,
    }
    subject = _("New sign-in to your account on %(site)s") % {"site": settings.SITE_NAME}
    send_mail(user.email, subject, render_to_string("account/email/new_sign_in_message.txt", context))
