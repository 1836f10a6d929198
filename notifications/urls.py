from django.urls import path, re_path

from notifications.views import hooks, lists, preferences, unsubscribing

app_name = "notifications"
urlpatterns = [
    path("notifications/", lists.notification_list, name="notification_list"),
    path("notifications/count/", lists.count, name="count"),
    path("notifications/read/", lists.read_all, name="read_all"),
    path("notifications/<int:notification_id>/", lists.notification, name="notification"),
    path("account/notifications/", preferences.preferences, name="preferences"),
    path("account/notifications/stop/", preferences.stop_all, name="stop_all"),
    path("account/notifications/resume/", preferences.resume, name="resume"),
    # With or without the slash: a POST is never redirected.
    re_path(r"^u/(?P<token>[A-Za-z0-9._-]{1,200})/?$", unsubscribing.unsubscribe, name="unsubscribe"),
    path("hooks/mail/<slug:service>/tracking/", hooks.mail_events, name="mail_events"),
]
