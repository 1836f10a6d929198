"""Processor time and memory of a server and its children, as Linux counts them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

TICK = 1000 / os.sysconf("SC_CLK_TCK")  # milliseconds


class Process(NamedTuple):
    """What /proc/<pid>/stat says of one process."""

    parent: int
    own: int  # ticks of its own, user and system
    reaped: int  # of children that have ended and were waited for


def parse(stat: str) -> Process:
    """Fields 4 and 14 to 17; the name in brackets may hold anything, blanks and brackets too."""
    fields = stat.rpartition(")")[2].split()
    own, reaped = fields[11:13], fields[13:15]
    return Process(int(fields[1]), sum(map(int, own)), sum(map(int, reaped)))


def processes() -> dict[int, Process]:
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            found[int(path.parent.name)] = parse(path.read_text())
        except OSError:
            continue  # it has just ended
    return found


def used(pid: int, table: Callable[[], dict[int, Process]] = processes) -> float:
    """Milliseconds that a process and its children, those that have ended too, have used so far."""
    now = table()
    ticks = 0
    if server := now.get(pid):
        ticks = server.own + server.reaped
        ticks += sum(child.own + child.reaped for child in now.values() if child.parent == pid)
    return ticks * TICK


def memory(pid: int) -> float:
    """Megabytes that a process and its children hold, what several share counted once (PSS)."""
    family = [pid, *(child for child, process in processes().items() if process.parent == pid)]
    kilobytes = 0
    for member in family:
        try:
            kilobytes += proportional(Path(f"/proc/{member}/smaps_rollup").read_text())
        except OSError:
            continue  # it has just ended
    return round(kilobytes / 1024, 1)


def proportional(rollup: str) -> int:
    """The kilobytes after Pss: in /proc/<pid>/smaps_rollup."""
    return sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
