from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.mail import EmailMultiAlternatives


class AccountAdapter(DefaultAccountAdapter):
    """allauth with the site's own mail headers."""

    def render_mail(self, template_prefix: str, email: str, context: dict[str, Any], headers: Any = None) -> Any:
        message: EmailMultiAlternatives = super().render_mail(template_prefix, email, context, headers=headers)
        message.extra_headers.setdefault("Auto-Submitted", "auto-generated")
        return message
