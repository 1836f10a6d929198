"""What the account pages need beside the site's own tags: plain words for fields that a package made."""

from dataclasses import dataclass

from django import forms, template
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.template.context import RequestContext
from django.utils.translation import gettext, gettext_noop

from accounts import second_factor
from accounts.consents import TEXTS
from accounts.devices import recognise
from accounts.models import Consent
from common.http import safe_target

register = template.Library()


@dataclass(frozen=True)
class Words:
    label: str
    hint: str = ""
    missing: str = ""
    autocomplete: str = ""


GOOD_PASSWORD = gettext_noop(
    "At least 15 characters, or 8 if you have a passkey or an authenticator app. "
    "Three or four words are easy to remember."
)
FIELDS = {
    "login": Words(
        gettext_noop("Username or e-mail address"),
        missing=gettext_noop("Enter your username or e-mail address."),
        autocomplete="username",
    ),
    "password": Words(gettext_noop("Password"), missing=gettext_noop("Enter your password.")),
    "remember": Words(gettext_noop("Keep me signed in"), gettext_noop("Not on a device that you share with others.")),
    "email": Words(gettext_noop("E-mail address"), missing=gettext_noop("Enter your e-mail address.")),
    "username": Words(gettext_noop("Username"), missing=gettext_noop("Choose a username.")),
    "oldpassword": Words(
        gettext_noop("Password you have now"), missing=gettext_noop("Enter the password you have now.")
    ),
    "password1": Words(gettext_noop("New password"), GOOD_PASSWORD, gettext_noop("Choose a password.")),
    "password2": Words(
        gettext_noop("New password again"), missing=gettext_noop("Enter the new password a second time.")
    ),
    "code": Words(gettext_noop("Code"), missing=gettext_noop("Enter the code.")),
    "name": Words(
        gettext_noop("Name"),
        gettext_noop("Only you see it. It helps to tell your passkeys apart."),
        gettext_noop("Enter a name."),
    ),
    "passwordless": Words(
        gettext_noop("Sign in with it alone"),
        gettext_noop("Leave this ticked. Only some old USB keys need it unticked: they work after your password."),
    ),
}


@register.simple_tag
def plain_words(form: forms.Form, *, digits: bool = False, signing_up: bool = False) -> str:
    """Give the fields of a package's form our labels, hints and errors. `digits`: the code has nothing else.

    Forms for `signing_up` are ours and have hints of their own.
    """
    for name, field in form.fields.items():
        field.widget.attrs.pop("placeholder", None)
        if isinstance(field.widget, forms.PasswordInput):
            field.widget.attrs["data-module"] = "password"
        words = FIELDS.get(name)
        if not words:
            continue
        shown = form[name]
        if not signing_up:
            shown.label, shown.help_text = gettext(words.label), gettext(words.hint)
        elif name == "email":
            shown.label = gettext(words.label)
        if words.autocomplete:
            field.widget.attrs["autocomplete"] = words.autocomplete
        if name == "code" and digits:
            field.widget.attrs["inputmode"] = "numeric"
        if words.missing and name in form.errors:
            errors = form.errors[name].as_data()
            form.errors[name].data[:] = [
                ValidationError(gettext(words.missing)) if error.code == "required" else error for error in errors
            ]
    return ""


GO_ON = "after_second_factor"


@register.simple_tag(takes_context=True)
def go_on(context: RequestContext, *, done: bool = False) -> str:
    """Where the person wanted to go before a second factor was asked for; kept until they are `done` adding one."""
    request: HttpRequest = context["request"]
    target = safe_target(request.GET.get("next", ""), request) or request.session.get(GO_ON, "")
    if done:
        request.session.pop(GO_ON, None)
    elif target:
        request.session[GO_ON] = target
    return str(target)


@register.filter
def agreed_text(consent: Consent) -> str:
    """The words somebody agreed to, or what they were about where the words have changed since."""
    text = TEXTS.get(consent.kind)
    if text and text.version == consent.version:
        return str(text)
    return gettext("An earlier text about %(what)s") % {"what": consent.get_kind_display()}


@register.filter
def device_words(user_agent: str) -> str:
    """'Firefox on Windows' for what a browser calls itself; its beginning where that says nothing to us."""
    device = recognise(user_agent)
    if device.browser and device.system:
        return device.words
    return device.browser or device.system or user_agent[:60] or gettext("Unknown browser")


@register.filter
def known_device(user_agent: str) -> str:
    """The same in words of ours only: a mail must not carry what a stranger's browser calls itself."""
    return recognise(user_agent).words


@register.simple_tag(takes_context=True)
def must_have_second_factor(context: RequestContext) -> bool:
    """Whether the person may not do without one on this site."""
    return second_factor.must_have_second_factor(context["user"])
