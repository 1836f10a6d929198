"""Text size and theme, kept in one first-party cookie that says nothing else about the reader."""

from dataclasses import dataclass, replace
from typing import Self

from django.http import HttpRequest, HttpResponse

COOKIE = "reading"
COOKIE_AGE = 365 * 24 * 3600
TEXT_SIZES = ("normal", "large", "largest")
THEMES = ("system", "light", "dark")


@dataclass(frozen=True)
class ReadingSettings:
    """How a reader wants pages to look; the first of each list unless chosen."""

    text_size: str = TEXT_SIZES[0]
    theme: str = THEMES[0]
    has_shortcuts: bool = True  # single keys that go from reply to reply; kept on the device alone

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        """Those kept with the reader's account, else in the request's cookie; what is not one of ours is ignored."""
        in_cookie = cls.in_cookie(request.COOKIES.get(COOKIE, ""))
        user = getattr(request, "user", None)
        if user is None or not user.is_authenticated:
            return in_cookie
        return in_cookie.changed(text_size=user.text_size, theme=user.theme)

    @classmethod
    def in_cookie(cls, value: str) -> Self:
        """Those that a cookie says."""
        size, theme, shortcuts, *_ = [*value.split("."), "", "", ""]
        return cls(has_shortcuts=shortcuts != "off").changed(text_size=size, theme=theme)

    def changed(self, *, text_size: str | None = None, theme: str | None = None) -> Self:
        """A copy with the given choices, where they exist."""
        return replace(
            self,
            text_size=text_size if text_size in TEXT_SIZES else self.text_size,
            theme=theme if theme in THEMES else self.theme,
        )

    def keep(self, response: HttpResponse, *, secure: bool) -> None:
        """Write the cookie. Scripts may read it: it decides only how the page looks."""
        value = f"{self.text_size}.{self.theme}" + ("" if self.has_shortcuts else ".off")
        response.set_cookie(COOKIE, value, max_age=COOKIE_AGE, samesite="Lax", secure=secure)

    @property
    def css_class(self) -> str:
        return f"text-{self.text_size} theme-{self.theme}"
