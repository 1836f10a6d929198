from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.professions import PROFESSIONS, SPECIALTIES, specialties_of
from common.text import clean_line, clean_text, is_blank
from credentials.evidence_files import check_file
from credentials.models import COUNTRIES, Credential, Evidence
from credentials.policies import domain_of
from credentials.registers import ORCID, REGISTERS, Malformed, clean_registration, registers_for

REGION_LIMIT = 100
FIRST_COUNTRIES = ("GB", "US", "IE", "AU", "NZ", "CA", "IN", "DE", "FR", "NL")


def country_choices() -> list[Any]:
    first = [(code, COUNTRIES[code]) for code in FIRST_COUNTRIES]
    return [
        ("", gettext("Choose")),
        (gettext("Often chosen"), first),
        (gettext("All countries"), list(COUNTRIES.items())),
    ]


def specialty_choices() -> list[Any]:
    groups: list[Any] = [("", gettext("Choose"))]
    for profession, name in PROFESSIONS.items():
        groups.append((str(name), [(specialty.key, specialty.label) for specialty in specialties_of(profession)]))
    return groups


def evidence_choices() -> list[tuple[str, str]]:
    return [("", gettext("Choose")), *((kind.value, str(kind.label).capitalize()) for kind in Evidence.Kind)]


class StepForm(forms.Form):
    """One page of the application; `answers` is what the action stores."""

    def __init__(self, *args: Any, credential: Credential, **kwargs: Any) -> None:
        self.credential = credential
        kwargs.setdefault("initial", {name: getattr(credential, name, None) for name in self.base_fields})
        super().__init__(*args, **kwargs)

    def answers(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class ProfessionForm(StepForm):
    specialty = forms.ChoiceField(
        label=_("Your profession and specialty"),
        help_text=_("It stands in your badge. Choose the one you are registered for."),
        error_messages={"required": _("Choose your profession and specialty.")},
    )
    country = forms.ChoiceField(
        label=_("Country where you are registered"),
        error_messages={"required": _("Choose the country where you are registered.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["specialty"].choices = specialty_choices()  # type: ignore[attr-defined]
        self.fields["country"].choices = country_choices()  # type: ignore[attr-defined]

    def answers(self) -> dict[str, Any]:
        specialty = SPECIALTIES[self.cleaned_data["specialty"]]
        answers = {"specialty": specialty.key, "profession": specialty.profession, **super().answers()}
        known = {register.key for register in registers_for(answers["country"], specialty.profession)}
        if self.credential.scheme not in known:  # another country or profession has another register
            answers |= {"scheme": "", "number": "", "region": "", "registration_year": None}
        return answers


class RegistrationForm(StepForm):
    scheme = forms.ChoiceField(
        label=_("Register"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the register you are on.")},
    )
    province = forms.ChoiceField(label=_("Province or territory"), required=False)
    number = forms.CharField(
        label=_("Registration number"),
        max_length=60,
        help_text=_("Only reviewers see it. Spaces, dots and dashes do not matter."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Enter your registration number.")},
    )
    region = forms.CharField(required=False, max_length=REGION_LIMIT)
    registration_year = forms.IntegerField(
        label=_("Year of registration"),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"invalid": _("Enter the year as four digits.")},
    )
    name_on_register = forms.CharField(
        label=_("Your name as it stands on the register"),
        max_length=200,
        help_text=_("Only reviewers see it."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Enter your name as it stands on the register.")},
    )
    register_url = forms.URLField(
        label=_("Address of your own entry on the register"),
        required=False,
        max_length=500,
        help_text=_("If the register shows a page for each person. It makes the check faster."),
        assume_scheme="https",
        error_messages={
            "invalid": _("Enter the whole address of the page, starting with https://, or leave it empty.")
        },
    )
    orcid = forms.CharField(
        label=_("ORCID iD"),
        required=False,
        max_length=40,
        help_text=_("If you publish research. It does not replace a registration."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        registers = registers_for(self.credential.country, self.credential.profession)
        self.fields["scheme"].choices = [(register.key, register.label) for register in registers]  # type: ignore[attr-defined]
        if not self.credential.scheme:
            self.initial["scheme"] = registers[0].key
        provinces = next((register.regions for register in registers if register.regions), ())
        if provinces:
            self.fields["province"].choices = [("", gettext("Choose")), *((name, name) for name in provinces)]  # type: ignore[attr-defined]
            self.initial["province"] = self.credential.region
        else:
            del self.fields["province"]
        asking = [register for register in registers if register.region and not register.regions]
        self.fields["region"].label = gettext(" or ").join(
            dict.fromkeys(gettext(register.region) for register in asking)
        )
        if len(registers) == 1:
            self.fields["region"].required = True
            self.fields["region"].error_messages["required"] = gettext("Enter the name of the register or regulator.")
        else:
            self.fields["region"].help_text = gettext("Only for %(registers)s.") % {
                "registers": gettext(" and ").join(f"“{register.label}”" for register in asking)
            }
        if not any(register.needs_year for register in registers):
            del self.fields["registration_year"]

    def clean_orcid(self) -> str:
        typed = self.cleaned_data["orcid"]
        if is_blank(typed):
            return ""
        try:
            return ORCID.clean(typed.rpartition("/")[2])[0]
        except Malformed as error:
            raise ValidationError(str(error)) from error

    def clean_name_on_register(self) -> str:
        name = clean_line(self.cleaned_data["name_on_register"])
        if is_blank(name):
            raise ValidationError(gettext("Enter your name as it stands on the register."))
        return name[:200]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data["region"] = clean_line(data.get("region") or "")
        if len(data["region"]) > REGION_LIMIT:  # cleaning may lengthen it
            self.add_error(
                "region", gettext("Shorten this to %(limit)s characters or fewer.") % {"limit": REGION_LIMIT}
            )
            return data
        if data.get("scheme") not in REGISTERS or not data.get("number"):
            return data
        has_provinces = bool(REGISTERS[data["scheme"]].regions)
        if has_provinces:
            data["region"] = data.get("province") or ""
        number, problems, _warnings = clean_registration(
            data["scheme"],
            data["number"],
            region=data["region"],
            year=data.get("registration_year"),
            profession=self.credential.profession,
        )
        for field, problem in problems.items():
            place = "province" if field == "region" and has_provinces else field
            self.add_error(place if place in self.fields else None, problem)
        data["number"] = number
        return data

    def answers(self) -> dict[str, Any]:
        register = REGISTERS[self.cleaned_data["scheme"]]
        answers = {"registration_year": None, **super().answers()}
        answers.pop("province", None)
        if not register.region:
            answers["region"] = ""
        if not register.needs_year:
            answers["registration_year"] = None
        return answers

    def warnings(self) -> list[str]:
        """What looks odd about the number but need not be wrong."""
        answers = self.cleaned_data
        return clean_registration(
            answers["scheme"],
            answers["number"],
            region=answers["region"],
            year=answers.get("registration_year"),
            profession=self.credential.profession,
        )[2]


class WorkEmailForm(forms.Form):
    work_email = forms.CharField(
        label=_("Work e-mail address"),
        max_length=254,
        help_text=_(
            "At the hospital, practice or institution where you work. We send one code to it and nothing else."
        ),
        widget=forms.EmailInput(attrs={"autocomplete": "work email"}),
        error_messages={"required": _("Enter your work e-mail address.")},
    )

    def clean_work_email(self) -> str:
        email = clean_line(self.cleaned_data["work_email"])
        try:
            validate_email(email)
        except ValidationError:
            raise ValidationError(gettext("Enter a whole address, like name@hospital.example.")) from None
        if not domain_of(email):
            raise ValidationError(gettext("Enter an address of your workplace. Anybody can have one of this kind."))
        return email


class WorkCodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code from the e-mail"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
        error_messages={"required": _("Enter the six digits from the e-mail.")},
    )


class EvidenceForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("What it is"),
        choices=evidence_choices,
        error_messages={"required": _("Choose what kind of document it is.")},
    )
    file = forms.FileField(
        label=_("Document"),
        help_text=_(
            "PDF, JPEG or PNG, up to 10 MB. Cover what is not needed, such as your address. Only reviewers can open it."
        ),
        widget=forms.FileInput(attrs={"accept": "application/pdf,image/jpeg,image/png"}),
        error_messages={
            "required": _("Choose a document."),
            "empty": _("This file is empty. Choose another one."),
            "max_length": _("Give the file a shorter name."),
        },
    )

    def clean_file(self) -> Any:
        return check_file(self.cleaned_data["file"])


class DeclarationForm(StepForm):
    interests = forms.CharField(
        label=_("Interests that readers should know about"),
        required=False,
        max_length=1000,
        help_text=_(
            "For example payments or shares from companies that make medicines or devices, or a business that "
            "sells health products. Reviewers see this."
        ),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    nothing_to_declare = forms.BooleanField(label=_("I have nothing to declare"), required=False)
    consent = forms.BooleanField(
        error_messages={"required": _("Tick the box if you agree. We cannot check a registration without it.")}
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data["interests"] = clean_text(data.get("interests") or "")[:1000]
        has_interests = not is_blank(data["interests"])
        if not has_interests and not data.get("nothing_to_declare"):
            self.add_error(
                "interests", gettext("Write what readers should know, or tick that there is nothing to declare.")
            )
        if has_interests and data.get("nothing_to_declare"):
            self.add_error(
                "nothing_to_declare", gettext("Untick this, or empty the box above: only one of them can be true.")
            )
        return data


class SendForm(forms.Form):
    message = forms.CharField(
        label=_("Message to the reviewer"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean_message(self) -> str:
        return clean_text(self.cleaned_data["message"])
