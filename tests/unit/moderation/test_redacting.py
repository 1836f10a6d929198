"""Redaction: the words are gone from the database, whoever held them."""

import re

import pytest
from django.apps import apps
from django.db import connection

from common.markdown import quote_markdown
from forum.actions import ask, caution, hide, reply_to, save_draft, update_reply, update_thread
from forum.models import Thread
from moderation import actions
from moderation.actions import Grounds, Verdict
from moderation.models import Action, Decision, Report
from moderation.policies import Refused

pytestmark = pytest.mark.django_db
SECRET = "Julie Hargreaves of Number 7"


def texts_with(words):
    """Every table and column of the database that holds the words."""
    found = []
    with connection.cursor() as cursor:
        for model in apps.get_models():
            table = model._meta.db_table
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text ILIKE %s", [f"%{words}%"])
            if cursor.fetchone()[0]:
                found.append(table)
    return found


def quoted(post):
    return quote_markdown(post.body, intro="Somebody wrote:")


def test_the_words_are_gone_from_everywhere(make_thread, asker, helper, clinician, stranger, moderator):
    thread = make_thread(title=f"Is it true of {SECRET}?", body="Nothing else.")
    update_thread(thread, by=asker, title="Is it true of her?", body="Nothing.", facts={"medicines": SECRET})
    reply = reply_to(thread, by=helper, body=f"I know {SECRET} well.\n\nShe has it.")
    update_reply(reply, by=helper, body=f"I do know {SECRET}, well.\n\nShe has it.")
    reply_to(thread, by=clinician, body=f"{quoted(reply)}Please leave her alone.")
    mine = reply_to(thread, by=stranger, body=f"{quoted(reply)}Indeed.")
    update_reply(mine, by=stranger, body=f"{quoted(reply)}Indeed so.")
    caution(reply, by=clinician, text=f"Nobody should name {SECRET} here.")
    save_draft(stranger, f"reply:{thread.pk}", body=quoted(reply))
    actions.report(reply, by=stranger, reason="personal", explanation=f"It names {SECRET}")
    actions.redact(reply, SECRET, by=moderator)
    actions.redact(Thread.objects.get(pk=thread.pk), SECRET, by=asker)
    assert texts_with("Julie Hargreaves") == []
    reply.refresh_from_db()
    assert reply.body == "I do know [removed], well.\n\nShe has it."
    assert "[removed]" in reply.body_html
    mine.refresh_from_db()
    assert mine.body.startswith("> Somebody wrote:\n>\n> I know [removed] well.")


def test_words_that_break_over_lines_of_a_quote_go_too(thread, make_reply, stranger, helper):
    reply = make_reply(body="Her name is Julie\nHargreaves, you know.")
    other = reply_to(thread, by=stranger, body=f"{quoted(reply)}Oh.")
    actions.redact(reply, "Julie Hargreaves", by=helper)
    other.refresh_from_db()
    assert not re.search("Julie|Hargreaves", other.body + other.body_html)


def test_what_others_say_in_their_own_words_stays(thread, make_reply, stranger, helper):
    reply = make_reply(body="My name is Rose.")
    own = reply_to(thread, by=stranger, body="A rose is a rose. Rose.")
    actions.redact(reply, "Rose", by=helper)
    own.refresh_from_db()
    assert own.body == "A rose is a rose. Rose."


def test_the_search_forgets_the_words(make_reply, helper, client):
    reply = make_reply(body="Call Quintessa about the moles.")
    assert "Is this mole changing?" in client.get("/search/?q=quintessa").content.decode()
    actions.redact(reply, "Quintessa", by=helper)
    page = client.get("/search/?q=quintessa").content.decode()
    assert "data-thread-id" not in page


def test_the_author_redacts_also_where_nothing_can_be_edited_any_more(thread, reply, helper, moderator):
    case = actions.open_by_moderator(thread, by=moderator)
    actions.decide(case, Verdict([Action.LOCK], Grounds(message="It is answered.")), by=moderator)
    actions.redact(reply, "doctor", by=helper)
    reply.refresh_from_db()
    assert reply.body == "Show it to a [removed]."
    hide(reply, by=moderator)
    actions.redact(reply, "Show it", by=helper)


def test_only_the_author_and_moderators_of_the_forum(reply, stranger, asker, moderator, other_forums_moderator, helper):
    for by in (stranger, asker, other_forums_moderator):
        with pytest.raises(Refused):
            actions.redact(reply, "doctor", by=by)
    assert actions.redact(reply, "doctor", by=moderator)
    decision = Decision.objects.get()
    assert (decision.action, decision.source, decision.is_told, decision.about) == ("redact", "own", True, helper)


def test_where_the_mask_is_longer_than_the_words_the_end_is_cut(make_thread, moderator, stranger):
    thread = make_thread(title="ab " * 66 + "ab", body="ab and more")
    actions.report(thread, by=stranger, reason="other", explanation="ab " * 600 + "ab")
    actions.redact(thread, "ab", by=moderator)
    thread.refresh_from_db()
    assert "ab" not in f"{thread.title} {thread.body} {Report.objects.get().explanation}".split()
    assert len(thread.title) == 200


def test_the_record_says_only_that_it_happened(reply, helper):
    actions.redact(reply, "doctor", by=helper)
    decision = Decision.objects.get()
    assert (decision.facts, decision.message, decision.before, decision.source) == ("", "", {}, "author")


@pytest.mark.parametrize("words", ["nowhere", "", " ", "​​", "a.*", "doctor nowhere"])
def test_words_that_do_not_stand_there(reply, helper, words):
    with pytest.raises(Refused):
        actions.redact(reply, words, by=helper)
    reply.refresh_from_db()
    assert reply.body == "Show it to a doctor."


def test_an_edit_that_was_taken_back_does_not_bring_the_words_back(make_reply, helper, moderator):
    reply = make_reply(body="Ask Quintessa about it.")
    case = actions.open_by_moderator(reply, by=moderator)
    verdict = Verdict([Action.EDIT], Grounds(ground="personal"))
    verdict.details.body = "Ask somebody about it."
    (decision,) = actions.decide(case, verdict, by=moderator)
    actions.redact(reply, "Quintessa", by=helper)
    actions.undo(decision, by=moderator)
    assert texts_with("Quintessa") == []
    reply.refresh_from_db()
    assert reply.body == "Ask [removed] about it."


def test_an_anonymous_quote_of_the_question_loses_them_too(forum, asker, helper):
    thread = ask(by=asker, forum=forum, title="A question", body="I am Quintessa, 40.", is_anonymous=True)
    reply_to(thread, by=helper, body=f"{quoted(thread)}Hello.")
    actions.redact(thread, "I am Quintessa", by=asker)
    assert texts_with("Quintessa") == []
