"""Driving a server with wrk and reading what it prints."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import NamedTuple

HOW = """\
wrk is needed to drive the server, and was not found.
  Debian, Ubuntu:  sudo apt install wrk
  Fedora:          sudo dnf install wrk
  macOS:           brew install wrk"""
MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0, "h": 3_600_000.0}
TIME = re.compile(r"([\d.]+)(us|ms|s|m|h)")


class Load(NamedTuple):
    """What one run of wrk came to. Times in milliseconds."""

    requests: int
    per_second: float
    p50: float
    p99: float
    errors: int


def wrk() -> str:
    """The path of wrk, which is installed when we may; ends the program otherwise."""
    found = shutil.which("wrk")
    if not found and os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing wrk", flush=True)
        install = "apt-get update -qq && apt-get install -y -qq --no-install-recommends wrk"
        subprocess.run(["sh", "-c", install], capture_output=True, timeout=600, check=False)
        found = shutil.which("wrk")
    if not found:
        raise SystemExit(HOW)
    return found


def drive(url: str, *, seconds: float, connections: int, headers: dict[str, str]) -> Load:
    """Ask for one address as fast as it is answered, over that many connections."""
    command = [wrk(), "--threads", "1", "--connections", str(connections), "--latency", "--timeout", "20s"]
    command += ["--duration", f"{max(1, round(seconds))}s"]
    for name, value in headers.items():
        command += ["--header", f"{name}: {value}"]
    return parse(subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout)


def parse(output: str) -> Load:
    """The figures in the output of `wrk --latency`; ValueError when they are not there."""
    requests = re.search(r"(\d+) requests in ", output)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", output)
    latency = {percent: milliseconds(time) for percent, time in re.findall(r"^\s+(50|99)%\s+(\S+)", output, re.M)}
    if not requests or not rate or latency.keys() != {"50", "99"}:
        raise ValueError(f"wrk printed something else than figures:\n{output}")
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", output)
    errors = (int(refused[1]) if refused else 0) + (sum(map(int, broken.groups())) if broken else 0)
    return Load(int(requests[1]), float(rate[1]), latency["50"], latency["99"], errors)


def milliseconds(time: str) -> float:
    match = TIME.fullmatch(time)
    if not match:
        raise ValueError(f"{time!r} is no time")
    return float(match[1]) * MILLISECONDS[match[2]]
