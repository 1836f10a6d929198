"""What members want to hear of, and by mail when."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.http import MemberRequest
from accounts.models import Block
from common.metadata import Metadata
from notifications import actions
from notifications.forms import PreferencesForm, kinds_for
from notifications.models import Preferences, Subscription

SHOWN = 20


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def preferences(request: MemberRequest) -> HttpResponse:
    """The form, and below it what the member follows."""
    user = request.user
    form = PreferencesForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        actions.choose(user, form.timings, **form.others)
        actions.note_visit(user)  # otherwise who has been away for long would choose a summary and get none
        messages.success(request, _("Your choices are saved."))
        return redirect("notifications:preferences")
    questions = Subscription.objects.of_questions(user).select_related("thread__forum", "thread__author")
    if (before := request.GET.get("before", "")).isascii() and before.isdigit() and len(before) < 19:
        questions = questions.filter(pk__lt=int(before))
    rows = list(questions.order_by("-pk")[: SHOWN + 1])
    context = {
        "form": form,
        "preferences": Preferences.of(user),
        "areas": Subscription.objects.filter(user=user, thread=None).select_related("forum").order_by("pk"),
        "questions": rows[:SHOWN],
        "older": rows[SHOWN - 1].pk if len(rows) > SHOWN else None,
        "blocked": set(Block.objects.filter(user=user).values_list("blocked", flat=True)),
        "metadata": Metadata(request.path, _("Notifications and e-mails")),
    }
    return render(request, "notifications/preferences.html", context, status=400 if form.errors else 200)


@require_POST
@login_required
def stop_all(request: MemberRequest) -> HttpResponse:
    """No more mails but those about the account's security."""
    actions.stop_kinds(request.user, kinds_for(request.user))
    messages.success(request, _("You get no more e-mails, except about the security of your account."))
    return redirect("notifications:preferences")


@require_POST
@login_required
def resume(request: MemberRequest) -> HttpResponse:
    """Try the member's address again after mails to it were stopped."""
    actions.resume_mail(request.user)
    messages.success(request, _("We send e-mails to your address again."))
    return redirect("notifications:preferences")
