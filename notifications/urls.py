from django.urls import path

from notifications import views

app_name = "notifications"
urlpatterns = [
    path("notifications/", views.notification_list, name="notification_list"),
    path("notifications/count/", views.count, name="count"),
    path("notifications/read/", views.read_all, name="read_all"),
    path("notifications/<int:notification_id>/", views.notification, name="notification"),
]
