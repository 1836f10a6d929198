import pytest

from safety.words import words_of


@pytest.mark.parametrize(
    "typed",
    ["suicide", "SUICIDE", "su1cide", "s u i c i d e", "s.u.i.c.i.d.e", "sui\u200bcide",
     "ѕuісіdе", "ｓｕｉｃｉｄｅ", "s̵u̵i̵c̵i̵d̵e̵", "suiciiiide", "$uicide",
     "sűìcìdë"],
)  # fmt: skip
def test_a_disguised_word_is_the_word(typed):
    assert [word.text for word in words_of(typed)] == ["suicide"]


def test_letters_apart_are_cut_where_the_gap_is_wider():
    assert [word.text for word in words_of("w_a_n_t  t_o  d_i_e")] == ["want", "to", "die"]


def test_places_are_those_of_the_typed_text():
    text = "I can\u2019t \u200bk\u200bill  it"
    assert [text[word.start : word.end] for word in words_of(text)] == ["I", "can\u2019t", "k\u200bill", "it"]


@pytest.mark.parametrize("text", ["", " ", "\u200b", "123 4.5 B12 co-trimoxazole", "日本語", "a" * 50_000, "* " * 999])
def test_ordinary_and_odd_text_stays_what_it_is(text):
    assert all(word.start < word.end <= len(text) for word in words_of(text))
