"""Threads in and out: nothing lost, nothing twice, bad lines named."""

import gzip
import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from forum.actions import ask, recount, reply_to, vote_helpful
from forum.models import Forum, Reply, Thread, ThreadSource

pytestmark = pytest.mark.django_db
LINE = {
    "id": "1", "source": "Old site", "licence": "CC BY 4.0", "forum": "Skin Care", "title": "Is it bad?",
    "body": "Look *here*", "author": "Ann", "created_at": "2024-05-06T07:08:09Z", "tags": ["skin"],
    "url": "https://old.example/1",
    "replies": [
        {"author": "Dr B", "body": "No", "created_at": None, "helpful": 3, "professional": True},
        {"author": "Ann", "body": "Thanks", "created_at": "2024-05-07T00:00:00+02:00"},
    ],
}  # fmt: skip


@pytest.fixture
def run(tmp_path):
    """Import lines (objects or raw text); gives what was written to output and errors."""

    def run(*lines, **options):
        path = tmp_path / "in.jsonl"
        raw = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
        path.write_bytes(b"\n".join(raw))
        output, errors = StringIO(), StringIO()
        call_command("import_threads", path, stdout=output, stderr=errors, **options)
        return output.getvalue(), errors.getvalue()

    return run


def test_one_thread_with_everything(run):
    run(LINE)
    thread = Thread.objects.select_related("forum__category", "source", "author").get()
    assert (thread.title, thread.body_html, thread.forum.name) == (
        "Is it bad?",
        "<p>Look <em>here</em></p>",
        "Skin Care",
    )
    assert thread.forum.category.name == "Imported"
    assert thread.created_at == datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    assert (thread.source.licence, thread.source.tags, thread.source.url) == ("CC BY 4.0", ["skin"], LINE["url"])
    first, second = thread.replies.select_related("author").order_by("created_at", "pk")
    assert (first.helpful_count, first.helpful_base_count, first.imported_as_professional) == (3, 3, True)
    assert (first.is_professional, first.created_at) == (False, thread.created_at)
    assert second.by_asker
    assert second.author == thread.author
    assert recount(repair=False) == []


def test_imported_people_cannot_sign_in_and_are_one_account_for_a_source(run):
    run(LINE, {**LINE, "id": "2"}, {**LINE, "id": "3", "source": "Other site"})
    assert sorted(User.objects.values_list("display_name", flat=True)) == ["Ann", "Ann", "Dr B", "Dr B"]
    assert {user.kind for user in User.objects.all()} == {"imported"}
    assert not any(user.has_usable_password() for user in User.objects.all())


def test_a_second_import_changes_nothing(run):
    run(LINE)
    output, _ = run(LINE, LINE)
    assert "Imported 0 threads with 0 replies" in output
    assert "2 were there already" in output
    assert (Thread.objects.count(), Reply.objects.count()) == (1, 2)


def test_votes_come_on_top_of_imported_ones(run, stranger):
    run(LINE)
    reply = Reply.objects.get(helpful_count=3)
    vote_helpful(reply, by=stranger)
    assert (Reply.objects.get(pk=reply.pk).helpful_count, recount(repair=False)) == (4, [])


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"{not json", "not valid JSON"),
        (b"[1, 2]", "not a JSON object"),
        (b"\xff\xfe", "not valid JSON"),
        (b'{"id": ' + b"[" * 100_000, "not valid JSON"),
        ({**LINE, "id": None}, "id is missing"),
        ({**LINE, "source": " "}, "source is missing"),
        ({**LINE, "title": "\u200b"}, "title is missing"),
        ({**LINE, "title": "x" * 201}, "title is longer than 200"),
        ({**LINE, "title": ["x"]}, "title is not a text"),
        ({**LINE, "body": ""}, "body is missing"),
        ({**LINE, "body": "\0"}, "body is missing"),
        ({**LINE, "body": "x" * 50_001}, "body is longer"),
        ({**LINE, "forum": None}, "forum is missing"),
        ({**LINE, "created_at": "yesterday"}, "created_at is not a date"),
        ({**LINE, "created_at": 5}, "created_at is not a date"),
        ({**LINE, "created_at": "2999-01-01"}, "created_at is before 1970 or in the future"),
        ({**LINE, "url": "javascript:alert(1)"}, "url does not start"),
        ({**LINE, "tags": "skin"}, "tags is not a list"),
        ({**LINE, "replies": {}}, "replies is not a list"),
        ({**LINE, "replies": [LINE["replies"][0], {"author": "x"}]}, "reply 2: body is missing"),
        ({**LINE, "replies": [{"body": "x", "helpful": -1}]}, "reply 1: helpful is not a number"),
        ({**LINE, "replies": [{"body": "x", "helpful": True}]}, "reply 1: helpful is not a number"),
        ({**LINE, "replies": [{"body": "x", "professional": "yes"}]}, "reply 1: professional is not true or false"),
        ({**LINE, "replies": ["x"]}, "reply 1: not a JSON object"),
    ],
)
def test_a_bad_line_is_named_and_the_rest_goes_on(run, bad, reason):
    output, errors = run({**LINE, "id": "before"}, bad, b"", {**LINE, "id": "after"})
    assert f"line 2: {reason}" in errors
    assert "Imported 2 threads" in output
    assert "1 lines skipped" in output
    assert recount(repair=False) == []


def test_what_the_database_refuses_is_found_among_many(run, monkeypatch):
    monkeypatch.setattr(
        "forum.exchange.importing.render_markdown", lambda text: None if text == "poison" else "<p></p>"
    )
    lines = [{**LINE, "id": str(number), "body": "poison" if number == 37 else "fine"} for number in range(60)]
    output, errors = run(*lines)
    assert "line 38: the database refused it" in errors
    assert "Imported 59 threads" in output
    assert recount(repair=False) == []


