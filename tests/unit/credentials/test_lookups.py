"""The NPI look-up, against answers in the register's own form (invented people)."""

import copy
import json
from io import BytesIO
from urllib.error import URLError

import pytest

from credentials import actions, lookups
from credentials.lookups import NpiLookup
from credentials.policies import Refused

ANSWER = {
    "result_count": 1,
    "results": [
        {
            "number": "1234567893",
            "enumeration_type": "NPI-1",
            "basic": {
                "first_name": "MARÍA", "last_name": "NÚÑEZ-O'HARA", "credential": "MD", "status": "A",
                "enumeration_date": "2010-01-01", "last_updated": "2026-01-01",
            },
            "taxonomies": [{"code": "207N00000X", "desc": "Dermatology", "primary": True, "state": "CA"}],
            "other_names": [{"first_name": "MARIA", "last_name": "LOPEZ", "type": "Former Name"}],
        }
    ],
}  # fmt: skip


def judged(name="Maria Nunez O'Hara", number="1234567893", **changes):
    answer = copy.deepcopy(ANSWER)
    answer["results"][0].update({key: value for key, value in changes.items() if key != "basic"})
    answer["results"][0]["basic"].update(changes.get("basic", {}))
    return NpiLookup.judge(answer, number, name).supports


@pytest.mark.parametrize("name", ["Maria Nunez O'Hara", "NÚÑEZ O HARA, María", "Dr Maria Lopez", "lopez maria"])
def test_the_last_name_matches_without_accents_and_capitals_and_in_earlier_names(name):
    assert judged(name) is True


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Maria Smith"},
        {"name": "Maria Nunez"},
        {"enumeration_type": "NPI-2"},
        {"basic": {"status": "D"}},
        {"number": "1993999998"},
        {"basic": {"last_name": ""}, "other_names": []},
    ],
)
def test_what_does_not_support_the_claim(changes):
    assert judged(**changes) is False


def test_an_unknown_number_does_not_support_it():
    assert NpiLookup.judge({"result_count": 0, "results": []}, "1234567893", "X").supports is False


class Answering(NpiLookup):
    def __init__(self, answer):
        self.answer = answer

    def ask(self, number):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"result_count": 1},
        [],
        None,
        {"Errors": [{"description": "…"}]},
        TimeoutError(),
        URLError("down"),
        ValueError("no JSON"),
    ],
)
def test_a_register_that_is_down_or_odd_holds_nobody_up(answer):
    finding = Answering(answer).find("1234567893", "Maria Lopez")
    assert finding.supports is None
    assert "by hand" in finding.summary


def test_the_question_is_asked_with_the_number_alone_and_a_time_limit(monkeypatch):
    asked = []

    def urlopen(request, timeout):
        asked.append((request.full_url, timeout))
        return BytesIO(json.dumps(ANSWER).encode())

    monkeypatch.setattr(lookups, "urlopen", urlopen)
    assert NpiLookup().find("1234567893", "Maria Lopez").supports is True
    assert asked == [("https://npiregistry.cms.hhs.gov/api/?version=2.1&number=1234567893", 5)]


@pytest.mark.django_db
def test_it_is_off_unless_the_site_switches_it_on(sent, reviewer, settings, monkeypatch):
    credential = sent(scheme="us_npi", number="1234567893", country="US", name_on_register="Maria Lopez")
    with pytest.raises(Refused):
        actions.look_up(credential, by=reviewer)
    settings.NPI_LOOKUP = True
    monkeypatch.setattr(NpiLookup, "ask", lambda self, number: ANSWER)
    assert actions.look_up(credential, by=reviewer).supports is True
    event = credential.events.last()
    assert (event.what, event.checks) == ("looked_up", {"supports": True})
    assert "Lopez" not in str(event.note)
    assert credential.state == "submitted"
