"""What the benchmarks make of their figures: ratios, requests to send, answers to count."""

import argparse
import socket
import threading
from contextlib import contextmanager
from itertools import pairwise

import pytest

from tools.bench import fire, pages, scale, servers, write
from tools.bench.server import Server
from tools.bench.targets import Page
from tools.bench.visits import Answer

SERVER = Server(port=8000, pid=1, database_pid=2, environ={})
CROWD = {
    "thread": 7,
    "replies": [11, 12],
    "started": "signed",
    "people": [{"cookie": f"sessionid={n}", "token": f"token{n}"} for n in range(600)],
}


def figures(**values):
    return {"per second": 100.0, "p50": 1.0, "p99": 4.0, "cpu": 2.0, "database cpu": 1.0, "errors": 0} | values


def test_a_page_is_divided_by_the_constant_of_its_own_run():
    runs = [
        figures(**{"per second": rate}) | {f"constant {name}": value for name, value in figures(p99=2.0).items()}
        for rate in (25.0, 50.0, 90.0)
    ]
    row = pages.summary(Page("home", "/", None), runs, (4, 2), Answer(200, b"<p>" * 100, 1.0, sent=80))
    assert (row["page"], row["of constant"], row["p99 times"], row["CPU times"]) == ("home, visitor", 0.5, 2.0, 1.0)
    assert (row["bytes"], row["sent"], row["queries, first"], row["warm"]) == (300, 80, 4, 2)


def test_the_constant_has_as_many_bytes_as_were_sent():
    assert pages.constant(Answer(200, b"<p>" * 100, 1.0, sent=80)) == "/bench/bare/80/"
    assert pages.constant(Answer(304, b"", 1.0)) == "/bench/bare/0/"


@pytest.mark.parametrize(("text", "sizes"), [("10000,500", [500, 10_000]), ("1_000,500,1000", [500, 1_000])])
def test_sizes_are_compared_from_the_smallest_to_the_largest(text, sizes):
    assert scale.read_sizes(text) == sizes


@pytest.mark.parametrize("text", ["", "1000", "1000,1000", "a,b"])
def test_less_than_two_sizes_are_refused(text):
    with pytest.raises(SystemExit, match="two or more"):
        scale.read_sizes(text)


def test_sites_are_compared_within_each_round():
    page = Page("home", "/", None)
    asked = {page: pages.Asked({}, Answer(200, b"x" * 9, 1.0))}
    sites = {10: scale.Site(SERVER, asked), 99: scale.Site(SERVER, asked)}
    runs = {10: [figures(cpu=cpu) for cpu in (1.0, 2.0, 9.0)], 99: [figures(cpu=cpu) for cpu in (2.0, 3.5, 14.0)]}
    row = scale.summary(page, runs, sites, [10, 99])
    assert (row["CPU times"], row["p50 times"], row["CPU, 10"], row["CPU, 99"]) == (1.5, 1.0, 3.0, 4.5)


def test_every_candidate_has_a_name_of_its_own_and_granian_only_when_it_is_there():
    with_granian = servers.candidates("/a/python")
    names = [candidate.name for candidate in with_granian]
    assert len(set(names)) == len(names)
    assert not any("granian" in candidate.name for candidate in servers.candidates(None))
    last = with_granian[-1]
    assert last.command(8000)[:3] == ["/a/python", "-m", "granian"]


def prepared(count, **percent):
    return list(write.prepared(SERVER, CROWD, count, **{"replies": 0, "undos": 0, **percent}))


def test_nobody_votes_twice_for_a_reply():
    requests = [request for _, request in prepared(1200)]
    assert len({(line.split(" ")[1], line.partition("sessionid=")[2][:4]) for line in requests}) == 1200


def test_everybody_meets_at_one_reply_before_the_next():
    addresses = [request.split(" ")[1] for _, request in prepared(1200)]
    assert sum(one != other for one, other in pairwise(addresses)) == 1


def test_an_undo_comes_long_after_its_vote():
    voted = {}
    undone = 0
    for place, (kind, request) in enumerate(prepared(1200, undos=10)):
        key = (request.partition("sessionid=")[2][:4], request.split(" ")[1].split("/")[2])
        if kind == "vote":
            voted[key] = place
        else:
            undone += 1
            assert place - voted[key] > write.UNDO_AFTER
    assert undone > 20


def test_requests_are_what_a_browser_sends():
    sent = dict(prepared(3000, replies=5))
    head, _, body = sent["reply"].partition("\r\n\r\n")
    assert head.startswith("POST /threads/7/reply/ HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n")
    assert f"Content-Length: {len(body)}" in head
    assert "csrfmiddlewaretoken=token" in body
    assert "X-Bedside" not in head
    assert "X-Bedside: fragment" in sent["vote"]


