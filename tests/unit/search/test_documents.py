"""What can be found is what can be seen, after every kind of change."""

import re

import pytest
from django.db import connection, transaction

from forum.actions import reply_to
from forum.actions.moderating import hide, restore
from forum.actions.posting import remove, update_reply, update_thread
from forum.models import Reply, Thread
from search import actions
from search.models import ResourceDocument, SearchSynonym, SearchWord, StaleDocument, ThreadDocument
from tests.unit.resources.test_resources import make_resource

pytestmark = pytest.mark.django_db
REPLIES = 40  # as in the migration


def words_of(thread) -> str:
    document = ThreadDocument.objects.filter(pk=thread.pk).first()
    return document.vector if document else ""


def written_anew(thread) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT search_refresh(ARRAY[%s]::bigint[])", [thread.pk])
    return words_of(thread)


def is_found(words: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM search_threaddocument WHERE vector @@ plainto_tsquery('health', %s))", [words]
        )
        return cursor.fetchone()[0]


def weights(words: str) -> dict[str, str]:
    """For each word the letters of its weights."""
    return {word: re.sub(r"[\d:,]", "", places) or "D" for word, places in re.findall(r"'([^']+)':(\S+)", words)}


def test_a_question_and_its_replies_are_found_by_their_words(make_thread, clinician, helper):
    thread = make_thread(title="Zebraword here", body="Yakword naïve")
    reply_to(thread, by=clinician, body="Gnuword")
    reply_to(thread, by=helper, body="Emuword")
    for words in ("zebraword", "yakwords", "gnuword", "emuword", "naive", "yakword emuword"):
        assert is_found(words), words
    assert weights(words_of(thread)) == {
        "zebraword": "A", "yakword": "B", "naiv": "B", "gnuword": "C", "emuword": "D"
    }  # fmt: skip


def test_edits_take_the_old_words_away(thread, reply, asker, helper):
    update_thread(thread, by=asker, title="Newtitleword now", body="Newbodyword")
    update_reply(reply, by=helper, body="Newreplyword")
    assert is_found("newtitleword newbodyword newreplyword")
    assert not is_found("mole")
    assert not is_found("doctor")


def test_what_is_hidden_or_removed_is_not_found_and_comes_back_with_it(thread, make_reply, moderator, helper):
    reply = make_reply(body="Gnuword")
    hide(reply, by=moderator)
    assert not is_found("gnuword")
    restore(reply, by=moderator)
    assert is_found("gnuword")
    remove(reply, by=helper)
    assert not is_found("gnuword")
    hide(thread, by=moderator)
    assert words_of(thread) == ""
    restore(thread, by=moderator)
    assert is_found("mole")
    Thread.objects.filter(pk=thread.pk).update(status="held")  # whoever changes it, by whatever way
    assert words_of(thread) == ""


def test_a_reply_that_moves_takes_its_words_along(make_thread, make_reply):
    other, reply = make_thread(title="Another one"), make_reply(body="Gnuword")
    Reply.objects.filter(pk=reply.pk).update(thread=other)
    assert "gnuword" in words_of(other)
    assert "gnuword" not in words_of(reply.thread)
    reply.delete()
    assert not is_found("gnuword")


def test_a_badge_that_is_gone_weighs_no_more(thread, clinician):
    reply = reply_to(thread, by=clinician, body="Gnuword")
    assert weights(words_of(thread))["gnuword"] == "C"
    Reply.objects.filter(pk=reply.pk).update(has_badge=False)
    assert sum(actions.refresh_stale()) == 1
    assert weights(words_of(thread))["gnuword"] == "D"
    assert not StaleDocument.objects.exists()


def test_of_a_long_thread_the_best_replies_count(thread, helper, make_reply):
    for number in range(REPLIES):
        make_reply(body=f"Reply {number}")
    late = make_reply(body="Lateword")
    assert not is_found("lateword")
    Reply.objects.filter(pk=late.pk).update(helpful_count=9)
    assert list(actions.refresh_stale()) == [1]
    assert is_found("lateword")


LETTERS = {"ascii": "abcdefghij", "cyrillic": "абвгдежзий", "chinese": "天地玄黄宇宙洪荒日月"}


