from collections.abc import Collection
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import DataError, connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from notifications.kinds import KINDS, Audience, Kind
from notifications.models import Choice, Preferences


def kinds_for(user: User) -> dict[str, Kind]:
    """The kinds of news that somebody can get. They tell whether this is a professional or a moderator."""
    belongs = {
        Audience.MEMBERS: True,
        Audience.PROFESSIONALS: user.is_medical_professional,
        Audience.MODERATORS: user.is_staff,
    }
    return {code: kind for code, kind in KINDS.items() if belongs[kind.audience]}


def time_zones() -> list[tuple[str, Any]]:
    """The zones to choose from, by region, with the site's own first."""
    regions: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(available_timezones()):
        region, _slash, place = name.partition("/")
        if place and region not in ("Etc", "SystemV", "US"):
            regions.setdefault(region, []).append((name, place.replace("_", " ")))
    return [("", settings.MAIL_TIME_ZONE), *regions.items()]


class TimingsForm(forms.Form):
    """When mails about each kind of news come."""

    def __init__(self, *args: Any, user: User, only: Collection[str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kinds = {code: kind for code, kind in kinds_for(user).items() if only is None or code in only}
        chosen = dict(Choice.objects.filter(user=user, kind__in=self.kinds).values_list("kind", "timing"))
        for code, kind in self.kinds.items():
            self.fields[code] = forms.ChoiceField(
                label=str(kind.title),
                help_text=str(kind.hint),
                choices=[(timing.value, str(timing.label)) for timing in kind.timings],
                initial=chosen.get(code, kind.default),
            )

    @property
    def timings(self) -> dict[str, str]:
        """What was chosen, by kind."""
        return {code: self.cleaned_data[code] for code in self.kinds}


class PreferencesForm(TimingsForm):
    """All that somebody can say of their news. What shows on the form of a mail's address is TimingsForm alone."""

    includes_titles = forms.BooleanField(
        label=_("Include the titles of questions in my e-mails"),
        required=False,
        help_text=_("Never in the subject. But whoever can read your e-mails then learns what you read and ask about."),
    )
    follows_own = forms.BooleanField(
        label=_("Follow the questions that I ask or reply to"),
        required=False,
        help_text=_("You can still follow or mute each question by its link “Follow this question”."),
    )
    time_zone = forms.ChoiceField(
        label=_("Your time zone"),
        required=False,
        help_text=_("Daily and weekly e-mails come at eight in the morning there."),
    )

    field_order = ["includes_titles", "follows_own", "time_zone"]

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.preferences = Preferences.of(user)
        initial = {name: getattr(self.preferences, name) for name in self.field_order}
        super().__init__(*args, user=user, initial=initial, **kwargs)
        zone: Any = self.fields["time_zone"]
        zone.choices = time_zones()
        self.order_fields([*self.kinds, *self.field_order])

    def clean_time_zone(self) -> str:
        """A zone that the database knows too: it works out the mornings."""
        name = str(self.cleaned_data["time_zone"])
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT now() AT TIME ZONE %s", [name or "UTC"])
        except DataError:
            raise ValidationError(_("Choose another place with the same time: this one is not known here.")) from None
        return name

    @property
    def others(self) -> dict[str, Any]:
        """What was chosen besides the timings."""
        return {name: self.cleaned_data[name] for name in self.field_order}
