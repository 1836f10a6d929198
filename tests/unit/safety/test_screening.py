"""From texts to findings; the labelled texts are in tests/safety, and `python -m tests.safety` prints the figures."""

import dataclasses

import pytest

from safety.findings import KINDS
from safety.phrases import BadPhrase
from safety.screening import compile_rules, read_rules, rule_id, rules_of
from tests.safety.__main__ import figures


def screen(text):
    return rules_of().screen(text)


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("Is a dry cough usual with a new inhaler?", "green"),
        ("I feel hopeless and can’t cope", "amber"),
        ("I want to die", "red"),
        ("suicide", "red"),
        ("suicidal", "red"),
        ("having thoughts of su*cide", "red"),
        ("I want to kіll mуself", "red"),
        ("I want to ki\u200bll mys\u200belf", "red"),
        ("i w a n t  t o  d i e", "red"),
        ("My brother told me last night that he wants to die", "red"),
        ("I want to die and I have a plan", "crisis"),
        ("I have written the letters and I am going to kill myself tonight", "crisis"),
        ("I took an overdose an hour ago and told no one", "crisis"),
        ("What is suicide gene therapy?", "green"),
        ("GP notes say denies suicidal ideation", "green"),
        ("I have a plan for the garden", "green"),
    ],
)
def test_levels(text, level):
    assert screen(text).level == rules_of().triage(text).level == level


@pytest.mark.parametrize(
    ("text", "is_emergency"),
    [
        ("chest pain going down my left arm and sweating", True),
        ("MY BABY ISNT BREATHING", True),
        ("his face is drooping and his speech is slurred", True),
        ("My throat is closing", True),
        ("I can’t breathe through my nose at night", False),
        ("Stiff neck from a new pillow, no fever", False),
        ("Bell’s palsy two years ago, my face drooped and it is mostly back", False),
    ],
)
def test_emergencies(text, is_emergency):
    assert screen(text).is_emergency is is_emergency


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Has anyone got spare diazepam they could sell me? DM me", "is_sourcing"),
        ("Selling tramadol, no prescription needed, message me on telegram", "is_sourcing"),
        ("Just double your metformin for a few days, ignore your doctor", "is_dosing"),
        ("You should stop your warfarin and take garlic instead", "is_dosing"),
        ("Lost 10kg with this miracle tea! Use my code SLIM20, order now https://tea.example.com", "is_spam"),
        ("Buy https://a.example.com https://a.example.com https://a.example.com", "is_spam"),
    ],
)
def test_medicines_and_spam(text, kind):
    assert getattr(screen(text), kind)


@pytest.mark.parametrize(
    "text",
    [
        "My GP doubled my levothyroxine from 50 to 100 in January and I feel brilliant.",
        "Should I stop my warfarin before a tooth out or does the dentist decide?",
        "Where can I buy a blood pressure monitor?",
        "The guideline is at https://www.nice.org.uk/guidance and says to start low.",
    ],
)
def test_asking_and_telling_is_no_dosing_sourcing_or_spam(text):
    found = screen(text)
    assert (found.is_dosing, found.is_sourcing, found.is_spam) == (False, False, False)


def test_one_sentence_in_a_long_story_is_found_where_it_stands():
    story = "I have had eczema on my hands for years. The cream helps a little in summer. " * 12
    said = "Most nights I lie there and wish I was dead."
    text = story + said + " " + story
    found = screen(text)
    assert found.level in ("red", "crisis")
    begins = text.index(said)
    assert all(begins <= one.start and one.end <= begins + len(said) for one in found.findings if one.kind == "red")


def test_a_finding_says_where_and_by_which_rule_but_not_what():
    text = "Hello. I want to die."
    found = [one for one in screen(text).findings if one.kind == "red"]
    assert "want to die" in {text[one.start : one.end] for one in found}
    assert all(one.rule.startswith(("red-", "model-red")) for one in found)
    assert "die" not in repr(found)


def test_places_are_those_of_the_typed_text_behind_letters_that_cannot_be_seen():
    text = "\u200b\u200b“So” — ring 077\u200b00 9001\u200b23, I want to d\u200bie"
    phone = next(one for one in screen(text).findings if one.kind == "phone")
    assert text[phone.start : phone.end] == "077\u200b00 9001\u200b23"
    assert "want to d\u200bie" in {text[one.start : one.end] for one in screen(text).findings}


def test_findings_are_in_order_of_place_and_rules_are_told_once():
    found = screen("I want to die, want to die. Ring 07700 900123 or 07700 900124.")
    places = [one.start for one in found.findings]
    assert places == sorted(places)
    assert list(found.rules) == sorted(set(found.rules))
    assert [one.kind for one in found.identifiers] == ["phone", "phone"]


