from typing import Any

from django.core.management.base import BaseCommand

from credentials import actions


class Command(BaseCommand):
    help = "End badges that have run out, remind holders, delete old documents and forgotten requests."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Badges ended: {actions.expire_due()}")
        self.stdout.write(f"Holders reminded: {actions.remind_due()}")
        self.stdout.write(f"Documents deleted: {actions.delete_old_evidence() + actions.delete_stray_files()}")
        self.stdout.write(f"Requests forgotten: {actions.forget_old_requests()}")
