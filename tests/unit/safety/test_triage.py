"""Against texts written for this purpose (tests/safety); `python -m tests.safety` prints the figures."""

import pytest

from safety.phrases import BadPhrase, Index, read_phrase
from safety.screening import rules_of
from tests.safety.__main__ import figures


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("Is a dry cough usual with a new inhaler?", "green"),
        ("I feel hopeless and can’t cope", "amber"),
        ("I want to die", "red"),
        ("k*ll myself", "red"),
        ("I want to die and I have a plan", "crisis"),
        ("Goodbye everyone", "crisis"),
        ("I took an overdose", "crisis"),
        ("What is suicide gene therapy?", "green"),
        ("GP notes say denies suicidal ideation", "green"),
        ("I have a plan for the garden", "green"),
    ],
)
def test_levels(text, level):
    assert rules_of().triage(text).level == level


@pytest.mark.parametrize(
    ("text", "is_emergency"),
    [
        ("chest pain going down my left arm and sweating", True),
        ("MY BABY ISNT BREATHING", True),
        ("his face is drooping and his speech is slurred", True),
        ("My throat is closing", True),
        ("I can’t breathe through my nose at night", False),
        ("Stiff neck from a new pillow, no fever", False),
    ],
)
def test_emergencies(text, is_emergency):
    assert rules_of().triage(text).is_emergency is is_emergency


def test_a_finding_says_where_and_by_which_rule_but_not_what():
    text = "Hello. I want to die."
    (finding,) = [one for one in rules_of().triage(text).findings if one.kind == "red"][:1]
    assert text[finding.start : finding.end] == "want to die"
    assert finding.rule.startswith("red-")
    assert "die" not in repr(finding)


def test_the_labelled_texts():
    """Floors a little below what is reached, so that a change for the worse is seen."""
    reached = figures()
    assert reached["red or crisis found"] >= 0.92
    assert reached["emergencies found"] >= 0.8
    assert reached["false alarms in medical texts"] <= 0.05


@pytest.mark.parametrize(
    "phrase", ["", "?", "~3 die", "die ~3", "die?", "a*", "ab* cd", "die ~99 now", "(a|b", "a||b", "x " * 20, "ki.l"]
)
def test_a_phrase_that_cannot_be_read_is_refused(phrase):
    with pytest.raises(BadPhrase):
        read_phrase(phrase)


def test_a_text_made_to_be_slow_is_read_all_the_same():
    index = Index.of([("red-1", "aaa ~10 aaa ~10 bbb")])
    assert index.find([]) == []
    assert index.find(["aaa"] * 3000) == []
