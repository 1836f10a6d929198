from django.urls import path

from accounts import views

urlpatterns = [
    path("", views.settings, name="account_settings"),
    path("signed-out/", views.signed_out, name="account_signed_out"),
    path("sessions/<int:session>/end/", views.session_end, name="account_session_end"),
]
