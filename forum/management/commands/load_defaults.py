import json
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.core.management.base import BaseCommand
from django.db import transaction

import forum
import resources
from forum.models import Category, Forum
from resources.models import CrisisLine

MODERATOR_RIGHTS = [
    "view_user", "view_category", "view_forum", "change_forum", "view_thread", "change_thread", "view_reply",
    "change_reply", "view_revision", "view_helpfulvote", "view_peeropinion", "view_threadsource",
    "add_resource", "change_resource", "view_resource", "add_resourcesource", "change_resourcesource",
    "delete_resourcesource", "view_resourcesource", "view_crisisline", "change_crisisline", "add_crisisline",
    "view_screeningrule", "add_screeningrule", "change_screeningrule", "view_messagetemplate", "add_messagetemplate",
    "change_messagetemplate",
    "view_searchsynonym", "add_searchsynonym", "change_searchsynonym", "delete_searchsynonym", "view_searchterm",
]  # fmt: skip
# They check the registrations of medical professionals.
REVIEWER_RIGHTS = ["review_credential", "view_user", "view_reply", "change_reply", "view_peeropinion"]


def read(package: Any, name: str) -> Any:
    return json.loads((Path(package.__file__).parent / "data" / name).read_text())


class Command(BaseCommand):
    help = "Add the default forums, crisis lines, the groups of moderators and of reviewers where they are missing."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        if not Forum.objects.exists():  # later the site's own choice counts
            self.load_forums()
        for row in read(resources, "crisis_lines.json"):
            key = {"country": row.pop("country"), "service": row.pop("service")}
            CrisisLine.objects.get_or_create(**key, defaults=row)
        for name, rights in [("Moderators", MODERATOR_RIGHTS), ("Reviewers", REVIEWER_RIGHTS)]:
            group, created = Group.objects.get_or_create(name=name)
            if created:
                group.permissions.set(Permission.objects.filter(codename__in=rights))
        self.stdout.write(f"{Forum.objects.count()} forums, {CrisisLine.objects.count()} crisis lines")

    def load_forums(self) -> None:
        for position, row in enumerate(read(forum, "forums.json")):
            category = Category.objects.create(name=row["name"], slug=row["slug"], position=position)
            Forum.objects.bulk_create(
                Forum(category=category, position=number, **fields) for number, fields in enumerate(row["forums"])
            )
