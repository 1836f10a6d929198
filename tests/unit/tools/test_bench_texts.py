"""The texts of the benchmark's site: of the lengths and of the form that people write."""

import random
from collections import Counter

import pytest

from common.markdown import render_markdown
from tools.bench.plan import Size, is_prime
from tools.bench.texts import QUESTION_SENTENCES, REPLY_SENTENCES, Forum, Writer, stored
from tools.bench.vocabulary import FORMS, TOPICS, lists, topical_words, vocabulary

FORUMS = [Forum("breast-cancer", TOPICS.index("cancer")), Forum("stroke", TOPICS.index("heart"))]


@pytest.fixture(scope="module")
def writer():
    return Writer(FORUMS, seed=1)


def words(text):
    return len(text.split())


def test_the_vocabulary_has_its_size_and_mostly_words_of_every_day_first():
    assert len(vocabulary()) == len(set(vocabulary())) == FORMS
    assert vocabulary()[:3] == ["the", "i", "to"]
    written = {word for group in lists().values() for word in group}
    assert len(written) >= 1_500


@pytest.mark.parametrize(("sentences", "least", "most"), [(REPLY_SENTENCES, 20, 150), (QUESTION_SENTENCES, 30, 200)])
def test_texts_have_the_length_of_real_ones(writer, sentences, least, most):
    chance = random.Random(1)
    for count in sentences:
        for _ in range(20):
            assert least <= words(" ".join(writer.paragraphs(chance, 0, count))) <= most


def test_titles_have_four_to_fourteen_words(writer):
    chance = random.Random(1)
    titles = [writer.title(chance, 0) for _ in range(300)]
    assert {min(map(words, titles)), max(map(words, titles))} <= set(range(4, 15))
    assert max(map(len, titles)) <= 200


def test_the_html_is_what_the_site_would_store(writer):
    chance = random.Random(2)
    for count in (2, 5, 11):
        text, html = stored(writer.paragraphs(chance, 1, count)).split("\t")
        assert html.replace(r"\n", "\n") == render_markdown(text.replace(r"\n", "\n"))


def test_each_forum_speaks_mostly_of_its_own_topic(writer):
    chance = random.Random(3)
    own = {0: set(lists()["cancer"]), 1: set(lists()["heart"])}
    for forum in own:
        text = " ".join(writer.sentences(chance, forum, 10) for _ in range(50)).lower()
        found = Counter(word.strip(".,?!") for word in text.split())
        here, there = (sum(found[word] for word in own[place] - own[1 - place]) for place in (forum, 1 - forum))
        assert here > 3 * there > 0


def test_the_same_seed_gives_the_same_texts_and_another_one_others(writer):
    text = writer.paragraphs(random.Random(4), 0, 9)
    assert Writer(FORUMS, seed=1).paragraphs(random.Random(4), 0, 9) == text
    assert Writer(FORUMS, seed=2).paragraphs(random.Random(4), 0, 9) != text


def test_forums_of_one_topic_have_different_favourite_words():
    assert topical_words("mind", "sleep").ranked[:20] != topical_words("mind", "depression-mood").ranked[:20]


@pytest.mark.parametrize(("replies", "longest"), [(3_000, [300]), (100_000, [5_000]), (1_000_000, [5_000, 100_000])])
def test_a_site_has_its_long_threads_and_a_prime_number_of_people(replies, longest):
    size = Size.of(replies, 1)
    assert sorted(size.longest.values()) == longest
    assert is_prime(size.people)
    assert size.people >= max(200, replies // 50)
    assert size.professionals < size.people / 4
