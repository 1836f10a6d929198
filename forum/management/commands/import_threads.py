import gzip
import json
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError
from django.utils import timezone

from common.progress import ProgressBar
from forum.actions.rereading import last_question, read_again
from forum.exchange.importing import Importer, Outcome
from forum.signals import threads_imported

SHOWN_PROBLEMS = 50


class Command(BaseCommand):
    help = "Bring threads in from a file with one JSON object a line (.jsonl or .jsonl.gz); safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--forum-map", type=Path, help="JSON object: forum name in the file → slug on this site")

    def handle(self, *args: Any, file: Path, forum_map: Path | None, **options: Any) -> None:
        importer = Importer(now=timezone.now(), forum_map=self.read_map(forum_map) if forum_map else {})
        bar = ProgressBar(self.stderr)
        last = last_question()
        started = time.monotonic()
        outcome = Outcome()
        try:
            with file.open("rb") as raw:
                size = max(1, file.stat().st_size)
                for outcome in importer.run(self.lines(raw, file.name)):
                    bar.show(f"{outcome.threads:,} threads", min(1.0, raw.tell() / size))
        except FileNotFoundError:
            raise CommandError(f"There is no file {file}.") from None
        except (OSError, EOFError, zlib.error) as error:
            problem = f"Stopped: {file} cannot be read to its end ({error}). What came before is imported."
            self.report(outcome, time.monotonic() - started)
            raise CommandError(problem) from None
        except OperationalError as error:
            self.report(outcome, time.monotonic() - started)
            raise CommandError(f"Stopped, what came before is imported: {error}Run the same command again.") from None
        finally:
            bar.close()
        self.report(outcome, time.monotonic() - started)
        for done in read_again(after=last):
            bar.show("looking for who needs help", done)
        bar.close()
        threads_imported.send(Importer)

    @staticmethod
    def lines(raw: IO[bytes], name: str) -> Iterator[bytes]:
        if name.endswith(".gz"):
            with gzip.open(raw) as file:
                yield from file
        else:
            yield from raw

    @staticmethod
    def read_map(path: Path) -> dict[str, str]:
        try:
            data = json.loads(path.read_text())
        except (OSError, ValueError) as error:
            raise CommandError(f"The forum map {path} cannot be read: {error}") from None
        if not isinstance(data, dict) or not all(isinstance(slug, str) for slug in data.values()):
            raise CommandError(f'The forum map {path} must be a JSON object like {{"Breast Cancer": "breast-cancer"}}.')
        return data

    def report(self, outcome: Outcome, seconds: float) -> None:
        for line, reason in outcome.bad[:SHOWN_PROBLEMS]:
            self.stderr.write(f"line {line}: {reason}; skipped")
        if len(outcome.bad) > SHOWN_PROBLEMS:
            self.stderr.write(f"… and {len(outcome.bad) - SHOWN_PROBLEMS:,} more bad lines")
        self.stdout.write(
            f"Imported {outcome.threads:,} threads with {outcome.replies:,} replies in {seconds:.1f} s "
            f"({outcome.threads / max(seconds, 0.001):,.0f} threads a second); "
            f"{outcome.already_there:,} were there already, {len(outcome.bad):,} lines skipped."
        )
