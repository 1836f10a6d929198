from django.urls import path

from resources import views

app_name = "resources"
urlpatterns = [
    path("resources/", views.resource_list, name="resource_list"),
    path("resources/<slug:slug>/", views.resource, name="resource"),
    path("help-now/", views.help_now, name="help_now"),
]
