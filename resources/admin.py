from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from common.admin import LargeTableAdmin
from resources.models import CrisisLine, Resource, ResourceSource


class SourceInline(admin.TabularInline):  # type: ignore[type-arg]
    model = ResourceSource
    extra = 1


@admin.register(Resource)
class ResourceAdmin(LargeTableAdmin):
    list_display = ["title", "publisher", "kind", "reviewed_on", "next_review_on", "is_published", "popularity"]
    list_filter = ["kind", "is_published", "next_review_on", "language"]
    search_fields = ["title", "publisher", "blurb"]
    autocomplete_fields = ["forums"]
    prepopulated_fields = {"slug": ["title"]}
    readonly_fields = ["popularity", "created_at", "updated_at"]
    ordering = ["-popularity", "pk"]
    inlines = [SourceInline]
    fieldsets = [
        (None, {"fields": ["kind", "title", "slug", "publisher", "blurb", "url", "body", "language"]}),
        (_("Where it stands"), {"fields": ["forums", "is_published"]}),
        (_("Review"), {"fields": ["reviewed_by", "reviewed_on", "next_review_on"]}),
        (_("Counted"), {"fields": ["popularity", "created_at", "updated_at"]}),
    ]


@admin.register(CrisisLine)
class CrisisLineAdmin(LargeTableAdmin):
    list_display = ["country_name", "service", "phone", "hours", "last_verified", "needs_check", "is_active"]
    list_filter = ["is_active", "last_verified"]
    search_fields = ["country_name", "country", "service"]
    ordering = ["country_name", "pk"]

    @admin.display(boolean=True, description=_("due for a check"))
    def needs_check(self, line: CrisisLine) -> bool:
        return line.is_due
