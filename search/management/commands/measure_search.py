import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.management.base import BaseCommand, CommandParser

from common.progress import ProgressBar
from forum.models import Thread
from search import engine

FIRST = 10


class Command(BaseCommand):
    help = "Say for how many queries of a file a good answer is among the first ten: one JSON object a line."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help='{"query": …, "kind": …, "expect": [title or [source, id], …]}')
        parser.add_argument("--misses", action="store_true", help="name the queries that failed")

    def handle(self, *args: Any, file: Path, misses: bool, **options: Any) -> None:
        rows = [json.loads(line) for line in file.read_text().splitlines()]
        bar = ProgressBar(self.stderr)
        found: dict[str, list[bool]] = defaultdict(list)
        failed = []
        for number, row in enumerate(rows, start=1):
            is_found = self.is_found(row)
            found[row["kind"]].append(is_found)
            if not is_found:
                failed.append(f"  {row['kind']}: {row['query']}")
            bar.show(f"{number} queries", number / len(rows))
        bar.close()
        for kind, results in sorted(found.items()):
            self.stdout.write(f"{kind:<12} {sum(results):>4} of {len(results)}")
        total = sum(map(sum, found.values()))
        self.stdout.write(f"success@{FIRST} = {total / len(rows):.3f} ({total} of {len(rows)} queries)")
        if misses:
            self.stdout.write("\n".join(failed))

    @staticmethod
    def is_found(row: dict[str, Any]) -> bool:
        results = engine.search(row["query"], engine.Scope(Thread.objects.listed(), AnonymousUser()))
        threads = Thread.objects.filter(pk__in=results.ids[:FIRST])
        good = {tuple(one) if isinstance(one, list) else one for one in row["expect"]}
        known = set(threads.values_list("title", flat=True)) | set(
            threads.filter(source__isnull=False).values_list("source__name", "source__external_id")
        )
        return bool(good & known)