def test_links_are_counted_with_and_without_http():
    assert screen("https://a.example.com/x www.b.example.org and cc.example.com but not e.g. 4.2 or B12.").links == 3
    assert screen("Take it with food. Nothing else helps.").links == 0


def test_the_labelled_texts():
    """The texts that the model learnt from: floors of what has to be kept, not a measure of what it does on others."""
    reached = figures()
    assert reached["red or crisis found"] >= 0.95
    assert reached["emergencies found"] >= 0.9
    assert reached["identifiers found"] >= 0.9
    assert reached["sourcing found"] >= 0.9
    assert reached["dosing found"] >= 0.9
    assert reached["spam found"] >= 0.9
    assert reached["false alarms of distress or emergency"] <= 0.05
    assert reached["false alarms of identifiers"] <= 0.05
    assert reached["false alarms of medicine or spam"] <= 0.05


def test_ids_of_rules_do_not_depend_on_their_place_in_the_file():
    before = read_rules("[red]\nwant to die\n? kill myself\n")
    after = read_rules("[amber]\nhopeless\n[red]\nnew phrase\n? kill myself\n\nwant to  die\n")
    assert {rule.rule for rule in before} < {rule.rule for rule in after}
    assert before[0].rule == rule_id("red", "Want to die")
    assert [rule.is_doubtful for rule in before] == [False, True]


def test_no_two_rules_that_come_with_the_site_share_an_id():
    rules = rules_of().rules
    assert len({rule.phrase for rule in rules.values()}) == len(
        {" ".join(rule.phrase.split()) for rule in rules.values()}
    )
    assert {rule.kind for rule in rules.values()} <= set(KINDS)


def test_staff_add_a_rule_and_its_id_is_in_the_finding():
    text = "Can I wash the purple teapot by hand, or is the dishwasher fine?"
    assert screen(text).findings == ()
    for kind in KINDS:
        rules = compile_rules("en", [("staff-7", kind, "purple teapot")], [])
        found = rules.screen(text)
        assert [(one.kind, one.rule) for one in found.findings] == ([] if kind == "calm" else [(kind, "staff-7")])
        assert rules.version != rules_of().version == found.version[:0] + rules_of().version


def test_a_calm_phrase_takes_back_what_it_overlaps():
    text = "the purple teapot disease"
    red, calm = ("staff-1", "red", "teapot disease"), ("staff-2", "calm", "purple teapot")
    assert compile_rules("en", [red], []).screen(text).level == "red"
    assert compile_rules("en", [red, calm], []).screen(text).level == "green"


def test_staff_switch_off_phrases_the_model_and_identifiers():
    text = "I want to die. Ring me on 07700 900123."
    every = screen(text)
    assert "identifier-phone" in every.rules
    assert compile_rules("en", [], every.rules).screen(text).findings == ()
    assert compile_rules("en", [], every.rules).version != rules_of().version


def test_the_same_rules_have_the_same_version():
    added = [("a", "red", "purple teapot")]
    assert compile_rules("en", added, ["x"]).version == compile_rules("en", added, ["x"]).version
    assert compile_rules("en", [], []).version == rules_of().version


@pytest.mark.parametrize(
    ("kind", "phrase", "said"),
    [
        ("red", "(a+)+$", "not a regular expression"),
        ("red", "", "1 to 14 words"),
        ("red", "a " * 500, "400 characters"),
        ("purple", "teapot", "not a kind of rule"),
    ],
)
def test_a_rule_that_cannot_be_read_is_refused_in_a_sentence(kind, phrase, said):
    with pytest.raises(BadPhrase, match=said):
        compile_rules("en", [("staff-1", kind, phrase)], [])


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "\n\n", "\u200b", "日本語 だけ", "🙂" * 300, "a" * 50_000, "* " * 999, "1" * 5000,
        # What would take minutes if the time grew with the square of the length.
        "1-" * 20_000, "Mr " * 20_000, "a " * 20_000, "A1-" * 20_000, "suicide gene " * 3000, "a.a" * 15_000 + "@",
    ],
)  # fmt: skip
def test_odd_texts_are_read(text):
    found = screen(text)
    assert all(0 <= one.start < one.end <= len(text) for one in found.findings)


def test_findings_cannot_be_changed():
    (one, *_) = screen("I want to die").findings
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.kind = "green"


def test_what_a_calm_phrase_says_is_nothing_to_the_model_either():
    text = "I keep thinking that I wish I was dead."
    assert "model-red" in screen(text).rules
    calmed = compile_rules("en", [("staff-1", "calm", "thinking that i wish i was dead")], [])
    assert calmed.screen(text).level == "green"


def test_a_search_of_a_few_words_needs_no_more_than_a_doubtful_phrase():
    assert rules_of().triage("self-harm scars").level == "amber"
    assert rules_of().triage("die of curiosity hypertension").level == "green"
