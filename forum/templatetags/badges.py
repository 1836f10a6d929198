from django import template
from django.utils.functional import Promise

from accounts.models import User
from forum.models import Forum
from forum.models.posts import professional_byline

register = template.Library()


@register.simple_tag
def badge_text(professional: User, forum: Forum) -> str | Promise:
    """What stands behind "Medical professional" beside this person in this forum."""
    return professional_byline(professional, forum).badge
