from collections import Counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from common.progress import ProgressBar
from notifications.actions.returning import Taken, read_bounces
from notifications.mailboxes import MailboxAway


class Command(BaseCommand):
    help = "Read what came back to BOUNCE_MAILBOX: mails that did not arrive, complaints, requests to stop."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.BOUNCE_MAILBOX:
            raise CommandError("BOUNCE_MAILBOX is not set.")
        bar, taken = ProgressBar(self.stderr), Counter[Taken]()
        try:
            for what, done in read_bounces():
                taken[what] += 1
                bar.show("reading messages", done)
        except MailboxAway as error:
            raise CommandError(f"The mailbox cannot be opened: {error}") from error
        finally:
            bar.close()
        self.stdout.write(f"Mails that came back, complaints: {taken[Taken.NOTED]}")
        self.stdout.write(f"Requests to stop: {taken[Taken.STOPPED]}")
        self.stdout.write(f"About no mail of ours: {taken[Taken.NOT_OURS]}")
        self.stdout.write(f"Not readable: {taken[Taken.UNREADABLE]}")
