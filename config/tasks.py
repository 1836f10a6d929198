"""Regular work for the site as a whole."""

from django.core.management import call_command
from django.db import connection
from django.tasks import task


@task()
def beat() -> None:
    """Nothing: that it ran tells /readyz that a worker is alive."""


@task()
def housekeeping() -> None:
    """Drop ended sessions, the records of finished tasks and what has expired in the cache's table."""
    call_command("clearsessions")
    call_command("ox_prune", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM shared_cache WHERE expires < now()")
