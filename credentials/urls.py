from django.urls import path

from credentials import views

app_name = "credentials"
urlpatterns = [
    path("", views.status, name="status"),
    path("start/", views.start, name="start"),
    path("apply/profession/", views.profession, name="profession"),
    path("apply/registration/", views.registration, name="registration"),
    path("apply/link/", views.link, name="link"),
    path("apply/declaration/", views.declaration, name="declaration"),
    path("apply/send/", views.send, name="send"),
    path("documents/remove/", views.evidence_remove, name="evidence_remove"),
    path("take-back/", views.take_back, name="take_back"),
    path("withdraw/", views.withdraw, name="withdraw"),
    path("give-up/", views.give_up, name="give_up"),
    path("desk/", views.desk, name="desk"),
]
