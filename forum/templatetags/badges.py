from django import template

from accounts.models import User
from forum.models import Forum
from forum.models.posts import professional_byline

register = template.Library()


@register.simple_tag
def badge_text(professional: User, forum: Forum) -> str:
    """What stands behind "Medical professional" beside this person in this forum."""
    return professional_byline(professional, forum).badge
