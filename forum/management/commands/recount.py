from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from common.progress import ProgressBar
from forum.actions import recount
from forum.actions.recounting import TABLES


class Command(BaseCommand):
    help = "Compare every kept counter with what it counts, report what differs and repair it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="only report; exit with 1 when something differs")
        parser.add_argument("--only", choices=TABLES, default="", help="the counters of one table")

    def handle(self, *args: Any, check: bool, only: str, **options: Any) -> None:
        bar = ProgressBar(self.stderr)
        drifts = recount(repair=not check, only=only, progress=bar.show)
        bar.close()
        for drift in drifts:
            verb = "differs" if check else "repaired"
            self.stdout.write(f"{drift.table}.{drift.column}: {verb} in {drift.rows:,} rows")
        if not drifts:
            self.stdout.write("Every counter is right.")
        elif check:
            raise SystemExit(1)
