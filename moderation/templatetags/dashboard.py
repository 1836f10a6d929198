from typing import Any

from django import template

from moderation import panels
from moderation.dashboard import NAMED, dashboard_for

register = template.Library()


@register.inclusion_tag("admin/moderation/dashboard.html")
def dashboard(user: Any) -> dict[str, Any]:
    """What a moderator sees first on the first page of the admin; nothing for anybody else."""
    found = dashboard_for(user)
    if found is None:
        return {}
    return {
        "dashboard": found,
        "queue_sentence": panels.queue_sentence(found.queue, found.now),
        "queue_rows": panels.queue_rows(found.queue, found.now),
        "on_call": found.on_call[:NAMED],
        "more_on_call": len(found.on_call) > NAMED,
        "requests_sentence": panels.requests_sentence(found.requests, found.now),
        "panels": panels.panels(found),
    }
