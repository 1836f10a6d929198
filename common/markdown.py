"""Markdown to safe HTML: paragraphs, emphasis, lists, quotes, links and code, nothing else."""

import re
from html import unescape

import cmarkgfm
import nh3
from cmarkgfm.cmark import Options
from django.utils.translation import gettext

from common.text import UNWANTED, clean_text

LINK_REL = "ugc nofollow noopener noreferrer"
# Stands for a typed "<" while Markdown is read, so that "<my doctor>" stays text and is not lost as
# an unknown tag. clean_text() has removed it from what people type.
LESS_THAN = "\ue000"
IMAGE = re.compile(r'<img src="([^"]*)" alt="([^"]*)"[^>]*/>')
DEAD_LINK = re.compile(r'<a rel="[^"]*">(.*?)</a>', re.DOTALL)
# More than eight levels of quotes or lists in one line: nobody reads them, and rendering them is slow.
LEVEL = r"(?:[ \t]*(?:>|[-+*][ \t]|\d{1,9}[.)][ \t]))"
DEEP = re.compile(rf"^({LEVEL}{{8}}){LEVEL}+", re.MULTILINE)
NOT_A_LINK = re.compile(r"<(?!https?://[^\s<>]*>)")
HEADING = re.compile(r"<(/?)h[1-6]>")
HEADING_AS = {"": "<p><strong>", "/": "</strong></p>"}

cleaner = nh3.Cleaner(
    tags={"p", "br", "strong", "em", "ul", "ol", "li", "blockquote", "a", "code", "pre"},
    attributes={"a": {"href"}, "ol": {"start"}},
    url_schemes={"http", "https"},
    link_rel=LINK_REL,
)


def render_markdown(text: str) -> str:
    """The HTML that is stored and shown. Raw HTML in `text` is shown as typed; pictures become links."""
    text = NOT_A_LINK.sub(LESS_THAN, DEEP.sub(r"\1", clean_text(text)))
    html = cmarkgfm.markdown_to_html_with_extensions(
        text,
        options=Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_HARDBREAKS,
        extensions=["autolink"],
    )
    html = IMAGE.sub(lambda match: f'<a href="{match[1]}">{match[2] or gettext("picture")}</a>', html)
    html = html.replace("%EE%80%80", "%3C").replace(LESS_THAN, "&lt;")
    html = UNWANTED.sub("", html)  # what came in as &#x202e;
    html = HEADING.sub(lambda match: HEADING_AS[match[1]], html)
    return DEAD_LINK.sub(r"\1", cleaner.clean(html)).strip()


# Only for HTML that render_markdown() made: every other "<" is escaped there.
LINE_END = re.compile(r"<br>\n?|</(?:p|li|pre|blockquote)>\n?")
TAG = re.compile(r'<(?:[^<>"]|"[^"]*")*>')


def plain_text(html: str) -> str:
    """The whole text of HTML made here, without markup, with a line for every paragraph and list item."""
    text = unescape(TAG.sub("", LINE_END.sub("\n", html)))
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def escape_markdown(text: str) -> str:
    """`text` so that Markdown shows it as it is, for names inside a text."""
    return re.sub(r"([\\`*_\[\]()<>#~!|:]|(?<=www)\.)", r"\\\1", text)


def quote_markdown(text: str, *, intro: str) -> str:
    """`text` as a Markdown quotation that starts with the line `intro`, ready to answer below it."""
    lines = [intro, "", *clean_text(text).split("\n")]
    return "\n".join(f"> {line}".rstrip() for line in lines) + "\n\n"
