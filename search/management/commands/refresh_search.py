from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connection

from common.progress import ProgressBar
from search import actions
from search.models import StaleDocument


class Command(BaseCommand):
    help = "Write the search documents that wait anew, and the site's vocabulary. The worker does so every minute."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--all", action="store_true", help="every question, not only those that wait")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["all"]:
            with connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO search_staledocument SELECT id FROM forum_thread ORDER BY id ON CONFLICT DO NOTHING"
                )
        bar, total, done = ProgressBar(self.stderr), StaleDocument.objects.count(), 0
        for count in actions.refresh_stale():
            done += count
            bar.show(f"{done:,} questions", min(1.0, done / max(1, total)))
        bar.close()
        actions.learn_words()
        self.stdout.write(f"{done:,} documents written.")
