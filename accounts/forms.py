from typing import Any

from allauth.account.forms import SignupForm as AllauthSignupForm
from django import forms

from accounts.models import User, claims_standing
from common.text import clean_line, is_blank


class SignupForm(AllauthSignupForm):
    """Sign-up with hints in our own words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].help_text = "We send a code to it. Nobody else sees it."
        self.fields["username"].help_text = "Shown beside what you write. It does not have to be your real name."
        self.fields["password1"].help_text = "At least 15 characters. Three or four words are easy to remember."
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ["display_name"]
        labels = {"display_name": "Name shown to others"}
        help_texts = {"display_name": "Optional. Without it people see your username."}

    def clean_display_name(self) -> str:
        name = clean_line(self.cleaned_data["display_name"])
        if name and is_blank(name):
            raise forms.ValidationError("Enter a name that people can see, or leave it empty.")
        if "@" in name or (self.instance.email and name.lower() == self.instance.email.lower()):
            raise forms.ValidationError("Enter a name without an e-mail address, to protect your privacy.")
        if claims_standing(name):
            raise forms.ValidationError("Enter another name: this one could be taken for a role on this site.")
        others = User.objects.exclude(pk=self.instance.pk)
        if name and others.filter(username__iexact=name).exists():
            raise forms.ValidationError("Enter another name: somebody has this username.")
        return name
