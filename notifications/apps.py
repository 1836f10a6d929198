from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = _("News for members")

    def ready(self) -> None:
        from common.shared_pages import fillers
        from notifications.unread import fill_unread

        fillers.append(fill_unread)
