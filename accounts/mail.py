"""Mails about the security of an account. They go out whatever the person has chosen, so they offer no way out."""

from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from accounts.models import User
from common.mail import send_mail


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
