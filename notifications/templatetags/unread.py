from django import template
from django.utils.safestring import SafeString

from notifications.counting import Unread
from notifications.unread import unread_html

register = template.Library()


@register.simple_tag
def unread_number(unread: Unread) -> SafeString:
    """How many notifications are unread, in words."""
    return unread_html(unread)
