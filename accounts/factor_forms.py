"""The forms of second factors, with our own limit of wrong codes and without a crash on odd passkey answers."""

from typing import Any

from allauth.mfa.base import forms as base
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import sign_in_limits

TOO_MANY = _("Too many wrong codes. Wait some minutes, or use a passkey if you have one.")
NO_PASSKEY = _("That did not work. Try your passkey once more.")
LONGEST_ANSWER = 20_000  # characters; a passkey's answer has about 2,000


class CountedCode(forms.Form):
    """Counts the tries of this account, from wherever they come; a right code starts anew."""

    user: Any

    def clean_code(self) -> str:
        key = sign_in_limits.code_key(self.user.pk)
        if not sign_in_limits.spend_try(key):
            raise ValidationError(TOO_MANY, code="too_many")
        code: str = super().clean_code()  # type: ignore[misc]  # of the form it is mixed into
        sign_in_limits.forgive_keys(key)
        return code


class AuthenticateForm(CountedCode, base.AuthenticateForm):
    pass


class ReauthenticateForm(CountedCode, base.ReauthenticateForm):
    pass


class PasskeyAnswer(forms.JSONField):
    """What a browser says for a passkey. Whatever is not even JSON of a sane size is a wrong answer."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and len(value) > LONGEST_ANSWER:
            raise ValidationError(NO_PASSKEY)
        try:
            return super().to_python(value)
        except (RecursionError, ValueError) as error:
            raise ValidationError(NO_PASSKEY) from error


class CheckedAnswer(forms.Form):
    """The package takes the answer apart as if our own script had made it; anybody can send another one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"] = PasskeyAnswer(widget=forms.HiddenInput)

    def clean_credential(self) -> Any:
        if not isinstance(self.cleaned_data["credential"], dict):
            raise ValidationError(NO_PASSKEY)
        parent = getattr(super(), "clean_credential", None)
        return _checked(parent) if parent else self.cleaned_data["credential"]

    def clean(self) -> Any:
        return _checked(super().clean)


def _checked(call: Any) -> Any:
    try:
        return call()
    except ValidationError:
        raise
    except Exception as error:  # the decoder raises whatever an odd answer makes it raise
        raise ValidationError(NO_PASSKEY) from error


class AddPasskeyForm(CheckedAnswer, webauthn.AddWebAuthnForm):
    pass


class AuthenticatePasskeyForm(CheckedAnswer, webauthn.AuthenticateWebAuthnForm):
    pass


class LoginPasskeyForm(CheckedAnswer, webauthn.LoginWebAuthnForm):
    pass


class ReauthenticatePasskeyForm(CheckedAnswer, webauthn.ReauthenticateWebAuthnForm):
    pass
