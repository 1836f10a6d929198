"""Stopping mails by an address that came in one: whoever has it may, without signing in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from common.metadata import Metadata
from notifications import actions
from notifications.forms import TimingsForm, kinds_for
from notifications.kinds import KINDS, Audience
from notifications.tokens import Holder, holder_of


@csrf_exempt  # the token is what allows it; mail programs have no cookies
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """RFC 8058: a POST of one click stops the mails at once; a GET changes nothing and shows buttons."""
    holder = holder_of(token)
    if holder is None:
        about = Metadata("/u/", _("This link does not work"))
        return render(request, "notifications/unsubscribe_unknown.html", {"metadata": about}, status=404)
    if request.method == "POST" and request.POST.get("List-Unsubscribe") == "One-Click":
        actions.stop_kinds(holder.user, holder.kinds)
        return HttpResponse(_("You get no more of these e-mails."), content_type="text/plain; charset=utf-8")
    # Not who the person is: whoever has the mail may see this.
    offered = {code for code, kind in KINDS.items() if kind.audience == Audience.MEMBERS or code in holder.kinds}
    form = TimingsForm(user=holder.user, only=offered)
    said = ""
    if request.method == "POST":
        if request.POST.get("do") == "save" and holder.is_fresh:
            form = TimingsForm(request.POST, user=holder.user, only=offered)
        said = _change(holder, request.POST.get("do", ""), form)
        if said:
            form = TimingsForm(user=holder.user, only=offered)
    context = {
        "kinds": [KINDS[code].title for code in holder.kinds],
        "are_stopped": all(form[code].initial == "never" for code in holder.kinds if code in form.fields),
        "is_fresh": holder.is_fresh,
        "form": form,
        "said": said,
        "metadata": Metadata("/u/", _("Your e-mails from us")),
    }
    failed = request.method == "POST" and not said
    return render(request, "notifications/unsubscribe.html", context, status=400 if failed else 200)


def _change(holder: Holder, what: str, form: TimingsForm) -> str:
    """Do what a button says; returns what has been done, or nothing where that is not possible."""
    if what == "stop":
        actions.stop_kinds(holder.user, holder.kinds)
        return _("You get no more of these e-mails.")
    if what == "stop_all":
        actions.stop_kinds(holder.user, kinds_for(holder.user))
        return _("You get no more e-mails, except about the security of your account.")
    if what == "again" and holder.is_fresh:
        actions.want_kinds(holder.user, holder.kinds)
        actions.note_visit(holder.user)
        return _("You get these e-mails again.")
    if what == "save" and holder.is_fresh and form.is_valid():
        actions.choose(holder.user, form.timings)
        actions.note_visit(holder.user)
        return _("Your choices are saved.")
    return ""
