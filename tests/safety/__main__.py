"""How well the screening does on the labelled texts: `.venv/bin/python -m tests.safety`, more files of texts after it.

A line of a file holds a text and what it is: level, emergency, identifiers (each with its text), medicine, spam.
"""

import json
import sys
import time
from pathlib import Path

from safety.screening import Screening, rules_of

TEXTS = sorted(Path(__file__).parent.glob("*.jsonl"))
LENGTH = 2000


def rows_of(paths):
    return [json.loads(line) for path in paths for line in Path(path).read_text().splitlines() if line.strip()]


def figures(paths=TEXTS) -> dict[str, float]:
    """Shares of the texts of each kind that are found, and of other texts that are found by mistake."""
    read = [(row, rules_of().screen(row["text"])) for row in rows_of(paths)]

    def share(is_case, is_found):
        cases = [is_found(row, found) for row, found in read if is_case(row)]
        return sum(cases) / len(cases) if cases else float("nan")

    def is_neutral(row):
        return row["level"] == "green" and not row["emergency"]

    wanted = [(row, one, found) for row, found in read for one in row["identifiers"]]
    return {
        "red or crisis found": share(lambda r: r["level"] in ("red", "crisis"), lambda r, s: s.is_crisis),
        "crisis found as crisis": share(lambda r: r["level"] == "crisis", lambda r, s: s.level == "crisis"),
        "red found as red": share(lambda r: r["level"] == "red", lambda r, s: s.level == "red"),
        "amber found": share(lambda r: r["level"] == "amber", lambda r, s: s.level != "green"),
        "amber found as amber": share(lambda r: r["level"] == "amber", lambda r, s: s.level == "amber"),
        "emergencies found": share(lambda r: r["emergency"], lambda r, s: s.is_emergency),
        "identifiers found": sum(is_found(*one) for one in wanted) / len(wanted) if wanted else float("nan"),
        "sourcing found": share(lambda r: r["medicine"] == "sourcing", lambda r, s: s.is_sourcing),
        "dosing found": share(lambda r: r["medicine"] == "dosing", lambda r, s: s.is_dosing),
        "spam found": share(lambda r: r["spam"], lambda r, s: s.is_spam),
        "false alarms of distress or emergency": share(is_neutral, lambda r, s: s.needs_help),
        "false alarms of identifiers": share(lambda r: not r["identifiers"], lambda r, s: bool(s.identifiers)),
        "false alarms of medicine or spam": share(
            lambda r: not r["medicine"] and not r["spam"], lambda r, s: s.is_sourcing or s.is_dosing or s.is_spam
        ),
    }


def is_found(row: dict, identifier: dict, found: Screening) -> bool:
    """Whether an identifier of a text is one of the findings, in whole or in part."""
    start = row["text"].find(identifier["text"])
    end = start + len(identifier["text"])
    return start >= 0 and any(one.start < end and start < one.end for one in found.identifiers)


def milliseconds(paths=TEXTS) -> float:
    """The median time for a text of 2,000 characters, of all that the labelled texts make one after the other."""
    everything = "\n\n".join(row["text"] for row in rows_of(paths))
    rules, times = rules_of(), []
    for start in range(0, min(len(everything), 100 * LENGTH) - LENGTH, LENGTH):
        text = everything[start : start + LENGTH]
        began = time.perf_counter()
        rules.screen(text)
        times.append(time.perf_counter() - began)
    return 1000 * sorted(times)[len(times) // 2]


if __name__ == "__main__":
    chosen = sys.argv[1:] or TEXTS
    rules_of().screen("Ready.")
    print(f"{len(rows_of(chosen))} texts, rules {rules_of().version}")
    for name, value in figures(chosen).items():
        print(f"{name:<38} {value:.3f}")
    print(f"{'ms for 2,000 characters':<38} {milliseconds(chosen):.2f}")
