"""What the benchmarks read: the output of wrk, /proc, and answers over HTTP."""

import gzip
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.urls import Resolver404, resolve

from tools.bench import processor, report, visits, wrk
from tools.bench.site import BARE, CONSTANT

OUTPUT = """\
Running 3s test @ http://127.0.0.1:8000/
  1 threads and 8 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency    12.54ms    3.18ms  48.02ms   84.21%
    Req/Sec   640.10     52.30   700.00     80.00%
  Latency Distribution
     50%  890.00us
     75%   13.64ms
     90%   15.90ms
     99%    1.24s
  1913 requests in 3.00s, 12.34MB read
Requests/sec:    637.41
Transfer/sec:      4.11MB
"""
TROUBLE = """\
  Socket errors: connect 1, read 2, write 0, timeout 3
  Non-2xx or 3xx responses: 7
"""


def test_wrk_says_requests_rate_and_latencies_in_any_unit():
    assert wrk.parse(OUTPUT) == wrk.Load(1913, 637.41, 0.89, 1240.0, 0)


def test_wrk_says_what_went_wrong():
    assert wrk.parse(OUTPUT + TROUBLE).errors == 13


@pytest.mark.parametrize("output", ["", "unable to connect to 127.0.0.1:1 Connection refused\n"])
def test_other_words_of_wrk_are_not_taken_for_figures(output):
    with pytest.raises(ValueError, match="something else"):
        wrk.parse(output)


def test_without_wrk_and_root_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(wrk.shutil, "which", lambda _name: None)
    monkeypatch.setattr(wrk.os, "geteuid", lambda: 1000)
    with pytest.raises(SystemExit, match="sudo apt install wrk"):
        wrk.wrk()


def test_a_process_may_have_any_name():
    stat = "42 (a) b ( c) S 7 42 42 0 -1 4194304 100 0 0 0 250 50 30 20 20 0 1 0 100"
    assert processor.parse(stat) == processor.Process(parent=7, own=300, reaped=50)


def test_a_server_has_used_what_its_children_used_even_those_that_have_ended():
    table = {1: processor.Process(0, 10, 5), 2: processor.Process(1, 20, 0), 3: processor.Process(9, 1000, 0)}
    assert processor.used(1, lambda: table) == 35 * processor.TICK
    assert processor.used(8, lambda: table) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc")
def test_children_are_found_where_linux_lists_them():
    before = processor.used(processor.os.getpid())
    subprocess.run([sys.executable, "-c", "sum(range(3_000_000))"], check=True)
    assert processor.used(processor.os.getpid()) > before


def test_memory_is_read_from_the_line_of_proportional_shares():
    rollup = "00400000-7fff rollup\nRss:   90000 kB\nPss:   30720 kB\nPss_Anon: 20000 kB\nSwapPss:  7 kB\n"
    assert processor.proportional(rollup) == 30720


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc")
def test_memory_of_a_server_holds_that_of_its_children():
    alone = processor.memory(processor.os.getpid())
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        own = processor.memory(child.pid)
        assert own > 0
        assert processor.memory(processor.os.getpid()) > max(alone, own) * 0.9
        child.communicate(b"\n")
    assert processor.memory(999_999_999) == 0


@pytest.mark.parametrize(("percent", "expected"), [(50, 5.0), (99, 10.0), (90, 9.0), (1, 1.0), (100, 10.0)])
def test_percentiles_are_values_that_occurred(percent, expected):
    assert visits.percentile([float(n) for n in range(10, 0, -1)], percent) == expected


def test_medians_are_taken_for_each_figure():
    rows = [{"a": 1.0, "b": 9.0}, {"a": 3.0, "b": 2.0}, {"a": 2.0, "b": 4.0}]
    assert report.medians(rows) == {"a": 2.0, "b": 4.0}


def test_a_table_has_names_to_the_left_and_figures_to_the_right():
    rows = [{"page": "home", "req/s": 1234.5, "queries": 3}, {"page": "a thread", "req/s": 2.25, "queries": None}]
    assert report.table(rows).splitlines() == [
        "page      req/s  queries",
        "home      1,234        3",
        "a thread   2.25        -",
    ]


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    connections = set()

    def do_GET(self):
        self.connections.add(self.client_address)
        is_known = self.headers.get("If-None-Match") == '"1"'
        body = b"" if is_known else self.headers.get("Cookie", "").encode()
        self.send_response(304 if is_known else 404 if self.path == "/missing" else 200)
        if self.path == "/packed" and "gzip" in self.headers["Accept-Encoding"]:
            body = gzip.compress(b"unpacked")
            self.send_header("Content-Encoding", "gzip")
        self.close_connection = self.path == "/last"  # without a word, as after a time without requests
        self.send_header("ETag", '"1"')
        self.send_header("Set-Cookie", "seen=yes; Path=/; HttpOnly")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def visitor():
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        visitor = visits.Visitor(server.server_port)
        yield visitor
        visitor.close()
        server.shutdown()
        thread.join()


def test_visits_are_counted_by_class_over_one_connection(visitor):
    Answers.connections.clear()
    timings = visits.visit_each(visitor, [("one word", "/a"), ("two words", "/b"), ("one word", "/missing")])
    assert [(name, timing.visits, timing.errors) for name, timing in timings.items()] == [
        ("one word", 2, 1),
        ("two words", 1, 0),
    ]
    assert all(0 < timing.median <= timing.p99 for timing in timings.values())
    assert len(Answers.connections) == 1


def test_a_visitor_comes_again_when_the_kept_connection_was_closed(visitor):
    assert visitor.get("/last").status == 200
    assert visitor.get("/").status == 200


def test_a_visitor_sends_cookies_back(visitor):
    assert visitor.get("/").body == b""
    assert visitor.get("/").body == b"seen=yes"


def test_a_visitor_takes_gzip_and_unpacks_it(visitor):
    answer = visitor.get("/packed")
    assert answer.body == b"unpacked"
    assert answer.sent == len(gzip.compress(b"unpacked"))


def test_a_visitor_may_say_what_the_browser_still_has(visitor):
    etag = visitor.get("/").etag
    assert visitor.get("/", If_None_Match=etag).status == 304


@pytest.mark.parametrize("kind", ["constant", "bare"])
def test_constant_pages_exist_for_benchmarks_only(rf, kind):
    address = f"/bench/{kind}/1000/"
    view, _, arguments = resolve(address, urlconf="tools.bench.urls")
    assert len(view(rf.get(address), **arguments).content) == 1000
    with pytest.raises(Resolver404):
        resolve(address)


@pytest.mark.parametrize(("address", "passes_middleware"), [(CONSTANT, True), (BARE, False)])
@pytest.mark.django_db
def test_no_middleware_sees_the_bare_page(rf, settings, address, passes_middleware):
    from tools.bench.wsgi import application

    settings.ROOT_URLCONF = "tools.bench.urls"
    seen = {}
    environ = rf.get(f"{address}30/").environ
    body = b"".join(application(environ, lambda status, headers: seen.update(headers, status=status)))
    assert (seen["status"], len(body)) == ("200 OK", 30)
    assert ("X-Frame-Options" in seen) == passes_middleware
    assert ("Content-Security-Policy" in seen) == passes_middleware
