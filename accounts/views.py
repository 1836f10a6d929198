from typing import cast

from allauth.account.views import signup as allauth_signup
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import actions, second_factor
from accounts.forms import ProfileForm
from accounts.http import MemberRequest
from accounts.limits import LimitReached, spend
from accounts.middleware import second_factor_is_due, second_factor_page
from accounts.models import User
from common.pagination import numbered, paginate


@numbered
@login_required
def settings(request: HttpRequest) -> HttpResponse:
    """The member's own page: profile, sign-in, reading, blocked people, consent."""
    user = cast(MemberRequest, request).user
    is_sent = request.method == "POST"
    if is_sent and second_factor_is_due(request):
        return second_factor_page(request, request.path)
    if request.FILES:  # decoding is work: it counts before it is done
        try:
            spend(user, "picture")
        except LimitReached as error:
            return render(request, "429.html", {"exception": error}, status=429)
    form = ProfileForm(request.POST if is_sent else None, request.FILES if is_sent else None, instance=user)
    if is_sent and form.is_valid():
        actions.update_profile(
            user,
            display_name=form.cleaned_data["display_name"],
            bio=form.cleaned_data["bio"],
            new_avatar=form.cleaned_data["new_avatar"],
            remove_avatar=form.cleaned_data.get("remove_avatar", False),
        )
        messages.success(request, _("Your profile is saved."))
        return redirect("account_settings")
    people = User.objects.blocked_by(user).order_by("username")
    context = {
        "form": form,
        "blocked": paginate(people, request.GET.get("page"), total=people.count()),
        "consents": user.consents.all(),
        "has_second_factor": second_factor.has_second_factor(user),
    }
    return render(request, "accounts/settings.html", context, status=422 if form.errors else 200)


@require_safe
def signed_out(request: HttpRequest) -> HttpResponse:
    """Where signing out leads: a message would be lost, because the browser forgets its cookies (and the session)."""
    return render(request, "accounts/signed_out.html")


@require_POST
@login_required
def session_end(request: HttpRequest, session: int) -> HttpResponse:
    """Sign one other device out."""
    if not actions.end_session(cast(MemberRequest, request).user, session):
        raise Http404
    messages.success(request, _("That device is signed out."))
    return redirect("usersessions_list")


@require_safe
def avatar(request: HttpRequest, name: str) -> HttpResponseBase:
    """An uploaded picture. Its name is random and never used again, so it may be kept for ever."""
    try:
        file = default_storage.open(f"avatars/{name}.webp")
    except OSError:
        raise Http404 from None
    response = FileResponse(file, content_type="image/webp")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def signup(request: HttpRequest) -> HttpResponse:
    """allauth's sign-up; of two clicks at the same time the second leads on to where the first one does."""
    try:
        with transaction.atomic():
            return cast(HttpResponse, allauth_signup(request))
    except IntegrityError:
        return redirect("account_email_verification_sent")
