"""The living page of everything pages are made of; for the people who work on the site."""

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from forum.models import Forum

COLOURS = [
    *("page", "card", "text", "muted", "link", "visited", "brand", "brand-soft", "badge", "badge-soft", "line"),
    *("control", "error", "error-soft", "ok", "warn-line", "warn-soft", "focus"),
]
SPACES = [1, 2, 3, 4, 6, 8, 12]
AVATARS = range(9)


class ExampleForm(forms.Form):
    name = forms.CharField(label="A field", help_text="With a hint.", required=False)
    wrong = forms.CharField(label="A field with an error", error_messages={"required": "Enter what is asked for."})
    choice = forms.ChoiceField(label="A choice", choices=[("a", "This"), ("b", "That")], required=False)
    text = forms.CharField(label="A text", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    agreed = forms.BooleanField(label="A box to tick", required=False)


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Shown to staff, and to everybody in debug mode."""
    if not (settings.DEBUG or request.user.is_staff):
        raise Http404
    context = {
        "now": timezone.now(),
        "colours": COLOURS,
        "spaces": SPACES,
        "avatars": AVATARS,
        "example": ExampleForm({}),
        "facts": [("Age", "45 to 54"), ("For how long", "Two weeks")],
        "care_forum": Forum(care_topic="medicines", shows_crisis_help=True),
    }
    return render(request, "styleguide.html", context)
