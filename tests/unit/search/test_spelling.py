import pytest

from search.models import SearchWord
from search.queries import parse
from search.spelling import corrections, slips
from search.synonyms import Thesaurus

WORDS = {
    "pain": 90,
    "paint": 2,
    "pressure": 50,
    "presure": 2,
    "letrozole": 9,
    "diarrhoea": 30,
    "joint": 40,
    "good": 99,
    "ibuprofen": 8,
}


@pytest.fixture
def vocabulary(db):
    SearchWord.objects.all().delete()
    SearchWord.objects.bulk_create(SearchWord(word=word, count=count) for word, count in WORDS.items())


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("joint pian", {"pian": "pain"}),  # two letters the wrong way round
        ("blood presure", {"presure": "pressure"}),  # others write it so too, but far fewer
        ("letrazole", {"letrazole": "letrozole"}),
        ("ibuprofin", {"ibuprofin": "ibuprofen"}),
        ("diarrea", {"diarrea": "diarrhoea"}),  # two slips in a long word
        ("joint pain", {}),
        ("gord cure", {}),  # a word of the synonyms
        ("xyz qwertyuiop", {}),
        ('"pian"', {}),  # in quotes it is meant so
        ("piàn 12345", {"pian": "pain"}),
    ],
)
def test_misspelt_words_are_held_against_those_of_the_site(vocabulary, typed, meant):
    assert corrections(parse(typed), Thesaurus({"gord": ("acid reflux",)})) == meant


@pytest.mark.parametrize(
    ("one", "other", "count"), [("pain", "pain", 0), ("pian", "pain", 1), ("pan", "pain", 1), ("kitten", "sitting", 3)]
)
def test_slips(one, other, count):
    assert slips(one, other) == count
