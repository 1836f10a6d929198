from django.urls import path, re_path

from accounts.models import USERNAME_IN_ADDRESS
from moderation import views

app_name = "moderation"
REFERENCE = "(?P<reference>[0-9A-Z-]{19})"
urlpatterns = [
    path("threads/<int:thread_id>/report/", views.report_thread, name="report_thread"),
    path("replies/<int:reply_id>/report/", views.report_reply, name="report_reply"),
    re_path(rf"^people/(?P<username>{USERNAME_IN_ADDRESS})/report/$", views.report_person, name="report_person"),
    path("threads/<int:thread_id>/redact/", views.redact_thread, name="redact_thread"),
    path("replies/<int:reply_id>/redact/", views.redact_reply, name="redact_reply"),
    re_path(rf"^reports/{REFERENCE}/$", views.report_status, name="report"),
    path("account/decisions/", views.decisions, name="decisions"),
    re_path(rf"^account/decisions/{REFERENCE}/$", views.decision, name="decision"),
    path("transparency/", views.transparency, name="transparency"),
    path("transparency/<int:year>/", views.transparency, name="transparency_year"),
]
