from typing import Any

from django.core.management.base import BaseCommand

from common.progress import ProgressBar
from forum.actions.rereading import read_again


class Command(BaseCommand):
    help = "Screen posts that came before there were rules, so that their pages show help where they should."

    def handle(self, *args: Any, **options: Any) -> None:
        bar = ProgressBar(self.stderr)
        try:
            for done in read_again():
                bar.show("reading posts", done)
        finally:
            bar.close()
        self.stdout.write("All posts are read.")
