"""Small charts: sound markup, heights that tell the truth, and nothing odd where there is nothing to draw."""

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from moderation import charts

SVG = "{http://www.w3.org/2000/svg}"
FRAME = charts.Frame("visits", "Visits", "How many came.", "10", "last 7 days", ["a", "b"], {0: "1 Nov", 1: "2 Nov"})


def parse(markup):
    """The chart as a tree; it has to be sound XML, also for strict readers."""
    return ElementTree.fromstring(str(markup).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def found(markup, tag, name):
    return [one for one in parse(markup).iter(SVG + tag) if name in one.get("class", "").split()]


def share(text):
    return float(text.removesuffix("%"))


def test_a_chart_has_a_name_and_a_description_to_read_out():
    chart = parse(charts.columns(FRAME, [1, 2], end=10))
    assert chart.get("role") == "img"
    names = {one.get("id"): one.text for one in chart if one.get("id")}
    assert [names[key] for key in chart.get("aria-labelledby").split()] == ["Visits", "How many came."]


def test_heights_are_in_proportion_and_stand_on_zero():
    columns = found(charts.columns(FRAME, [5, 10, 0, 2.5], end=10), "rect", "chart__column")
    heights = [share(one.get("height")) for one in columns]
    assert heights == [charts.HEIGHT / 2, charts.HEIGHT, charts.HEIGHT / 4]
    assert {share(one.get("y")) + share(one.get("height")) for one in columns} == {charts.BASE}


def test_columns_stand_side_by_side_within_the_width():
    columns = found(charts.columns(FRAME, [1] * 28, end=2), "rect", "chart__column")
    ends = [(share(one.get("x")), share(one.get("x")) + share(one.get("width"))) for one in columns]
    assert all(end <= start for (_, end), (start, _) in pairwise(ends))
    assert ends[0][0] > 0
    assert ends[-1][1] < 100


def test_the_newest_columns_stand_out_and_say_what_they_are():
    markup = charts.columns(FRAME, [1] * 10, end=2, new_from=3)
    assert len(found(markup, "rect", "chart__column--new")) == 7
    assert "last 7 days" in "".join(parse(markup).itertext())


@pytest.mark.parametrize("values", [[], [0], [None], [0, 0, 0], [None, 3, None]])
def test_nothing_odd_is_drawn_where_there_is_nothing(values):
    line = [None if value is None else min(value, 1) for value in values]
    for markup in (
        charts.columns(FRAME, values, end=charts.end_of_axis(max((v or 0 for v in values), default=0))),
        charts.shares(FRAME, line, line, places=len(values), label="x"),
        charts.bar(0, 0, 0),
    ):
        parse(markup)
        assert not re.search(r"nan|inf|None|e[-+]\d", str(markup))


def test_words_are_escaped():
    frame = charts.Frame("x", "<b>&", "<i>", "<u>", "<s>", ['"<p>'], {0: "<a>"})
    for markup in (charts.columns(frame, [1], end=2), charts.shares(frame, [1], [1], places=1, label="<em>")):
        texts = set(parse(markup).itertext())
        assert {"<b>&", "<i>", "<u>", "<s>", '"<p>', "<a>"} <= texts
    assert "<em>" in texts


def test_there_are_no_styles_and_no_scripts_in_a_chart():
    markup = str(charts.shares(FRAME, [0.5], [0.5], places=3, label="50%")) + str(charts.bar(1, 2, 3))
    assert not re.search(r"style=|<script|\son\w+=|http", markup)


@pytest.mark.parametrize(
    ("highest", "end"),
    [(0, 2), (1, 2), (2, 2), (2.1, 4), (7, 8), (10, 10), (11, 12), (41, 50), (99, 100), (101, 120), (54_321, 60_000)],
)
def test_an_axis_ends_at_a_round_number_with_a_whole_half(highest, end):
    assert charts.end_of_axis(highest) == end
    assert charts.end_of_axis(highest) % 2 == 0


def test_shares_stand_where_they_belong():
    dots = found(charts.shares(FRAME, [0, 1, None, 0.5], [], places=4, label=""), "circle", "chart__dot")
    assert [share(one.get("cy")) for one in dots] == [charts.BASE, charts.TOP, charts.TOP + charts.HEIGHT / 2]
    assert [share(one.get("cx")) for one in dots] == [12.5, 37.5, 87.5]


def test_a_line_has_a_gap_where_nothing_is_known():
    markup = charts.shares(FRAME, [], [None, 0.5, 1, None, 0], places=5, label="0%")
    lines = [one.get("points") for one in found(markup, "polyline", "chart__line")]
    assert lines == ["30,50 50,0", "90,100"]
    end = found(markup, "circle", "chart__end")[0]
    assert (share(end.get("cx")), share(end.get("cy"))) == (90, charts.BASE)


def test_what_is_not_known_yet_is_hatched_with_a_pattern_of_its_own():
    markup = charts.shares(FRAME, [1, 1, 1], [], places=4, label="")
    unknown = found(markup, "rect", "chart__unknown")[0]
    assert (unknown.get("x"), unknown.get("width")) == ("75%", "25%")
    pattern = next(parse(markup).iter(SVG + "pattern")).get("id")
    assert unknown.get("fill") == f"url(#{pattern})"
    assert pattern.startswith("visits")
    assert not found(charts.shares(FRAME, [1] * 4, [], places=4, label=""), "rect", "chart__unknown")


def test_each_place_can_be_pointed_at_and_each_week_has_a_line():
    markup = charts.columns(FRAME, [1, 2], end=2)
    hints = found(markup, "rect", "chart__hint")
    assert [one.find(SVG + "title").text for one in hints] == ["a", "b"]
    assert [share(one.get("width")) for one in hints] == [50, 50]
    vertical = [one for one in found(markup, "line", "chart__grid") if one.get("x1") == one.get("x2")]
    assert [one.get("x1") for one in vertical] == ["50%"]


def test_words_of_a_line_that_would_not_fit_are_left_out():
    frame = charts.Frame("x", "x", "x", "10", ticks={0: "first", 19: "last"})
    assert "last" not in charts.columns(frame, [1] * 20, end=2)
    assert "first" in charts.columns(frame, [1] * 20, end=2)


def test_a_bar_shows_what_is_late_before_the_rest():
    markup = charts.bar(2, 3, 10)
    late, rest = found(markup, "rect", "bar__late")[0], found(markup, "rect", "bar__rest")[0]
    assert (late.get("width"), rest.get("x"), rest.get("width")) == ("20%", "20%", "30%")
    assert parse(markup).get("aria-hidden") == "true"
