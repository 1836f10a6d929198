import pytest

from safety.phrases import GAPS, LONGEST, BadPhrase, Element, Index, read_phrase


@pytest.mark.parametrize(
    "phrase",
    [
        "", "?", "~3 die", "die ~3", "die?", "a*", "ab* cd", "die ~99 now", "die ~0 now", "(a|b", "a||b", "x " * 20,
        "ki.l",
        "(a+)+$", "^a$", "[ab]", "a{3}", "a\\b", "a ~10 b ~10 c ~10 d", "y" * 500,
    ],
)  # fmt: skip
def test_a_phrase_that_cannot_be_read_is_refused(phrase):
    with pytest.raises(BadPhrase):
        read_phrase(phrase)


@pytest.mark.parametrize(
    ("phrase", "text", "place"),
    [
        ("kill|end my|your self", "i kill my self", (1, 3)),
        ("want to? die", "want die", (0, 1)),
        ("want to? die", "want to die", (0, 2)),
        ("want ~2 die", "want so much die", (0, 3)),
        ("want ~2 die", "want so very much die", None),
        ("suicid* note", "suicidal note", (0, 1)),
        ("a ~2 b ~2 c", "a x b x x c", (0, 5)),
        ("a ~3 b", "a b b", (0, 1)),
    ],
)
def test_where_a_phrase_stands(phrase, text, place):
    found = Index.of([("rule", phrase)]).find(text.split())
    assert [(match.first, match.last) for match in found] == ([place] if place else [])


def test_words_with_asterisks_are_those_of_phrases():
    index = Index.of([("red-1", "kill myself"), ("red-2", "suicid*")])
    assert index.unmasked(["k*ll", "m*self", "su*cidal", "n*ne"]) == ["kill", "myself", "suicidal", "n*ne"]


@pytest.mark.parametrize("phrase", ["aaa ~10 aaa ~10 bbb", "aaa ~8 aaa? ~8 aaa? ~8 bbb", "aaa " + "aaa? " * 12 + "bbb"])
def test_the_work_for_a_text_grows_with_its_words_and_with_nothing_else(monkeypatch, phrase):
    """Counted in comparisons of a word with an element, for a text in which a phrase nearly stands everywhere."""
    steps = 0
    fits = Element.fits

    def counted(self, word):
        nonlocal steps
        steps += 1
        return fits(self, word)

    monkeypatch.setattr(Element, "fits", counted)
    index = Index.of([("red-1", phrase)])
    for words in (500, 2000):
        steps = 0
        assert index.find(["aaa"] * words) == []
        assert steps <= words * LONGEST * (1 + GAPS + LONGEST)
        assert steps <= words * 200
