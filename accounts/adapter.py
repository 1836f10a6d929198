from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives

from accounts.models import claims_standing
from common.http import safe_target


class AccountAdapter(DefaultAccountAdapter):
    """allauth with our mail headers, our name in the mails and our rule for where to go next."""

    def render_mail(self, template_prefix: str, email: str, context: dict[str, Any], headers: Any = None) -> Any:
        context = {**context, "site_name": settings.SITE_NAME, "site_url": settings.SITE_URL}
        message: EmailMultiAlternatives = super().render_mail(template_prefix, email, context, headers=headers)
        message.extra_headers.setdefault("Auto-Submitted", "auto-generated")
        return message

    def clean_username(self, username: str, shallow: bool = False) -> str:
        name = str(super().clean_username(username, shallow=shallow))
        if claims_standing(name):
            raise ValidationError("Enter another name: this one could be taken for a role on this site.")
        return name

    def is_safe_url(self, url: str | None) -> bool:
        """Only paths of this site: allauth would take a bare word for the name of a view, and fail."""
        return bool(url) and safe_target(str(url), self.request) is not None
