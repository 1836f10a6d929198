import pytest

from forum.titles import title_hints


@pytest.mark.parametrize(
    ("title", "hint"),
    [
        ("Please help me", "Say what it is about"),
        ("URGENT question, worried", "Say what it is about"),
        ("Headache", "Say what it is about"),
        ("IS THIS RASH SOMETHING TO WORRY ABOUT", "Small letters"),
        ("Is this rash dangerous??", "One question mark"),
    ],
)
def test_a_title_that_could_say_more_gets_a_hint(title, hint):
    assert any(str(one).startswith(hint) for one in title_hints(title))


@pytest.mark.parametrize(
    "title", ["", "?", "How long does tiredness last after radiotherapy?", "Is COPD the same as asthma?"]
)
def test_good_titles_get_none(title):
    assert title_hints(title) == []
