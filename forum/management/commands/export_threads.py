import gzip
import json
import os
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from common.progress import ProgressBar
from forum.exchange.exporting import export_lines, exported_threads


class Command(BaseCommand):
    help = "Write every published thread to a file that import_threads reads (.jsonl or .jsonl.gz; - for output)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file")

    def handle(self, *args: Any, file: str, **options: Any) -> None:
        if file == "-":
            for line in export_lines():
                sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
            return
        target = Path(file)
        unfinished = target.with_name(target.name + ".unfinished")
        bar = ProgressBar(self.stderr)
        total = max(1, exported_threads().count())
        written = 0
        with gzip.open(unfinished, "wt") if file.endswith(".gz") else unfinished.open("w") as output:
            for written, line in enumerate(export_lines(), start=1):
                output.write(json.dumps(line, ensure_ascii=False) + "\n")
                bar.show(f"{written:,} threads", written / total)
        os.replace(unfinished, target)
        bar.close()
        self.stdout.write(f"Exported {written:,} threads to {target}.")
