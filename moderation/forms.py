from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.text import clean_line, clean_text, is_blank
from forum.forms import without_nul
from moderation.models import Reason
from moderation.models.decisions import MESSAGE_LIMIT
from moderation.models.reports import EXPLANATION_LIMIT


class LongText(forms.CharField):
    """A text of some lines with a limit, cleaned; says how long it is where it is too long."""

    def __init__(self, *, limit: int, **kwargs: Any) -> None:
        self.limit = limit
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": 5}))
        super().__init__(strip=False, **kwargs)

    def to_python(self, value: Any) -> str:
        text = clean_text(without_nul(super().to_python(value)))
        return "" if is_blank(text) else text

    def validate(self, value: str) -> None:
        super().validate(value)
        if len(value) > self.limit:
            raise ValidationError(
                gettext("Shorten your text to %(limit)s characters or fewer. It has %(length)s now.")
                % {"limit": f"{self.limit:,}", "length": f"{len(value):,}"},
                code="too_long",
            )


class ReportForm(forms.Form):
    """A report by a member."""

    reason = forms.ChoiceField(
        label=_("What is wrong?"),
        choices=Reason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what is wrong."), "invalid_choice": _("Choose one of those shown.")},
    )
    explanation = LongText(
        label=_("What should the moderators know?"),
        help_text=_("Where it stands, and why it worries you. The author does not see this."),
        required=False,
        limit=EXPLANATION_LIMIT,
    )
    law = forms.CharField(
        label=_("Which law is it against, or why do you think so?"),
        help_text=_("Only if you report something as against the law."),
        required=False,
        max_length=300,
    )

    def clean_law(self) -> str:
        return clean_line(without_nul(self.cleaned_data["law"]))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("reason") == Reason.ILLEGAL and not data.get("law"):
            self.add_error("law", gettext("Say which law, or why you think so."))
        if data.get("reason") == Reason.OTHER and not data.get("explanation") and "explanation" not in self.errors:
            self.add_error("explanation", gettext("Say in a few words what is wrong."))
        return data


class NoticeForm(ReportForm):
    """A report by somebody without an account (DOMAIN 2.6)."""

    name = forms.CharField(
        label=_("Your name"), required=False, max_length=100, widget=forms.TextInput({"autocomplete": "name"})
    )
    email = forms.EmailField(
        label=_("Your e-mail address"),
        help_text=_("We send you a receipt and the outcome, and nothing else."),
        required=False,
        widget=forms.EmailInput({"autocomplete": "email"}),
    )
    is_accurate = forms.BooleanField(
        label=_("I believe that what I say here is accurate and complete."),
        error_messages={"required": _("Tick this, so that we can act on your report.")},
    )

    def clean_name(self) -> str:
        return clean_line(without_nul(self.cleaned_data["name"]))

    def clean(self) -> dict[str, Any]:
        """A name and an address, except where a child is abused: there nobody has to give theirs."""
        data = super().clean() or {}
        data.pop("is_accurate", None)
        if data.get("reason") != Reason.CHILD:
            if not data.get("name") and "name" not in self.errors:
                self.add_error("name", gettext("Write your name. The author does not learn it."))
            if not data.get("email") and "email" not in self.errors:
                self.add_error("email", gettext("Write your e-mail address, so that we can tell you the outcome."))
        return data


class AppealForm(forms.Form):
    text = LongText(
        label=_("Why do you disagree?"),
        help_text=_("Another moderator reads this and decides again."),
        limit=MESSAGE_LIMIT,
        error_messages={"required": _("Say why you disagree.")},
    )


class RedactForm(forms.Form):
    words = forms.CharField(
        label=_("Words to take out"),
        help_text=_("Copy them from the text above, exactly as they stand there."),
        strip=False,
        max_length=500,
        error_messages={"required": _("Copy the words to take out.")},
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean_words(self) -> str:
        return clean_text(without_nul(self.cleaned_data["words"])).strip()