def test_people_reply_in_turn():
    senders = [
        request.partition("sessionid=")[2][:4] for kind, request in prepared(1200, replies=40) if kind == "reply"
    ]
    assert len(set(senders)) == len(senders) > 400


def result(**statuses):
    kinds = {kind: {"statuses": counts} for kind, counts in statuses.items()}
    return {"kinds": kinds, "unanswered": 0}


def stored(**values):
    return {"wrong": {}, "votes": 8, "replies": 3, "published": 3} | values


GOOD = {"vote": {"200": 10}, "undo": {"200": 2}, "reply": {"302": 3}}


def test_what_was_acknowledged_must_be_stored():
    assert write.compare(result(**GOOD), stored()) == []
    assert write.compare(result(**GOOD), stored(votes=9)) == ["9 votes are stored, 8 were acknowledged"]
    assert write.compare(result(**GOOD), stored(replies=2)) == ["2 replies are stored, 3 were acknowledged"]


def test_errors_silence_and_wrong_counters_are_problems():
    errors = write.compare(result(vote={"200": 10, "500": 1}), stored(votes=10, replies=0))
    assert errors == ["1 times status 500 for a vote"]
    silence = write.compare(result(**GOOD) | {"unanswered": 2}, stored())
    assert silence == ["2 requests without an answer"]
    wrong = write.compare(result(**GOOD), stored(wrong={"forum_reply.helpful_count": 1}))
    assert wrong == ["1 rows with a wrong forum_reply.helpful_count"]


@pytest.mark.parametrize("values", [{"seconds": 0}, {"clients": 0}, {"rate": -1}, {"undos": 60}, {"replies": -1}])
def test_impossible_loads_are_refused(values):
    options = {"home": None, "seconds": 1, "clients": 1, "rate": 0, "replies": 0, "undos": 0} | values
    with pytest.raises(SystemExit, match="--"):
        write.run(argparse.Namespace(**options))


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 200),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nok", None),
        (b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", 302),
        (b"HTTP/1.1 302 Found\r\nContent-Le", None),
    ],
)
def test_an_answer_counts_when_all_of_it_is_there(answer, status):
    assert fire.status_of(answer) == status


@contextmanager
def answering(answers):
    """A server that gives the next of `answers` to each request, and None by closing the connection."""
    answers = iter(answers)
    lock = threading.Lock()

    def talk(connection):
        with connection:
            while connection.recv(1000):
                with lock:
                    answer = next(answers)
                if answer is None:
                    return
                connection.sendall(answer)

    def accept():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threads.append(threading.Thread(target=talk, args=[connection]))
            threads[-1].start()

    threads = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=accept)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
    for thread in threads:
        thread.join()


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
LAST = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"
ERROR = b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n"


def fired(answers, requests, **values):
    with answering(answers) as port:
        barrage = fire.Barrage(port, requests, **{"connections": 2, "rate": 0, "seconds": 60, **values})
        found = barrage.run()
        barrage.close()
    return found


def test_answers_are_counted_by_kind_and_status():
    requests = [fire.Request("vote", b"a"), fire.Request("vote", b"b"), fire.Request("reply", b"c")]
    found = fired([OK, ERROR, LAST], requests, connections=1)
    assert {kind: facts["statuses"] for kind, facts in found["kinds"].items()} == {
        "reply": {"200": 1},
        "vote": {"200": 1, "500": 1},
    }
    assert (found["ran out"], found["unanswered"]) == (True, 0)


def test_a_connection_that_ends_before_the_answer_is_counted_and_opened_again():
    found = fired([OK, None, OK], [fire.Request("vote", b"a")] * 3, connections=1)
    assert found["kinds"]["vote"]["statuses"] == {"0": 1, "200": 2}


def test_a_server_that_says_close_gets_a_new_connection():
    found = fired([LAST, LAST, OK], [fire.Request("vote", b"a")] * 3, connections=1)
    assert found["kinds"]["vote"]["statuses"] == {"200": 3}


def test_a_rate_is_kept():
    found = fired([OK] * 11, [fire.Request("vote", b"a")] * 11, rate=100)
    assert found["seconds"] >= 0.1  # the first is due at once, the eleventh a tenth of a second later


def test_nothing_is_sent_after_the_time():
    found = fired([OK] * 100, [fire.Request("vote", b"a")] * 100, rate=50, seconds=0.1)
    assert not found["ran out"]
    assert sum(found["kinds"]["vote"]["statuses"].values()) <= 6
