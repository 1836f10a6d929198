import pytest

from safety.words import read


@pytest.mark.parametrize(
    "typed",
    ["suicide", "SUICIDE", "su1cide", "s u i c i d e", "s.u.i.c.i.d.e", "sui\u200bcide",
     "ѕuісіdе", "ｓｕｉｃｉｄｅ", "s̵u̵i̵c̵i̵d̵e̵", "suiciiiide", "$uicide",
     "sűìcìdë"],
)  # fmt: skip
def test_a_disguised_word_is_the_word(typed):
    assert read(typed).words == ["suicide"]


def test_letters_apart_are_cut_where_the_gap_is_wider():
    assert read("w_a_n_t  t_o  d_i_e").words == ["want", "to", "die"]


def test_places_are_those_of_the_typed_text():
    text = "I can\u2019t \u200bk\u200bill  it"
    reading = read(text)
    places = [reading.place(*place) for place in zip(reading.starts, reading.ends, strict=True)]
    assert [text[start:end] for start, end in places] == ["I", "can\u2019t", "k\u200bill", "it"]


@pytest.mark.parametrize("text", ["", " ", "\u200b", "123 4.5 B12 co-trimoxazole", "日本語", "a" * 50_000, "* " * 999])
def test_ordinary_and_odd_text_stays_what_it_is(text):
    reading = read(text)
    assert len(reading.words) == len(reading.starts) == len(reading.ends)
    assert all(
        0 <= start < end <= len(text)
        for start, end in (reading.place(*place) for place in zip(reading.starts, reading.ends, strict=True))
    )
