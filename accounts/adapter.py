from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import sign_in_limits
from accounts.backends import MemberBackend
from accounts.mail import LastingMail
from accounts.models import User, claims_standing
from accounts.second_factor import FACTORS, must_have_second_factor
from common.encryption import decrypt, encrypt
from common.http import safe_target
from common.mail import add_html


class AccountAdapter(DefaultAccountAdapter):
    """allauth with our mail headers, our name in the mails and our rule for where to go next."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": _(
            "Too many wrong passwords. Have a sign-in code sent to your e-mail address: it works at once, and after it "
            "the password does too. Or wait some minutes."
        ),
        "email_password_mismatch": _("Check your e-mail address and password: together they do not fit an account."),
        "username_password_mismatch": _("Check your username and password: together they do not fit an account."),
        "username_taken": _("Choose another username: somebody has this one."),
        "username_blacklisted": _("Choose another username: this one is kept for the site."),
        "incorrect_code": _("Check the code: it is not the one we sent."),
        "incorrect_password": _("Check your password: it is not the one of this account."),
        "enter_current_password": _("Check the password you have now: it is not the one of this account."),
        "invalid_login": _("Check what you entered: it does not fit an account."),
        "account_inactive": _("This account is closed."),
        "duplicate_email": _("This is the address of your account already."),
        "same_as_current": _("Enter another one: this is what you have now."),
        "email_taken": _("Enter another address: this one has an account."),
        "rate_limited": _("Wait some minutes, then try again: this was tried too often in a short time."),
    }

    def render_mail(self, template_prefix: str, email: str, context: dict[str, Any], headers: Any = None) -> Any:
        site = {"site_name": settings.SITE_NAME, "site_url": settings.SITE_URL, "contact_email": settings.CONTACT_EMAIL}
        context = {**context, **site}
        message = super().render_mail(template_prefix, email, context, headers=headers)
        headers = {"Auto-Submitted": "auto-generated", **message.extra_headers}
        return add_html(LastingMail(message.subject, message.body, to=message.to, headers=headers))

    def clean_username(self, username: str, shallow: bool = False) -> str:
        name = str(super().clean_username(username, shallow=shallow))
        if claims_standing(name):
            raise ValidationError(gettext("Enter another name: this one could be taken for a role on this site."))
        return name

    def is_safe_url(self, url: str | None) -> bool:
        """Only paths of this site: allauth would take a bare word for the name of a view, and fail."""
        return bool(url) and safe_target(str(url), self.request) is not None

    def can_delete_email(self, email_address: EmailAddress) -> bool:
        """Only one that was never confirmed: the one in use is changed, which tells it, never just taken away."""
        return not (email_address.verified or email_address.primary)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Whether the address is confirmed now. It takes the place of the one in use, which is told of it."""
        if email_address.can_set_verified():
            # The package tells the oldest of the others: that could be one which was never confirmed.
            others = EmailAddress.objects.filter(user=email_address.user_id, verified=False)
            others.exclude(pk=email_address.pk).delete()
        return bool(super().confirm_email(request, email_address))

    def login(self, request: HttpRequest, user: Any) -> None:
        """Sign in, with the time of the sign-in before kept for what follows: signing in overwrites it."""
        user.previous_login = user.last_login
        super().login(request, user)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """The person whose name and password these are, or None.

        Where too many wrong passwords came for the account under its other names, this looks like one more
        wrong password: an honest answer would tell which name and which address belong together.
        """
        login = str(credentials.get("email") or credentials.get("username") or "")
        self.pre_authenticate(request, **credentials)
        if not sign_in_limits.spend_try(sign_in_limits.typed_key(login)):
            raise self.validation_error("too_many_login_attempts")
        if not sign_in_limits.spend_try(sign_in_limits.account_key(login)):
            make_password(credentials.get("password"))  # as long as a real try takes
            return None
        MemberBackend.unstash_authenticated_user()
        user = authenticate(request, **credentials) or MemberBackend.unstash_authenticated_user()
        if user:
            self._rollback_login_failed_rl_usage()  # the address (IP) has not failed
        return user

    def reauthenticate(self, user: Any, password: str) -> bool:
        """Whether this is the password of somebody who is signed in; counted apart from sign-ins by strangers."""
        key = sign_in_limits.again_key(user.pk)
        if not sign_in_limits.spend_try(key):
            raise self.validation_error("too_many_login_attempts")
        is_right = bool(user.check_password(password))
        if is_right:
            sign_in_limits.forgive_keys(key)
        return is_right


class SecondFactorAdapter(DefaultMFAAdapter):
    """Second factors: secrets encrypted at rest, and no way to drop the last one where it is required."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("Check the code and try again. A code from an app changes every 30 seconds."),
        "cannot_delete_authenticator": _(
            "Your account needs a passkey or an authenticator app, and this is the only one. If your password is "
            "short, set one of 15 characters or more first."
        ),
        "cannot_generate_recovery_codes": _("Add a passkey or an authenticator app first. It brings recovery codes."),
        "unverified_email": _("Confirm your e-mail address first."),
    }

    def encrypt(self, text: str) -> str:
        return encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return decrypt(encrypted_text)

    def _get_site_name(self) -> str:
        return str(settings.SITE_NAME)

    def get_totp_label(self, user: Any) -> str:
        return str(user.username)

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return gettext("My passkey") if number == 1 else gettext("My passkey %(number)s") % {"number": number}

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        owner: User = authenticator.user
        others = Authenticator.objects.filter(user=owner, type__in=FACTORS).exclude(pk=authenticator.pk)
        is_needed = must_have_second_factor(owner) or owner.has_short_password
        return authenticator.type not in FACTORS or not is_needed or others.exists()


class SocialAdapter(DefaultSocialAccountAdapter):
    """Accounts elsewhere prove who signs in and nothing more: no name or picture is taken over."""

    error_messages = {
        **DefaultSocialAccountAdapter.error_messages,
        "email_taken": _("This address has an account here. Sign in to it first, then connect your %s account."),
        "no_password": _("Set a password first: without one you could not sign in any more."),
        "no_verified_email": _("Confirm your e-mail address first."),
        "disconnect_last": _("Add another way to sign in first: this is the only one."),
        "connected_other": _("That account belongs to another account here. Disconnect it there first."),
    }

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        kept = {"email": data.get("email") or ""}
        user: User = super().populate_user(request, sociallogin, kept)
        return user
