from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = _("News for members")

    def ready(self) -> None:
        from anymail.signals import tracking

        from common.shared_pages import fillers
        from notifications.actions import note_event
        from notifications.unread import fill_unread

        fillers.append(fill_unread)

        def hear(event: Any, esp_name: str, **_others: Any) -> None:
            note_event(event, esp_name)

        tracking.connect(hear, weak=False)
