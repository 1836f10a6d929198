"""What the pages of the forum say about themselves to machines."""

from django.urls import reverse
from django.utils.translation import gettext as _

from common.markdown import plain_text
from common.metadata import JsonLd, Metadata, breadcrumb
from common.pagination import Page, last_page, page_address
from common.text import shorten
from forum import structured_data
from forum.filters import ReplyFilter
from forum.models import Forum, Thread

DESCRIPTION_LENGTH = 155
HELPFUL = next(iter(ReplyFilter.LABELS))  # the default order of replies


def of_home() -> Metadata:
    return Metadata(
        reverse("forum:home"),
        title=_("Health questions answered by medical professionals"),
        description=_("Verified medical professionals and people who have been through it answer in plain words."),
        feed=reverse("forum:feed"),
    )


def of_forum(forum: Forum, page: Page, *, is_filtered: bool) -> Metadata:
    """The same page in the default order; a filtered list has other pages, so it stands for the whole one."""
    path = forum.get_absolute_url()
    address = path if is_filtered else page_address(path, page.number)
    if not forum.is_indexable:
        return Metadata(address)
    feed = reverse("forum:forum_feed", args=[forum.slug])
    return Metadata(address, forum.name, forum.description, feed=feed, data=(_way_to(forum),))


def of_thread(thread: Thread, page: Page, *, sort: str) -> Metadata:
    """The same page in the default order. What is kept out of search engines says nothing of itself elsewhere."""
    path = thread.get_absolute_url()
    # The time orders keep the places of removed replies, so they may have a page more.
    address = page_address(path, min(page.number, last_page(thread.reply_count)))
    if not thread.is_indexable:
        return Metadata(address)
    data = [_way_to(thread.forum, (thread.title, path))]
    if page.number == 1 and sort == HELPFUL:
        data.append(structured_data.of_thread(thread, page.rows))
    return Metadata(
        address,
        title=thread.title,
        description=shorten(plain_text(thread.body_html), DESCRIPTION_LENGTH),
        kind="article",
        feed=reverse("forum:thread_feed", args=[thread.pk]),
        data=tuple(data),
    )


def _way_to(forum: Forum, *further: tuple[str, str]) -> JsonLd:
    home = reverse("forum:home")
    category = (forum.category.name, reverse("forum:home", fragment=f"category-{forum.category.slug}"))
    return breadcrumb((_("Home"), home), category, (forum.name, forum.get_absolute_url()), *further)
