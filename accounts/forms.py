from typing import Any

from allauth.account.forms import SignupForm as AllauthSignupForm
from allauth.socialaccount.forms import SignupForm as AllauthSocialSignupForm
from django import forms
from django.contrib.auth.hashers import make_password
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import consents
from accounts.avatars import make_avatar
from accounts.models import BIO_LIMIT, User, claims_standing
from common.text import clean_line, clean_text, is_blank


class ConsentFields(forms.Form):
    """What everybody agrees to before there is an account: two boxes, unticked, each with its own text."""

    health_data = forms.BooleanField(
        error_messages={"required": _("Tick the box if you agree. Without it we may not keep what you write.")}
    )
    old_enough = forms.BooleanField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        age = consents.TEXTS[consents.AGE]
        self.fields["health_data"].label = str(consents.TEXTS[consents.HEALTH_DATA])
        self.fields["old_enough"].label = str(age)
        self.fields["old_enough"].error_messages["required"] = gettext("Tick the box if this is true: “%(text)s”") % {
            "text": age
        }
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
        self.fields["email"].help_text = gettext("We send a code to it. Nobody else sees it.")
        self.fields["username"].help_text = gettext(
            "Shown beside what you write. It does not have to be your real name."
        )

    def custom_signup(self, request: HttpRequest, user: User) -> None:
        """Called by allauth once the account exists."""
        consents.record(user, consents.HEALTH_DATA, consents.AGE)


class SignupForm(ConsentFields, AllauthSignupForm):
    """Sign-up with hints in our own words."""

    field_order = ["email", "username", "password1", "health_data", "old_enough"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = gettext(
            "At least 15 characters. Three or four words are easy to remember."
        )

    def try_save(self, request: HttpRequest) -> Any:
        if self.account_already_exists:  # as long as a new account takes: the time must not tell
            make_password(self.cleaned_data.get("password1"))
        return super().try_save(request)


class SocialSignupForm(ConsentFields, AllauthSocialSignupForm):
    """The same questions for somebody who comes from an account elsewhere."""

    field_order = ["email", "username", "health_data", "old_enough"]


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    new_avatar = forms.FileField(
        required=False,
        label=_("Picture"),
        help_text=_("JPEG, PNG or WebP, up to 5 MB. Everybody can see it. We keep a small copy without hidden data."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )
    remove_avatar = forms.BooleanField(required=False, label=_("Remove my picture"))

    class Meta:
        model = User
        fields = ["display_name", "bio"]
        labels = {"display_name": _("Name shown to others"), "bio": _("About you")}
        help_texts = {
            "display_name": _("Without it people see your username."),
            "bio": format_lazy(
                _("Up to {limit} characters. Everybody can read it: leave out what shows who you are."), limit=BIO_LIMIT
            ),
        }
        widgets = {"bio": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.avatar:
            del self.fields["remove_avatar"]

    def clean_display_name(self) -> str:
        name = clean_line(self.cleaned_data["display_name"])
        if len(name) > 100:  # cleaning may lengthen it
            raise forms.ValidationError(gettext("Shorten the name to 100 characters or fewer."))
        if name and is_blank(name):
            raise forms.ValidationError(gettext("Enter a name that people can see, or leave it empty."))
        if "@" in name or (self.instance.email and name.lower() == self.instance.email.lower()):
            raise forms.ValidationError(gettext("Enter a name without an e-mail address, to protect your privacy."))
        if claims_standing(name):
            raise forms.ValidationError(gettext("Enter another name: this one could be taken for a role on this site."))
        others = User.objects.exclude(pk=self.instance.pk)
        if name and others.filter(username__iexact=name).exists():
            raise forms.ValidationError(gettext("Enter another name: somebody has this username."))
        return name

    def clean_bio(self) -> str:
        bio = clean_text(self.cleaned_data["bio"])
        if len(bio) > BIO_LIMIT:  # cleaning may lengthen it
            raise forms.ValidationError(
                gettext("Shorten this to %(limit)s characters or fewer.") % {"limit": BIO_LIMIT}
            )
        if claims_standing(
            bio, only=("medicalprofessional", "verifiedprofessional", "verifieddoctor", "verifiednurse")
        ):
            raise forms.ValidationError(
                gettext("Leave out “verified” and “medical professional”: the badge says so where it is true.")
            )
        return bio

    def clean_new_avatar(self) -> Any:
        upload = self.cleaned_data["new_avatar"]
        return make_avatar(upload) if isinstance(upload, UploadedFile) else None
