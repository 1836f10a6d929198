"""Which database a query goes to when there is a replica (common.replica)."""

from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Model

from common.replica import read_alias

# What pages show. Accounts, sessions, permissions, second factors, limits, checks of professionals, moderation, tasks
# and the cache decide what somebody may do: they are always read where they are written.
SHOWN = {"forum", "resources", "search"}


class ReplicaRouter:
    """Pages read what they show from the replica; everything else, and every change, goes to the database itself."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str:
        return read_alias() if model._meta.app_label in SHOWN else DEFAULT_DB_ALIAS

    def db_for_write(self, model: type[Model], **hints: Any) -> str:
        """Also for an object that was read from the replica."""
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one: Model, other: Model, **hints: Any) -> bool:
        return True  # both are the same database, a moment apart

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == DEFAULT_DB_ALIAS
