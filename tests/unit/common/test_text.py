import pytest

from common.text import clean_line, clean_text, is_blank


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a\r\nb\rc", "a\nb\nc"),
        ("nul\0 bell\x07", "nul bell"),
        ("evil\u202etxt.exe", "eviltxt.exe"),
        ("lone \ud800 surrogate", "lone  surrogate"),
        ("e\u0301", "é"),
        ("👩\u200d⚕️ stays", "👩\u200d⚕️ stays"),
        ("\n\n    indented\n", "indented"),
    ],
)
def test_unwanted_characters_go(typed, kept):
    assert clean_text(typed) == kept


def test_a_line_has_single_spaces():
    assert clean_line("  two \n\t words ") == "two words"


@pytest.mark.parametrize(
    "text", ["", "  ", "\u200b\u200c\u200d", "\u2060\u00ad", "\u3164", "\u2800\n", "\u034f" * 9, "\ufe0f", "\U000e0100"]
)
def test_the_invisible_is_blank(text):
    assert is_blank(text)


@pytest.mark.parametrize("text", ["a", "👍", "\u200bx", "؟", "-"])
def test_the_visible_is_not_blank(text):
    assert not is_blank(text)
