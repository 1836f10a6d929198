"""The last touches, which need the site's own code: `python -m tools.bench.finish`."""

from __future__ import annotations

import secrets
from typing import Any

import django

ROLES: dict[str, dict[str, Any]] = {
    "patient": {"username": "demo_patient", "display_name": "Robin"},
    "moderator": {"username": "demo_moderator", "display_name": "Kim", "is_staff": True},
}


def main() -> None:
    """Make the people to sign in as, write their passwords down, and bring the popularity of resources up to date."""
    django.setup()
    from allauth.account.models import EmailAddress
    from django.conf import settings
    from django.contrib.auth.models import Group
    from django.db import transaction

    from accounts.models import User
    from demo.management.commands.load_demo import Command
    from resources.actions import count_reads

    accounts = {}
    with transaction.atomic():
        for role, fields in ROLES.items():
            password = secrets.token_urlsafe(20)
            email = f"{role}@bedside.example"
            user = User.objects.create_user(**fields, email=email, password=password, kind=User.Kind.DEMO)
            EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
            accounts[role] = {"username": user.username, "email": email, "password": password}
            if user.is_staff:
                user.groups.set(Group.objects.filter(name="Moderators"))
        count_reads()
        Command.write_sign_ins(settings.BEDSIDE_HOME / "demo-accounts.json", accounts)


if __name__ == "__main__":
    main()
