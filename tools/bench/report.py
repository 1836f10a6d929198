"""Figures for people and for programs: a table on standard output, JSON in the home folder."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tools.home import ROOT


def table(rows: Sequence[dict[str, Any]]) -> str:
    """The rows under their keys; the first column to the left, the others to the right."""
    if not rows:
        return ""
    lines = [list(rows[0]), *([shown(value) for value in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]).rstrip() for line in lines
    )


def shown(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.2f}" if abs(value) < 100 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def medians(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    """For each key the median of its values in all rows."""
    return {key: round(statistics.median(row[key] for row in rows), 3) for key in rows[0]}


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    revision = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "revision": revision.stdout.strip(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
    }


def write(home: Path, name: str, content: dict[str, Any]) -> Path:
    """Keep it as <home>/bench-<name>.json; returns the path."""
    path = home / f"bench-{name}.json"
    path.write_text(json.dumps({"machine": machine(), **content}, indent=2) + "\n")
    return path
