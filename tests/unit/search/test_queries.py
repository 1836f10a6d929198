import pytest
from django.db import connection

from search.queries import parse, to_sql
from search.rules import fold, read_rule
from search.synonyms import Thesaurus, compile_rules

WORDS = compile_rules(
    read_rule(rule)
    for rule in [
        "femara = letrozole",
        "heart attack = myocardial infarction",
        "trastuzumab deruxtecan = enhertu",
        "herceptin = trastuzumab",
        "lump > mass",
        "tumour = tumor",
        "tumor = growth",
    ]
)


def shape(text: str, thesaurus: Thesaurus | None = None):
    return [
        (["!"] if clause.is_negated else []) + [part.text for part in clause.parts]
        for clause in parse(text, thesaurus).clauses
    ]


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("tired legs", [["tired"], ["legs"]]),
        ('"restless legs" night', [["restless legs"], ["night"]]),
        ("heart -stroke", [["heart"], ["!", "stroke"]]),
        ('heart -"mini stroke"', [["heart"], ["!", "mini stroke"]]),
        ("asthma or copd", [["asthma", "copd"]]),
        ("asthma OR copd inhaler", [["asthma", "copd"], ["inhaler"]]),
        ("or", [["or"]]),
        ("or asthma", [["or"], ["asthma"]]),
        ("asthma or", [["asthma"], ["or"]]),
        ('"never closed', [["never closed"]]),
        ("Crohn’s pre-eclampsia café", [["crohns"], ["pre eclampsia"], ["cafe"]]),
        ("- -- --- ! & | ( ) <-> :*", []),
        ("", []),
    ],
)
def test_queries_are_read_as_people_mean_them(text, clauses):
    assert shape(text) == clauses


def test_a_query_of_ten_thousand_letters_is_cut():
    query = parse("word " * 2000)
    assert query.was_cut
    assert len(query.clauses) <= 12


@pytest.mark.parametrize(
    ("text", "also"),
    [
        ("femara", ["letrozole"]),
        ("Femara pain", ["letrozole"]),
        ("heart attacks", ["myocardial infarction"]),
        ("heart", []),
        ("trastuzumab deruxtecan", ["enhertu"]),
        ("trastuzumab", ["herceptin"]),
        ("lump", ["mass"]),
        ("mass", []),
        ("growth", ["tumor", "tumour"]),
        ('"femara"', []),
        ("-femara pain", []),
    ],
)
def test_synonyms(text, also):
    """The longest phrase wins and its parts are left alone; groups that share a word join; > goes one way."""
    assert parse(text, WORDS).also == also


@pytest.mark.parametrize("rule", ["femara", "a = ", "a > b > c", "a = b > c", "a = A", "= b", "!! = ??"])
def test_a_rule_that_says_nothing_is_refused(rule):
    with pytest.raises(ValueError, match=r"Write|Name"):
        read_rule(rule)


def test_words_are_compared_without_what_people_leave_out():
    assert fold("Lou Gehrig’s  CO-careldopa Sjögren") == "lou gehrigs co careldopa sjogren"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text",
    [
        "'; DROP TABLE forum_thread; --", "a & b | !c", "a:* <-> b", "\\", "'''", '"" ""', "((((", "%s %(x)s {0}",
        "\ue000\ue001", "🤒 fever", "日本語 頭痛", "a" * 3000, "-a -b -c", 'or or or "or"', "<script>", "the the the",
    ],
)  # fmt: skip
def test_postgresql_accepts_whatever_was_typed(text):
    sql, params = to_sql(parse(text, WORDS))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT numnode({sql})", params)
        assert cursor.fetchone()[0] >= 0
