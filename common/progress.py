"""A progress bar for long commands: drawn on a terminal, a line now and then elsewhere."""

import time
from typing import Protocol

WIDTH = 32


class Output(Protocol):
    def write(self, msg: str = "", *, ending: str | None = None) -> object: ...
    def isatty(self) -> bool: ...


class ProgressBar:
    def __init__(self, output: Output) -> None:
        self.output = output
        self.last_shown = 0.0
        self.drawn = False

    def show(self, what: str, done: float) -> None:
        """Draw `done` (0 to 1) of `what`, at most ten times a second (every 10 s without a terminal)."""
        now = time.monotonic()
        if now - self.last_shown < (0.1 if self.output.isatty() else 10) and done < 1:
            return
        self.last_shown = now
        if self.output.isatty():
            filled = round(done * WIDTH)
            self.output.write(f"\r{'█' * filled}{'░' * (WIDTH - filled)} {done:4.0%} {what:<24}", ending="")
            self.drawn = True
        elif done < 1:
            self.output.write(f"{done:4.0%} {what}")

    def close(self) -> None:
        if self.drawn:
            self.output.write("")
