"""An admin that stays fast with millions of rows."""

from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteMixin
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

COUNTED_EXACTLY = 2_000
PAGES_AT_MOST = 200  # nobody pages further, and each page further back costs more


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts a filtered list to a bound; for a whole table takes the planner's estimate above it.

    A full count reads the whole table, and nobody pages through more than a bound anyway.
    """

    @cached_property
    def count(self) -> int:
        rows = cast("QuerySet[Any]", self.object_list)
        counted = rows.order_by()[: COUNTED_EXACTLY + 1].count()
        if counted <= COUNTED_EXACTLY or rows.query.where:
            return counted
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass", [rows.model._meta.db_table]
            )
            return max(counted, int(cursor.fetchone()[0]))

    @property
    def num_pages(self) -> int:
        return min(super().num_pages, PAGES_AT_MOST)


def without_odd_keys(field: Any) -> Any:
    """Have an autocomplete widget show a form again that was sent with something else than numbers."""
    widget = getattr(field, "widget", None)
    if isinstance(widget, AutocompleteMixin):
        original = widget.optgroups

        def optgroups(name: str, value: list[str], attr: Any = None) -> Any:
            return original(name, [key for key in value if str(key).isascii() and str(key).isdigit()], attr)

        widget.optgroups = optgroups  # type: ignore[method-assign,assignment]
    return field


class LargeTableAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """No full counts, fifty rows a page, and nothing from the address or a form that the page does not offer."""

    paginator = CappedPaginator
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 50

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only what the filters on the page ask for: other look-ups tell what the page does not show."""
        filters = self.get_list_filter(request)
        names = [
            getattr(entry, "parameter_name", None) or str(entry[0] if isinstance(entry, list | tuple) else entry)
            for entry in filters
        ]
        endings = ["", "__exact", "__id__exact", "__isnull", "__gte", "__lt", "__lte"]
        return lookup in {name + ending for name in names for ending in endings}

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        if not all(key.isascii() and key.isdigit() for key in request.POST.getlist("_selected_action")):
            raise BadRequest("not a key")
        return super().changelist_view(request, extra_context)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Nothing from the address: an odd value there would break the form before anyone sees it."""
        return {}

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return without_odd_keys(super().formfield_for_foreignkey(db_field, request, **kwargs))

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return without_odd_keys(super().formfield_for_manytomany(db_field, request, **kwargs))

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        if not change:
            return super().save_model(request, obj, form, change)
        columns = {field.name for field in obj._meta.concrete_fields}
        return obj.save(update_fields=columns & set(form.changed_data))