def test_lone_surrogates_and_direction_tricks_are_cleaned(run):
    run(b'{"id": 7, "source": "s", "forum": "f", "title": "a\\ud800b \\u202ec", "body": "x\\u0000y", "author": "z"}')
    thread = Thread.objects.get()
    assert (thread.title, thread.body, thread.source.external_id) == ("ab c", "xy", "7")


def test_a_forum_map_sends_threads_to_our_forums(run, forum, tmp_path):
    mapping = tmp_path / "map.json"
    mapping.write_text('{"Skin Care": "moles", "Nowhere": "no-such-forum"}')
    _, errors = run(LINE, {**LINE, "id": "2", "forum": "Nowhere"}, forum_map=mapping)
    assert "line 2: the forum map names the forum “no-such-forum”" in errors
    assert Forum.objects.get().thread_count == 1


@pytest.mark.parametrize("content", ["{", "[]", '{"a": 1}'])
def test_a_broken_forum_map_stops_before_anything(run, tmp_path, content):
    mapping = tmp_path / "map.json"
    mapping.write_text(content)
    with pytest.raises(CommandError, match="forum map"):
        run(LINE, forum_map=mapping)
    assert not Thread.objects.exists()


def test_missing_and_cut_files_are_said_in_words(tmp_path):
    with pytest.raises(CommandError, match="There is no file"):
        call_command("import_threads", tmp_path / "none.jsonl")
    cut = tmp_path / "cut.jsonl.gz"
    cut.write_bytes(gzip.compress(b"\n".join(json.dumps({**LINE, "id": str(n)}).encode() for n in range(900)))[:-20])
    with pytest.raises(CommandError, match="cannot be read to its end"):
        call_command("import_threads", cut, stdout=StringIO(), stderr=StringIO())
    damaged = tmp_path / "damaged.jsonl.gz"
    whole = gzip.compress(json.dumps(LINE).encode() * 500)
    damaged.write_bytes(whole[:60] + bytes(40) + whole[100:])
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_threads", damaged, stdout=StringIO(), stderr=StringIO())
    not_gzip = tmp_path / "not.gz"
    not_gzip.write_bytes(b"plain")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_threads", not_gzip, stdout=StringIO(), stderr=StringIO())


def export(path: Path) -> list[dict]:
    call_command("export_threads", str(path), stdout=StringIO(), stderr=StringIO())
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt") as file:
        return [json.loads(line) for line in file]


def test_forums_are_found_by_their_names(run):
    call_command("load_defaults", stdout=StringIO())
    forums = Forum.objects.count()
    run(
        {**LINE, "forum": "Depression and mood"},
        {**LINE, "id": "2", "forum": "糖尿病"},
        {**LINE, "id": "3", "forum": "がん"},
    )
    assert Thread.objects.get(source__external_id="1").forum.slug == "depression-mood"
    assert Thread.objects.get(source__external_id="1").keep_out_of_search
    assert Forum.objects.count() == forums + 2


def test_two_members_of_one_name_stay_two(thread, make_reply, asker, helper, tmp_path):
    User.objects.filter(pk=helper.pk).update(display_name=asker.display_name)
    make_reply(body="Not the asker")
    (line,) = export(tmp_path / "out.jsonl")
    assert {line["author"], line["replies"][0]["author"]} == {"Ash Asker (asker)", "Ash Asker (helper)"}


def test_an_askers_choice_about_search_engines_travels(thread, tmp_path):
    Thread.objects.update(keep_out_of_search=True)
    assert export(tmp_path / "out.jsonl")[0]["keep_out_of_search"] is True
    empty_the_site()
    call_command("import_threads", tmp_path / "out.jsonl", stdout=StringIO(), stderr=StringIO())
    assert Thread.objects.get().keep_out_of_search


def empty_the_site():
    ThreadSource.objects.all().delete()
    Reply.objects.all().delete()
    Thread.objects.all().delete()
    Forum.objects.all().delete()
    User.objects.filter(kind="imported").delete()


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz"])
def test_import_export_import_gives_the_same_site(run, tmp_path, name, forum, asker, helper, clinician, stranger):
    run(LINE, {**LINE, "id": "2", "author": "Anonymous"}, {**LINE, "id": "3", "author": None, "created_at": None})
    anonymous = ask(by=asker, forum=forum, title="Asked here", body="Text", is_anonymous=True)
    reply_to(anonymous, by=asker, body="Mine")
    vote_helpful(reply_to(anonymous, by=clinician, body="Harmless"), by=stranger)
    first = export(tmp_path / name)
    assert "asker" not in json.dumps(first)
    assert "Ash" not in json.dumps(first)
    call_command("import_threads", tmp_path / name, stdout=StringIO(), stderr=StringIO())
    assert Thread.objects.count() == 4  # what was asked here is known here
    empty_the_site()
    call_command("import_threads", tmp_path / name, stdout=StringIO(), stderr=StringIO())
    second = export(tmp_path / f"again-{name}")
    assert second == first
    assert recount(repair=False) == []


def test_an_export_holds_what_readers_see(forum, thread, make_reply, moderator, tmp_path):
    make_reply(body="Shown")
    Reply.objects.filter(pk=make_reply(body="Hidden").pk).update(status="hidden")
    Thread.objects.filter(pk=ask(by=moderator, forum=forum, title="Held question", body="x").pk).update(status="held")
    (line,) = export(tmp_path / "out.jsonl")
    assert [reply["body"] for reply in line["replies"]] == ["Shown"]
    assert line["url"] == f"http://testserver{thread.get_absolute_url()}"
