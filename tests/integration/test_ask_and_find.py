"""Similar questions, jumps within a thread, and the way out of a sensitive forum."""

import pytest

from forum.actions import hide, reply_to, vote_helpful
from forum.models import Forum
from search.similar import find_similar, similar_questions

pytestmark = pytest.mark.django_db


def test_similar_questions_are_found_with_rough_spelling_the_closest_first(make_thread):
    close = make_thread(title="Is this mole on my back changing colour?")
    make_thread(title="Can I swim with a cold?")
    farther = make_thread(title="A mole on my arm is itching")
    assert similar_questions("mole on my back changing color")[0] == close
    assert similar_questions("a mole on my arm")[0] == farther


@pytest.mark.parametrize(
    "title", ["", "mole", "   ", "%%%%%%%%%%%%%", "'; DROP TABLE x; --", "a" * 5000, "مرحبا بالعالم اليوم"]
)
def test_odd_titles_find_nothing_and_break_nothing(make_thread, title):
    make_thread(title="Is this mole on my back changing colour?")
    assert similar_questions(title) == []


def test_hidden_and_closed_questions_are_not_suggested(make_thread, moderator, forum):
    hidden = make_thread(title="Is this mole on my back changing colour?")
    hide(hidden, by=moderator)
    assert similar_questions(hidden.title) == []
    make_thread(title="Is this mole on my leg changing colour?")
    Forum.objects.update(is_open=False)
    assert similar_questions("Is this mole on my leg changing") == []


def test_a_search_that_takes_too_long_finds_nothing(make_thread, monkeypatch):
    make_thread(title="Is this mole on my back changing colour?")
    monkeypatch.setattr("search.engine.STANDING", "(SELECT 1 FROM pg_sleep(1))")
    assert similar_questions("Is this mole on my back changing colour") == []


def test_questions_show_those_like_them_but_none_that_is_hidden(client, make_thread, moderator, administrator, sign_in):
    shown, like = make_thread(title="Is this mole on my back changing colour?"), make_thread(title="A mole on my back")
    hidden = make_thread(title="Mole on my back changing")
    assert len(list(find_similar())) == 3
    assert list(find_similar()) == []
    hide(hidden, by=moderator)
    page = client.get(shown.get_absolute_url()).text
    section = page[page.index("Similar questions") :]
    assert like.title in section
    assert hidden.title not in page
    assert like.title in sign_in(administrator).get(f"/admin/forum/thread/{shown.pk}/change/").text


def test_the_ask_page_suggests_them_without_a_script(sign_in, asker, make_thread):
    known = make_thread(title="Is this mole on my back changing colour?", is_anonymous=True)
    client = sign_in(asker)
    page = client.post("/ask/", {"title": "Mole on my back changing", "preview": "1"}).content.decode()
    assert "Has it been answered already?" in page
    assert known.get_absolute_url() in page
    fragment = client.get("/ask/similar/?title=Mole+on+my+back+changing", headers={"X-Bedside": "fragment"})
    assert known.title in fragment.content.decode()
    assert "<html" not in fragment.content.decode()
    assert "asker" not in fragment.content.decode()
    assert "no question like this" in client.get("/ask/similar/?title=nothing+like+it+here").content.decode()


def test_jumps_lead_to_the_newest_and_to_a_professional(client, thread, make_reply, clinician, helper, asker):
    first = make_reply(by=clinician)
    better = make_reply(by=clinician)
    newest = make_reply(by=helper)
    vote_helpful(better, by=asker)
    for path, reply in [("newest", newest), ("professional", better)]:
        assert client.get(f"/threads/{thread.pk}/{path}/").url.endswith(f"#reply-{reply.pk}")
    assert "reply by a professional" not in client.get(thread.get_absolute_url()).content.decode()
    reply_to(thread, by=helper, body="A fourth reply")
    assert "reply by a professional" in client.get(thread.get_absolute_url()).content.decode()
    assert first.pk != better.pk


def test_a_jump_without_a_reply_stays_at_the_question(client, thread):
    assert client.get(f"/threads/{thread.pk}/professional/").url == thread.get_absolute_url()


def test_sensitive_forums_offer_a_quick_way_out_and_others_do_not(client, thread, forum):
    assert "Leave this page quickly" not in client.get(thread.get_absolute_url()).content.decode()
    Forum.objects.filter(pk=forum.pk).update(keep_out_of_search=True)
    for address in (thread.get_absolute_url(), forum.get_absolute_url()):
        page = client.get(address).content.decode()
        assert 'href="https://www.bbc.co.uk/weather" rel="noreferrer noopener"' in page
