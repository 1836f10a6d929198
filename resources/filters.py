import django_filters as filters
from django.db.models import QuerySet

from resources.models import Resource


class ResourceFilter(filters.FilterSet):
    """Resources, or those of one forum."""

    forum = filters.CharFilter(method="of_forum", max_length=100)

    class Meta:
        model = Resource
        fields = ["forum"]

    def of_forum(self, queryset: QuerySet[Resource], _name: str, slug: str) -> QuerySet[Resource]:
        return queryset.filter(forums__slug=slug)
