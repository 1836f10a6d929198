"""Which passwords are refused: too short or long, and those made of what anybody would try first."""

import re
import unicodedata
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import PASSWORD_ALONE, User
from accounts.second_factor import has_second_factor


class LengthValidator:
    """NIST SP 800-63B-4: 15 characters where the password is the only factor, 8 beside a second one."""

    def __init__(self, with_second_factor: int, at_most: int) -> None:
        self.with_second_factor, self.at_most = with_second_factor, at_most

    def validate(self, password: str, user: Any = None) -> None:
        least = PASSWORD_ALONE
        if isinstance(user, User) and user.pk and has_second_factor(user):
            least = self.with_second_factor
        length = len(unicodedata.normalize("NFC", password))
        if length < least:
            raise ValidationError(
                _("Use at least %(least)s characters. Three or four words are easy to remember.") % {"least": least}
            )
        if length > self.at_most:
            raise ValidationError(_("Use at most %(most)s characters.") % {"most": self.at_most})

    def get_help_text(self) -> str:
        return _("At least %(least)s characters. Three or four words are easy to remember.") % {"least": PASSWORD_ALONE}


SEQUENCES = "01234567890123456789 abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz qwertyuiopasdfghjklzxcvbnm"
COMMON_WORDS = ("password", "passwort", "letmein", "welcome", "health", "healthforum", "forum", "doctor", "iloveyou")


class GuessableValidator:
    """Refuses the whole password when it is one word anybody would try, however often repeated or numbered."""

    def validate(self, password: str, user: Any = None) -> None:
        whole = unicodedata.normalize("NFKC", password).casefold()
        letters = re.sub(r"[\W\d_]+", "", whole)
        if len(set(whole)) < 4 or whole in SEQUENCES or whole[::-1] in SEQUENCES:
            raise ValidationError(_("Use a password that is not just a row of keys or the same few characters."))
        for word in self._words(user):
            if letters and letters == word * max(1, len(letters) // len(word)):
                raise ValidationError(
                    _("Use a password that is more than a common word, your name or this site's name.")
                )

    def get_help_text(self) -> str:
        return _("More than a common word, your name or the name of this site.")

    @staticmethod
    def _words(user: Any) -> set[str]:
        words = {*COMMON_WORDS, settings.SITE_NAME, urlsplit(settings.SITE_URL).hostname or ""}
        if isinstance(user, User):
            words |= {user.username, user.display_name, user.email, user.email.partition("@")[0]}
        return {letters for word in words if (letters := re.sub(r"[\W\d_]+", "", word.casefold()))}
