from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from common.http import client_address
from common.metadata import Metadata
from common.pagination import numbered, page_address, paginate
from common.shared_pages import nothing_personal, shared_page
from resources.actions import record_read
from resources.filters import ResourceFilter
from resources.models import CrisisLine, Resource
from resources.structured_data import of_resource


@require_safe
@shared_page(personal=nothing_personal)
@numbered
def resource_list(request: HttpRequest) -> HttpResponse:
    filters = ResourceFilter(request.GET, queryset=Resource.objects.visible_to(request.user).popular())
    page = paginate(filters.qs, request.GET.get("page"), total=filters.qs.count())
    path = reverse("resources:resource_list")
    address = path if request.GET.get("forum") else page_address(path, page.number)
    about = Metadata(address, _("Resources"), _("Short, reviewed reading in plain words."))
    context = {"page": page, "filter": filters, "metadata": about}
    return render(request, "resources/resource_list.html", context, status=200 if filters.is_valid() else 400)


@require_safe
def resource(request: HttpRequest, slug: str) -> HttpResponse:
    shown = Resource.objects.visible_to(request.user).prefetch_related("sources", "forums")
    resource = get_object_or_404(shown, slug=slug)
    if request.method == "GET":
        record_read(resource, address=client_address(request), user_agent=request.headers.get("User-Agent", ""))
    about = Metadata(
        resource.get_absolute_url(), resource.title, resource.blurb, kind="article", data=(of_resource(resource),)
    )
    return render(request, "resources/resource.html", {"resource": resource, "metadata": about})


@require_safe
@shared_page(personal=nothing_personal)
def help_now(request: HttpRequest) -> HttpResponse:
    about = Metadata(
        reverse("resources:help_now"), _("Find help now"), _("Emergency numbers and crisis lines by country.")
    )
    return render(request, "resources/help_now.html", {"lines": CrisisLine.objects.shown(), "metadata": about})
