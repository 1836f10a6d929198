import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.markdown import escape_markdown, quote_markdown, render_markdown

REL = 'rel="ugc nofollow noopener noreferrer"'
ALLOWED = {"p", "br", "strong", "em", "ul", "ol", "li", "blockquote", "a", "code", "pre"}
FRAGMENTS = ["<script>", "</p>", "<img src=x onerror=alert(1)>", "[a](javascript:alert(1))", "![x](http://e.org/x.png)",
             "`", "\n\n", "> ", "- ", "1. ", "# ", "**", "_", "<a href='javascript:x'>", "data:text/html,", "&#x6a;",
             "<!--", "-->", "http://e.org", "www.e.org", "[x]: javascript:y", "<http://e.org>", "\ue000",
             "<svg/onload=x>", "    "]  # fmt: skip


class Tags(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


@given(st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=12)), max_size=12).map("".join))
def test_nothing_but_the_safe_subset_comes_out(text):
    for tag, attributes in Tags(render_markdown(text)).found:
        assert tag in ALLOWED
        assert attributes.keys() <= ({"href", "rel"} if tag == "a" else {"start"} if tag == "ol" else set())
        if tag == "a":
            assert re.match(r"https?://|[^:]*$|[^:]*[/?#]", attributes["href"])
            assert f'rel="{attributes["rel"]}"' == REL


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("one\ntwo\n\nthree", "<p>one<br>\ntwo</p>\n<p>three</p>"),
        ("**b** *i* `c`", "<p><strong>b</strong> <em>i</em> <code>c</code></p>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("3. a", '<ol start="3">\n<li>a</li>\n</ol>'),
        ("> quoted", "<blockquote>\n<p>quoted</p>\n</blockquote>"),
        ("# Not a heading", "<p><strong>Not a heading</strong></p>"),
        ("blood <120 and <my doctor> said", "<p>blood &lt;120 and &lt;my doctor&gt; said</p>"),
        ("`<b>`", "<p><code>&lt;b&gt;</code></p>"),
        ("[x](javascript:alert(1))", "<p>x</p>"),
        ("[x](data:text/html;base64,eA==)", "<p>x</p>"),
        ("mail me@example.org", "<p>mail me@example.org</p>"),
        ("see [it](/replies/1/)", f'<p>see <a href="/replies/1/" {REL}>it</a></p>'),
        ("![scan](https://e.org/s.png)", f'<p><a href="https://e.org/s.png" {REL}>scan</a></p>'),
        ("<https://e.org/x>", f'<p><a href="https://e.org/x" {REL}>https://e.org/x</a></p>'),
        ("&#x202e;evil &#1;", "<p>evil </p>"),
        ("https://e.org/x", f'<p><a href="https://e.org/x" {REL}>https://e.org/x</a></p>'),
    ],
)
def test_what_people_type_is_rendered(text, html):
    assert render_markdown(text) == html


@pytest.mark.parametrize(
    "nasty", ["[" * 9_000, "*a " * 3_000, "> " * 400 + "x", "`" * 9_999, "![" * 4_000, "<" * 9_000]
)
def test_hostile_texts_stay_small(nasty):
    assert len(render_markdown(nasty)) < 200_000


@pytest.mark.parametrize("level", [">", "> ", "- ", "1. "])
def test_deep_nesting_is_flattened(level):
    html = render_markdown(level * 2_000 + "x")
    assert len(html) < 1_000
    assert "x" in html


def test_names_in_quotations_are_no_markup():
    assert render_markdown(escape_markdown("x](https://evil.example) *[y]")) == "<p>x](https://evil.example) *[y]</p>"


def test_a_quotation_is_ready_to_answer_below():
    assert quote_markdown("a\n\nb", intro="Ash wrote:") == "> Ash wrote:\n>\n> a\n>\n> b\n\n"
