from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from common.http import client_address
from common.pagination import numbered, paginate
from resources.actions import record_read
from resources.filters import ResourceFilter
from resources.models import CrisisLine, Resource


@require_safe
@numbered
def resource_list(request: HttpRequest) -> HttpResponse:
    filters = ResourceFilter(request.GET, queryset=Resource.objects.visible_to(request.user).popular())
    page = paginate(filters.qs, request.GET.get("page"), total=filters.qs.count())
    context = {"page": page, "filter": filters}
    return render(request, "resources/resource_list.html", context, status=200 if filters.is_valid() else 400)


@require_safe
def resource(request: HttpRequest, slug: str) -> HttpResponse:
    shown = Resource.objects.visible_to(request.user).prefetch_related("sources", "forums")
    resource = get_object_or_404(shown, slug=slug)
    if request.method == "GET":
        record_read(resource, address=client_address(request), user_agent=request.headers.get("User-Agent", ""))
    return render(request, "resources/resource.html", {"resource": resource})


@require_safe
def help_now(request: HttpRequest) -> HttpResponse:
    return render(request, "resources/help_now.html", {"lines": CrisisLine.objects.shown()})
