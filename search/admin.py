from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from common.admin import LargeTableAdmin
from search.models import SearchSynonym, SearchTerm

ENOUGH_PEOPLE = 5  # what fewer looked for might tell who they are


@admin.register(SearchSynonym)
class SearchSynonymAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["rule", "area"]
    list_filter = ["area"]
    search_fields = ["rule"]


class FoundNothing(admin.SimpleListFilter):
    title = _("results")
    parameter_name = "nothing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("searched, found nothing"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[SearchTerm]) -> QuerySet[SearchTerm]:
        return queryset.filter(found=0) if self.value() == "yes" else queryset


@admin.register(SearchTerm)
class SearchTermAdmin(LargeTableAdmin):
    """What at least five people looked for. Nobody writes here."""

    list_display = ["text", "people", "found", "last_day"]
    list_filter = [FoundNothing]

    def get_queryset(self, request: HttpRequest) -> QuerySet[SearchTerm]:
        return super().get_queryset(request).filter(people__gte=ENOUGH_PEOPLE)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
