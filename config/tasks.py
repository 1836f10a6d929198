"""Regular work for the site as a whole."""

from django.core.management import call_command
from django.tasks import task


@task()
def beat() -> None:
    """Nothing: that it ran tells /readyz that a worker is alive."""


@task()
def housekeeping() -> None:
    """Drop ended sessions and the records of finished tasks."""
    call_command("clearsessions")
    call_command("ox_prune", verbosity=0)
