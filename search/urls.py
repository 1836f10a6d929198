from django.urls import path

from search import views

app_name = "search"
urlpatterns = [
    path("search/", views.search_page, name="search"),
    path("ask/similar/", views.similar, name="similar"),
    path("search/suggest/", views.suggest, name="suggest"),
]
