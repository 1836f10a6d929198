from typing import cast

from allauth.account.views import signup as allauth_signup
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.forms import ProfileForm
from accounts.http import MemberRequest


@login_required
def settings(request: HttpRequest) -> HttpResponse:
    """The member's own page: the name shown, and links to e-mail address and password."""
    user = cast(MemberRequest, request).user
    form = ProfileForm(request.POST if request.method == "POST" else None, instance=user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Your name is saved.")
        return redirect("account_settings")
    return render(request, "accounts/settings.html", {"form": form}, status=422 if form.errors else 200)


def signup(request: HttpRequest) -> HttpResponse:
    """allauth's sign-up; of two clicks at the same time the second leads on to where the first one does."""
    try:
        with transaction.atomic():
            return cast(HttpResponse, allauth_signup(request))
    except IntegrityError:
        return redirect("account_email_verification_sent")
