"""How well the screening does on the labelled texts: `.venv/bin/python -m tests.safety`."""

import json
from pathlib import Path

from safety.screening import rules_of

TEXTS = Path(__file__).parent / "labelled.jsonl"


def figures() -> dict[str, float]:
    """Shares of the labelled texts that are found, and of neutral medical ones that are found by mistake."""
    rows = [json.loads(line) for line in TEXTS.read_text().splitlines()]
    read = {row["id"]: rules_of().triage(row["text"]) for row in rows}

    def share(chosen, is_found):
        return sum(is_found(read[row["id"]]) for row in chosen) / len(chosen)

    neutral = [row for row in rows if row["id"].startswith(("hard", "plain")) and row["level"] == "green"]
    return {
        "red or crisis found": share([r for r in rows if r["level"] in ("red", "crisis")], lambda t: t.is_crisis),
        "crisis found as crisis": share([r for r in rows if r["level"] == "crisis"], lambda t: t.level == "crisis"),
        "amber found": share([r for r in rows if r["level"] == "amber"], lambda t: t.level != "green"),
        "emergencies found": share([r for r in rows if r["emergency"]], lambda t: t.is_emergency),
        "false alarms in medical texts": share([r for r in neutral if not r["emergency"]], lambda t: t.needs_help),
    }


if __name__ == "__main__":
    for name, value in figures().items():
        print(f"{name:<32} {value:.3f}")