@pytest.mark.parametrize("alphabet", LETTERS)
@pytest.mark.parametrize("joint", ["", "-"])
def test_no_text_is_too_long_to_be_posted(thread, helper, moderator, alphabet, joint):
    """A tsvector holds less than 1 MB: one that could grow past it would refuse the reply, or its return."""
    ten = LETTERS[alphabet]

    def word(number):
        return ten[number // 1000 % 10] + ten[number // 100 % 10] + joint + ten[number // 10 % 10] + ten[number % 10]

    def text(start, length):
        return " ".join(word(start * 600 + number) for number in range(length // 5))

    for start in range(REPLIES):
        reply = Reply.objects.create(thread=thread, author=helper, body="x", body_html=text(start, 10_000))
    Thread.objects.filter(pk=thread.pk).update(body_html=text(7, 40_000))
    for status in ("hidden", "published"):
        Reply.objects.filter(pk=reply.pk).update(status=status)
    assert words_of(thread)


def test_a_question_that_cannot_be_indexed_is_stored_all_the_same(thread, reply, monkeypatch):
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE OR REPLACE FUNCTION search_words(html text, length int) RETURNS tsvector LANGUAGE plpgsql AS $$ "
            "BEGIN RAISE EXCEPTION USING ERRCODE = 'program_limit_exceeded'; END $$"
        )
    Reply.objects.create(thread=thread, author=reply.author, body="More", body_html="More")
    Reply.objects.filter(pk=reply.pk).update(status="hidden")
    assert words_of(thread) == ""


def test_signs_that_slow_the_parser_down_are_spaces(make_thread):
    thread = make_thread(title="Gnuword here", body="b")
    Thread.objects.filter(pk=thread.pk).update(body_html="gnu_yakword~emuword")
    assert is_found("yakword")
    assert is_found("emuword")


def test_a_thread_that_is_deleted_takes_its_document_along(thread, reply):
    thread.delete()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert not ThreadDocument.objects.exists()


def test_words_written_one_by_one_and_all_at_once_are_the_same(thread, make_reply, clinician):
    make_reply(body="First answer")
    reply_to(thread, by=clinician, body="Second answer")
    assert weights(words_of(thread)) == weights(written_anew(thread))


def test_an_import_is_written_once_at_its_end(forum, asker):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL bedside.bulk = 'on'")
        thread = Thread.objects.create(forum=forum, author=asker, title="Bulkword", body="b", body_html="b")
        Reply.objects.create(thread=thread, author=asker, body="Gnuword", body_html="Gnuword")
        cursor.execute("SET LOCAL bedside.bulk = 'off'")
    assert not is_found("bulkword")
    assert sum(actions.refresh_stale()) == 1
    assert is_found("bulkword gnuword")


def test_resources_have_their_words_too():
    resource = make_resource("Zebraword")
    assert "'zebraword':1A" in ResourceDocument.objects.get(pk=resource.pk).vector
    resource.title = "Yakword"
    resource.save()
    assert "zebraword" not in ResourceDocument.objects.get(pk=resource.pk).vector


def test_the_vocabulary_holds_what_everybody_can_read(make_thread, moderator):
    make_thread(title="Openword is here", body="Plain text")
    hide(make_thread(title="Secretword is here"), by=moderator)
    SearchSynonym.objects.get_or_create(rule="femara = letrozole")
    actions.learn_words()
    words = set(SearchWord.objects.values_list("word", flat=True))
    assert {"openword", "plain", "letrozole"} <= words
    assert "secretword" not in words


def test_replies_that_move_together_are_written_once(thread, make_thread, make_reply):
    """Two documents for each of thousands of replies would take minutes."""
    other = make_thread(title="Another one")
    for number in range(3):
        make_reply(body=f"Gnuword{number}")
    with connection.cursor() as cursor:
        cursor.execute("ALTER FUNCTION search_refresh RENAME TO search_refreshed")
        cursor.execute("CREATE TEMPORARY TABLE written (ids bigint[])")
        cursor.execute(
            "CREATE FUNCTION search_refresh(ids bigint[]) RETURNS void LANGUAGE sql AS "
            "$$ INSERT INTO written VALUES (ids); SELECT search_refreshed(ids) $$"
        )
        Reply.objects.filter(thread=thread).update(thread=other)
        Reply.objects.filter(thread=thread).update(thread=other)  # none
        cursor.execute("SELECT ids FROM written")
        assert cursor.fetchall() == [(sorted([thread.pk, other.pk]),)]
    assert all(f"gnuword{number}" in words_of(other) for number in range(3))
    assert "gnuword" not in words_of(thread)
