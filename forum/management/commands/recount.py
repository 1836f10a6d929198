from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from common.progress import ProgressBar
from forum.actions import recount


class Command(BaseCommand):
    help = "Compare every kept counter with what it counts, report what differs and repair it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="only report; exit with 1 when something differs")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        bar = ProgressBar(self.stderr)
        drifts = recount(repair=not check, progress=bar.show)
        bar.close()
        for drift in drifts:
            verb = "differs" if check else "repaired"
            self.stdout.write(f"{drift.table}.{drift.column}: {verb} in {drift.rows:,} rows")
        if not drifts:
            self.stdout.write("Every counter is right.")
        elif check:
            raise SystemExit(1)
